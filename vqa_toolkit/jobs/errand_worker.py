"""The process of one errand: ``python -m vqa_toolkit.jobs.errand_worker`` reads an :class:`ErrandSpec`, works, answers.

As with the analysis process, ``cancel`` on its standard input asks for a stop, and the input's end ends it at once.
"""

from __future__ import annotations

import dataclasses
import faulthandler
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vqa_toolkit.errors import Cancelled, VqaError
from vqa_toolkit.jobs.bounds import MEMORY_BYTES
from vqa_toolkit.jobs.messages import Answered, Beat, Crashed, ErrandSpec, JobSpec, Refused
from vqa_toolkit.jobs.worker import Channel, confine, listen

Steps = Callable[[int, int, str], None]
"""Told after each step: (done, of, what it is doing next)."""


def strength(values: Mapping[str, Any], folder: Path, steps: Steps) -> Any:
    """One fault at rising strengths in a short excerpt; what its detector makes of each."""
    from vqa_toolkit.evaluate.injection import detection_by_strength
    from vqa_toolkit.profile import load_profile

    found = detection_by_strength(
        values["path"], values["fault"], folder, profile=load_profile(values["profile"]), device=values["device"],
        progress=steps,
    )  # fmt: skip
    return found.to_json()


def corpus(values: Mapping[str, Any], _folder: Path, steps: Steps) -> Any:
    """One detector's signals of every labelled clip of a folder, kept beside it."""
    from vqa_toolkit.evaluate.clips import read_clips
    from vqa_toolkit.evaluate.measured import measure_clips

    root = Path(values["corpus"])
    clips = read_clips(root)
    steps(0, len(clips), "Looking at the clips")
    failed = [m.clip.id for m in measure_clips(clips, root, [values["detector"]], steps) if m.media is None]
    return {"clips": [_plain(c) for c in clips], "failed": failed}


def _plain(clip: Any) -> dict[str, Any]:
    judged = None if clip.judged is None else sorted(clip.judged)
    return {**dataclasses.asdict(clip), "path": str(clip.path), "judged": judged}


WORK: Mapping[str, Callable[[Mapping[str, Any], Path, Steps], Any]] = {"strength": strength, "corpus": corpus}


def main() -> int:
    """Run the one errand that standard input describes."""
    faulthandler.enable()
    channel = Channel()
    spec = ErrandSpec.model_validate_json(sys.stdin.readline())
    confine(JobSpec(run_id="", path="", name="", result="", report="", memory_bytes=MEMORY_BYTES))
    stop = threading.Event()
    threading.Thread(target=listen, args=(stop,), daemon=True).start()
    began = time.monotonic()

    def steps(done: int, of: int, what: str) -> None:
        if stop.is_set():
            raise Cancelled
        share = done / of if of else 0.0
        left = (time.monotonic() - began) * (1 - share) / share if share else None
        channel.send(Beat(stage=spec.kind, share=min(share, 1.0), message=what, seconds_left=left))

    try:
        channel.send(Answered(answer=WORK[spec.kind](spec.values, Path(spec.folder), steps)))
    except Cancelled as error:
        channel.send(Refused(sentence=str(error), cancelled=True))
    except VqaError as error:
        channel.send(Refused(sentence=str(error)))
    except OSError as error:
        channel.send(Refused(sentence=f"This could not be done: {error}. Check the disk and its permissions."))
    except Exception as error:  # noqa: BLE001  (the process boundary: whatever happened must reach the person)
        traceback.print_exc()
        channel.send(Crashed(sentence=f"This stopped with an unexpected {type(error).__name__}. Try it again."))
    return 0


if __name__ == "__main__":
    sys.exit(main())
