"""Errands run one after the other, each in a process of its own: watched, cancelled, killed when it hangs."""

from __future__ import annotations

import queue
import shutil
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from vqa_toolkit.home import folder
from vqa_toolkit.jobs.child import Child
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
POLL_S = 0.5
CANCEL_GRACE_S = 2.0
SILENT_S = 600.0
"""No sign of life for this long is the end: one clip of a corpus is measured between two reports."""

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
        """Pass on its messages until it ends or must be ended: its last word, and what went wrong."""
        heard = time.monotonic()
        asked: float | None = None
        final: Report | None = None
        while True:
            try:
                report = child.reports.get(timeout=POLL_S)
            except queue.Empty:
                pass
            else:
                if report is None:
                    return final, ""
                heard = time.monotonic()
                if isinstance(report, Beat):
                    note_errand(errand.id, report.share, report.message, report.seconds_left)
                else:
                    final = report
            now = time.monotonic()
            if asked is None and errand_cancelled(errand.id):
                asked = now
                child.ask_to_stop()
            if self._halt.is_set() or (asked is not None and now - asked > CANCEL_GRACE_S) or now - heard > SILENT_S:
                child.kill()
                return final, "It was stopped: the app ended, or it gave no sign of life. Start it again."
