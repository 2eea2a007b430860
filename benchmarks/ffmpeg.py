"""Run one FFmpeg command over a clip and read what its filters say: log events, per-frame metadata, raw samples."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TIMEOUT_S = 300.0
NUMBER = r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)"
Span = tuple[float, float]
Rows = Mapping[str, Sequence[tuple[float, str]]]


def version() -> str:
    """FFmpeg's own word for its version."""
    head = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout
    return head.split()[2]


class Failed(RuntimeError):
    """FFmpeg wrote no file."""


def make(arguments: Iterable[object]) -> None:
    """Write a file, replacing one that is there.

    Raises:
        Failed: when FFmpeg could not.
    """
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, errors="replace", check=False)
    if done.returncode:
        raise Failed(done.stderr[-500:])


def log(path: Path, *, video: str = "", audio: str = "") -> str:
    """What the filter graphs wrote to the log."""
    graphs = ["-vf", video] if video else ["-vn"]
    graphs += ["-af", audio] if audio else ["-an"]
    command = ["ffmpeg", "-hide_banner", "-nostats", "-threads", "1", "-i", str(path), *graphs, "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, errors="replace", check=False)
    return done.stderr


def metadata(path: Path, video: str) -> dict[str, list[tuple[float, str]]]:
    """Per-frame metadata of a filter graph: key without ``lavfi.`` → (time, value)."""
    graph = f"{video},metadata=print:file=-"
    command = ["ffmpeg", "-hide_banner", "-nostats", "-threads", "1", "-i", str(path), "-an", "-vf", graph]
    done = subprocess.run(
        [*command, "-f", "null", "-"], capture_output=True, text=True, timeout=TIMEOUT_S, errors="replace", check=False
    )
    rows: dict[str, list[tuple[float, str]]] = {}
    t = 0.0
    for line in done.stdout.splitlines():
        if line.startswith("frame:"):
            t = float(line.rsplit("pts_time:", 1)[1])
        elif line.startswith("lavfi."):
            key, _, value = line.removeprefix("lavfi.").partition("=")
            rows.setdefault(key, []).append((t, value))
    return rows


def samples(path: Path, audio: str = "anull") -> NDArray[np.float32]:
    """Mono samples at 48 kHz after an audio filter graph, (n,) float32."""
    graph = f"aformat=channel_layouts=mono:sample_rates=48000,{audio}"
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-vn", "-af", graph, "-f", "f32le", "-"]
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)
    return np.frombuffer(done.stdout[: len(done.stdout) // 4 * 4], dtype=np.float32)


def events(text: str, start: str, end: str, close: float) -> list[Span]:
    """Spans from ``start`` and ``end`` keys of a log; one that was never ended is closed at ``close`` seconds.

    The filters lose an event that runs to the end of the file; closing it is in their favour.
    """
    starts = [float(v) for v in re.findall(rf"\b{start}: ?{NUMBER}", text)]
    ends = [float(v) for v in re.findall(rf"\b{end}: ?{NUMBER}", text)]
    return [(max(a, 0.0), b) for a, b in zip(starts, [*ends, close], strict=False)]


def runs(rows: Iterable[tuple[float, bool]], close: float, least: float = 0.0) -> list[Span]:
    """Spans of consecutive frames that are on, at least ``least`` seconds long."""
    found: list[Span] = []
    since: float | None = None
    for t, on in rows:
        if on and since is None:
            since = t
        elif not on and since is not None:
            found.append((since, t))
            since = None
    if since is not None:
        found.append((since, close))
    return [s for s in found if s[1] - s[0] >= least]
