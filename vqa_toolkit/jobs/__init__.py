"""Analyses as jobs: a bounded queue in SQLite, one killable worker process per device, progress, cancel.

A job belongs to no browser tab: closing one neither kills nor orphans it. A worker that dies gives an *incomplete* run
that says why; the app goes on.
"""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from vqa_toolkit.jobs import errands
from vqa_toolkit.jobs.supervisor import Supervisor
from vqa_toolkit.store.clips import Clip, plan_clip
from vqa_toolkit.store.runs import Run, enqueue

_supervisors: dict[str, Supervisor] = {}
_starting = threading.Lock()


def submit(
    clip: Clip, *, profile: str = "default", device: str = "auto", detectors: tuple[str, ...] | None = None
) -> Run:
    """Queue an analysis and make sure that somebody works on its queue.

    Raises:
        UsageError: when the queue is full.
    """
    run = enqueue(clip, profile=profile, device=device_for(device), detectors=detectors)
    serve(run.device)
    return run


def submit_simulated(
    clean: Clip,
    faults: tuple[str, ...],
    *,
    seed: int = 0,
    profile: str = "default",
    detectors: tuple[str, ...] | None = None,
) -> Run:
    """Queue the making of a faulty clip from a clean one, and its analysis.

    Raises:
        FaultError: when a fault is specified wrongly; nothing is queued then. UsageError: when the queue is full.
    """
    from vqa_toolkit.simulate.registry import parse_fault

    for fault in faults:
        parse_fault(fault)
    return submit(plan_clip(clean, faults, seed), profile=profile, detectors=detectors)


def serve(device: str) -> None:
    """Start this process's supervisor of a device unless it runs already."""
    with _starting:
        running = _supervisors.get(device)
        if running is None or not running.is_alive():
            _supervisors[device] = Supervisor(device)
            _supervisors[device].start()


def stop_all() -> None:
    """Stop this process's supervisors, errands and their children; what was under way becomes incomplete."""
    errands.stop()
    with _starting:
        for supervisor in _supervisors.values():
            supervisor.stop()
        for supervisor in _supervisors.values():
            supervisor.join(timeout=10.0)
        _supervisors.clear()


def device_for(wish: str) -> str:
    """The queue for ``auto``, ``cpu`` or ``cuda``. Looks for a driver without loading torch into the app's process."""
    if wish != "auto":
        return wish
    return "cuda" if Path("/dev/nvidia0").exists() or shutil.which("nvidia-smi") else "cpu"
