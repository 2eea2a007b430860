"""One supervisor per device: takes runs from the queue, watches each one's process, writes down what became of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from vqa_toolkit.home import folder
from vqa_toolkit.jobs.bounds import MEMORY_BYTES, Bounds
from vqa_toolkit.jobs.child import WORKER, Child
from vqa_toolkit.jobs.follow import POLL_S, Pulse, follow
from vqa_toolkit.jobs.lock import DeviceLock
from vqa_toolkit.jobs.messages import Answered, Beat, Crashed, Ended, JobSpec, Opened, Refused, Report
from vqa_toolkit.store.clips import Clip, clip_of, note_sha256
from vqa_toolkit.store.runs import (
    Run,
    cancel_requested,
    claim,
    end,
    interrupted,
    proxy_path,
    report_path,
    result_path,
    update,
)

KEPT = "The clip is kept: run it again."


class Supervisor(threading.Thread):
    """Serves one device's queue until stopped. Any number may be started, anywhere: one works, the others wait."""

    def __init__(self, device: str, bounds: Bounds | None = None, command: Sequence[str] = WORKER) -> None:
        super().__init__(name=f"vqa-{device}", daemon=True)
        self.device = device
        self.bounds = bounds or Bounds()
        self.command = tuple(command)
        self._halt = threading.Event()

    def stop(self) -> None:
        """End after the current poll; a running child ends with it."""
        self._halt.set()

    def run(self) -> None:
        """Wait for the device, then work through its queue."""
        with DeviceLock(self.device, self._halt) as held:
            if not held:
                return
            interrupted(self.device)
            while not self._halt.is_set():
                run = claim(self.device)
                if run is None:
                    self._halt.wait(POLL_S)
                else:
                    self.attend(run)

    def attend(self, run: Run) -> None:
        """See one run through: at most ``attempts`` processes, then its end is written down."""
        clip = clip_of(run.clip_id, run.owner)
        clean = clip_of(clip.made_from, run.owner) if clip.pending else clip
        if clean.missing:
            end(run.id, "incomplete", reason=f"{clean.missing} Open the clip again.")
            return
        for attempt in range(1, self.bounds.attempts + 1):
            watch = Watch(run, clip, clean, self.bounds, self._halt, self.command)
            update(run.id, attempt=attempt, share=0.0, stage="start", message="Starting", beat=time.time())
            again = watch.see_through()
            if not again:
                return
            if attempt == self.bounds.attempts:
                end(run.id, "incomplete", reason=f"{watch.trouble}, twice. {KEPT}")


class Watch:
    """One attempt at one run."""

    def __init__(
        self, run: Run, clip: Clip, clean: Clip, bounds: Bounds, halt: threading.Event, command: Sequence[str]
    ) -> None:
        self.run, self.clip, self.clean, self.bounds, self.halt, self.command = run, clip, clean, bounds, halt, command
        self.trouble = ""
        self._stage = "start"
        self._duration: float | None = None
        self._opened = False  # probed: what "opens" after that reads the whole file for its hash
        self._final: Ended | Refused | Crashed | None = None

    def see_through(self) -> bool:
        """Run the child to its end. True when it died without an answer and may be tried again."""
        log = folder("logs") / f"{self.run.id}.log"
        child = Child(self._spec(), log, self.command)
        update(self.run.id, pid=child.pid)
        try:
            self.trouble = follow(
                child,
                self.halt,
                note=self._note,
                cancelled=lambda: cancel_requested(self.run.id),
                overdue=self._overdue,
            )
        finally:
            how = child.close()
        return self._conclude(how, log)

    def _spec(self) -> JobSpec:
        return JobSpec(
            run_id=self.run.id,
            path=str(self.clip.path),
            name=self.clip.name,
            result=str(result_path(self.run.id)),
            report=str(report_path(self.run.id)),
            proxy=str(proxy_path(self.run.id)),
            source=str(self.clean.path) if self.clip.pending else "",
            faults=list(self.clip.faults),
            seed=self.clip.seed,
            profile=self.run.profile,
            detectors=None if self.run.detectors is None else list(self.run.detectors),
            device=self.run.device,
            memory_bytes=MEMORY_BYTES if self.run.device == "cpu" else 0,
        )

    def _overdue(self, pulse: Pulse) -> str:
        return self.bounds.overdue(
            self._stage, quiet=pulse.quiet, elapsed=pulse.elapsed, duration=self._duration, busy=pulse.busy
        )

    def _note(self, report: Report) -> None:
        match report:
            case Opened():
                self._duration = report.duration
                self._stage, self._opened = "measure", True
                update(self.run.id, duration=report.duration, beat=time.time())
            case Beat():
                self._stage = "measure" if report.stage == "open" and self._opened else report.stage
                update(
                    self.run.id,
                    stage=report.stage,
                    share=report.share,
                    seconds_left=report.seconds_left,
                    message=report.message,
                    beat=time.time(),
                )
            case Answered():
                pass  # an errand's message; an analysis never sends it
            case _:
                self._final = report

    def _conclude(self, how: str, log: Path) -> bool:
        final = self._final
        if isinstance(final, Ended):
            log.unlink(missing_ok=True)
            note_sha256(self.clip.id, final.sha256)
            end(
                self.run.id, "done", verdict=final.verdict, reason=final.reason, share=1.0,
                blockers=final.blockers, issues=final.issues, fyis=final.fyis,
            )  # fmt: skip
            return False
        if cancel_requested(self.run.id) or (isinstance(final, Refused) and final.cancelled):
            log.unlink(missing_ok=True)
            end(self.run.id, "cancelled", reason=f"Cancelled. {KEPT}")
            return False
        if isinstance(final, Refused):
            log.unlink(missing_ok=True)
            end(self.run.id, "incomplete", reason=final.sentence)
            return False
        if self.halt.is_set():
            end(self.run.id, "incomplete", reason=f"The app was stopped while this analysis ran. {KEPT}")
            return False
        if isinstance(final, Crashed):
            self.trouble = final.sentence.rstrip(".")
        elif not self.trouble:
            self.trouble = f"The analysis process died ({how or 'it ended without an answer'})"
        return True
