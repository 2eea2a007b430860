"""Errands run one after the other, each in a process of its own: watched, cancelled, killed when it hangs."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Mapping
from typing import Any

from vqa_toolkit.home import folder
from vqa_toolkit.jobs.child import Child
from vqa_toolkit.jobs.follow import POLL_S, follow
from vqa_toolkit.jobs.lock import DeviceLock
from vqa_toolkit.jobs.messages import Answered, Beat, Crashed, ErrandSpec, Refused, Report
from vqa_toolkit.store.errands import (
    Errand,
    add_errand,
    claim_errand,
    end_errand,
    errand_cancelled,
    interrupted_errands,
    note_errand,
)

COMMAND = (sys.executable, "-m", "vqa_toolkit.jobs.errand_worker")
SILENT_S = 600.0
"""No sign of life for this long is the end: one clip of a corpus is measured between two reports."""
SILENT = f"It gave no sign of life for {SILENT_S / 60:.0f} minutes. Start it again."

_runner: Runner | None = None
_starting = threading.Lock()


def send(kind: str, about: str, values: Mapping[str, Any], owner: str) -> Errand:
    """Queue an errand and make sure that somebody runs it.

    Raises:
        UsageError: when too many wait already.
    """
    errand = add_errand(kind, about, values, owner)
    serve()
    return errand


def serve() -> None:
    """Start this process's runner unless it runs already."""
    global _runner
    with _starting:
        if _runner is None or not _runner.is_alive():
            _runner = Runner()
            _runner.start()


def stop() -> None:
    """Stop this process's runner and its child."""
    global _runner
    with _starting:
        if _runner is not None:
            _runner.stop()
            _runner.join(timeout=10.0)
        _runner = None


class Runner(threading.Thread):
    """Runs errands until stopped. Any number may be started, anywhere: one works, the others wait."""

    def __init__(self) -> None:
        super().__init__(name="vqa-errands", daemon=True)
        self._halt = threading.Event()

    def stop(self) -> None:
        """End after the current poll."""
        self._halt.set()

    def run(self) -> None:
        """Wait for the turn, then work through the queue."""
        with DeviceLock("errands", self._halt) as held:
            if not held:
                return
            interrupted_errands()
            shutil.rmtree(folder("errands"), ignore_errors=True)  # what errands that were cut short left behind
            while not self._halt.is_set():
                errand = claim_errand()
                if errand is None:
                    self._halt.wait(POLL_S)
                else:
                    self._see_through(errand)

    def _see_through(self, errand: Errand) -> None:
        own = folder("errands") / errand.id
        own.mkdir(parents=True, exist_ok=True)
        log = folder("logs") / f"{errand.id}.log"
        child = Child(ErrandSpec(kind=errand.kind, values=dict(errand.spec), folder=str(own)), log, COMMAND)
        try:
            final, trouble = self._follow(child, errand)
        finally:
            how = child.close()
            shutil.rmtree(own, ignore_errors=True)
        match final:
            case Answered():
                log.unlink(missing_ok=True)
                end_errand(errand.id, "done", answer=final.answer)
            case Refused(cancelled=False) | Crashed():
                end_errand(errand.id, "failed", final.sentence)
            case _ if errand_cancelled(errand.id):
                end_errand(errand.id, "cancelled", "Cancelled.")
            case _:
                end_errand(errand.id, "failed", trouble or f"The process died ({how or 'no answer'}). Try it again.")

    def _follow(self, child: Child, errand: Errand) -> tuple[Report | None, str]:
        """See a child to its end: its last word, and what went wrong."""
        final: Report | None = None

        def note(report: Report) -> None:
            nonlocal final
            if isinstance(report, Beat):
                note_errand(errand.id, report.share, report.message, report.seconds_left)
            else:
                final = report

        trouble = follow(
            child,
            self._halt,
            note=note,
            cancelled=lambda: errand_cancelled(errand.id),
            overdue=lambda pulse: SILENT if pulse.quiet > SILENT_S else "",
        )
        return final, "The app ended. Start it again." if self._halt.is_set() else trouble
