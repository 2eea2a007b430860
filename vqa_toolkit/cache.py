"""Signals kept on disk by (media SHA-256, detector, version, needs), so that nothing is measured twice."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from vqa_toolkit.core import Axis, Detector, Outcome, Signal
from vqa_toolkit.home import home

VIEWS_VERSION = 2  # raised when a derived view's values change: every detector's signals may then differ


def cache_path(sha256: str, detector: type[Detector], device: str) -> Path:
    """Where the signals of ``detector`` for this media are kept. ``device`` matters only to detectors that sample by it."""
    needs = hashlib.sha256(" ".join([str(VIEWS_VERSION), *sorted(map(str, detector.needs))]).encode()).hexdigest()[:12]
    return home() / "signals" / sha256[:2] / sha256 / f"{detector.name}-{detector.version}-{needs}-{device}.npz"


def store(path: Path, signals: Iterable[Signal], outcome: Outcome) -> None:
    """Write signals and outcome; written aside and renamed, so a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{id(signals)}.part")
    kept = list(signals)
    head = {
        "outcome": [outcome.status, outcome.reason, list(outcome.notes)],
        "signals": [[s.name, s.unit, [list(a) for a in s.axes], s.end] for s in kept],
    }
    arrays = {f"{k}{i}": a for i, s in enumerate(kept) for k, a in (("t", s.t), ("v", s.v))}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, head=np.frombuffer(json.dumps(head).encode(), dtype=np.uint8), **arrays)  # type: ignore[arg-type]
    part.write_bytes(buffer.getvalue())
    part.replace(path)


def fetch(path: Path) -> tuple[dict[str, Signal], Outcome] | None:
    """What :func:`store` wrote, or None when absent or unreadable (it is then measured again)."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as data:
            head = json.loads(data["head"].tobytes())
            signals = {
                name: Signal(
                    name, unit, data[f"t{i}"], data[f"v{i}"], tuple(Axis(a[0], a[1], tuple(a[2])) for a in axes), end
                )
                for i, (name, unit, axes, end) in enumerate(head["signals"])
            }
        status, reason, notes = head["outcome"]
        return signals, Outcome(status, reason, tuple(notes))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        path.unlink(missing_ok=True)
        return None
