"""The analysis process: ``python -m vqa_toolkit.jobs.worker`` reads one :class:`JobSpec`, analyses, reports, ends.

Its standard input stays open for as long as its supervisor lives. ``cancel`` on it asks for a stop; its end means that
the supervisor is gone, and the process ends itself at once: nobody is left to read the answer.
"""

from __future__ import annotations

import dataclasses
import faulthandler
import math
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from vqa_toolkit.errors import Cancelled, MediaError, VqaError
from vqa_toolkit.jobs.messages import Beat, Crashed, Ended, JobSpec, Message, Opened, Refused

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult

ORPHANED = 75
"""Exit status of a child whose supervisor went away (EX_TEMPFAIL of sysexits.h)."""
STILL_HEIGHT = 360
"""Shorter side of a still, px: damage is visible and forty of them still fit into a mail."""

TICK_S = 2.0
"""How often a stage without progress of its own says that it is alive."""

MAX_REASON = 500
"""Characters of a reason kept in the history; the result itself holds all of it."""


class Channel:
    """Messages to the supervisor, on what was standard output before libraries could write on it."""

    def __init__(self) -> None:
        self._out: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8")
        self._lock = threading.Lock()
        os.dup2(2, 1)

    def send(self, message: Message) -> None:
        """Write one message as one line, whole."""
        with self._lock:
            self._out.write(message.model_dump_json() + "\n")
            self._out.flush()


def main() -> int:
    """Run the one job that standard input describes."""
    faulthandler.enable()
    channel = Channel()
    spec = JobSpec.model_validate_json(sys.stdin.readline())
    confine(spec)
    stop = threading.Event()
    threading.Thread(target=listen, args=(stop,), daemon=True).start()
    try:
        channel.send(analyse(spec, channel, stop))
    except Cancelled as error:
        channel.send(Refused(sentence=str(error), cancelled=True))
    except VqaError as error:
        channel.send(Refused(sentence=str(error)))
    except MemoryError:
        channel.send(Crashed(sentence="The analysis needed more memory than it may use."))
    except Exception as error:  # noqa: BLE001  (the process boundary: whatever happened must reach the person)
        traceback.print_exc()
        channel.send(Crashed(sentence=f"The analysis stopped with an unexpected {type(error).__name__}."))
    return 0


def confine(spec: JobSpec) -> None:
    """Bound what this process may take: address space, open files, no core dumps (where the system has such bounds)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (spec.open_files, spec.open_files))
    if spec.memory_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (spec.memory_bytes, spec.memory_bytes))


def listen(stop: threading.Event) -> None:
    """Set ``stop`` when told to; end the process when the supervisor's end of the pipe closes."""
    for line in sys.stdin:
        if line.strip() == "cancel":
            stop.set()
    os._exit(ORPHANED)


def analyse(spec: JobSpec, channel: Channel, stop: threading.Event) -> Ended:
    """Probe, analyse, save."""
    channel.send(Beat(stage="start", share=0.0, message="Starting"))
    from vqa_toolkit.analyze import Progress, analyze
    from vqa_toolkit.media.probe import probe
    from vqa_toolkit.store.findings import keep_findings

    if spec.source:
        make_faulty(spec, channel)
    channel.send(Beat(stage="open", share=0.0, message="Opening the clip"))
    duration = probe(spec.path, digest=False).duration
    channel.send(Opened(duration=duration if math.isfinite(duration) else None))

    def report(progress: Progress) -> None:
        channel.send(
            Beat(
                stage=progress.stage,
                share=min(1.0, max(0.0, progress.done)),
                seconds_left=progress.seconds_left,
                message=progress.message,
            )
        )

    result = analyze(
        spec.path,
        profile=spec.profile,
        detectors=spec.detectors,
        device=spec.device,
        progress=report,
        cancel=stop.is_set,
    )
    result = dataclasses.replace(result, media=dataclasses.replace(result.media, name=spec.name))
    channel.send(Beat(stage="save", share=0.99, message="Saving the result"))
    target = Path(spec.result)
    target.parent.mkdir(parents=True, exist_ok=True)
    result.save(target)
    keep_findings(spec.run_id, result.findings)
    if spec.proxy:
        make_playable(result, Path(spec.proxy), channel)
    channel.send(Beat(stage="report", share=1.0, message="Writing the report"))
    write_report(result, Path(spec.report))
    return summary(result)


def make_faulty(spec: JobSpec, channel: Channel) -> None:
    """Simulate the faults on the clean clip; the simulator reports no progress of its own."""
    from vqa_toolkit.simulate.apply import simulate

    channel.send(Opened(duration=None))
    with ticking(channel, Beat(stage="simulate", share=0.0, message="Making the faulty clip")):
        simulate(spec.source, spec.faults, seed=spec.seed, output=spec.path)


def make_playable(result: AnalysisResult, path: Path, channel: Channel) -> None:
    """A proxy, where a browser needs one; a clip of which none can be made is shown without pictures."""
    from vqa_toolkit.media.proxy import make_proxy, playable

    if playable(result.media):
        return
    with (
        ticking(channel, Beat(stage="proxy", share=1.0, message="Making a copy that browsers play")),
        suppress(MediaError),
    ):
        make_proxy(result.media, path)


@contextmanager
def ticking(channel: Channel, beat: Beat) -> Iterator[None]:
    """Say every two seconds that a stage without progress of its own goes on."""
    done = threading.Event()

    def tick() -> None:
        while not done.wait(TICK_S):
            channel.send(beat)

    channel.send(beat)
    threading.Thread(target=tick, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def write_report(result: AnalysisResult, path: Path) -> None:
    """The HTML report with a still per finding, written here because only this process decodes."""
    from vqa_toolkit.media.stills import still
    from vqa_toolkit.report import to_html

    stills = None if result.media.video is None else lambda t: still(result.media, t, STILL_HEIGHT)[1]
    path.write_text(to_html(result, stills=stills), "utf-8")


def summary(result: AnalysisResult) -> Ended:
    """The verdict and the counts, for the history."""
    grave = [f.severity for f in result.findings]
    failed = [f"{name}: {o.reason}" for name, o in result.outcomes.items() if o.status == "failed"]
    return Ended(
        sha256=result.media.sha256,
        verdict=result.verdict,
        reason=(result.incomplete or "; ".join(failed))[:MAX_REASON],
        blockers=grave.count("blocker"),
        issues=grave.count("issue"),
        fyis=grave.count("fyi"),
    )


if __name__ == "__main__":
    sys.exit(main())
