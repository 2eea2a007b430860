"""The process that looks things up in a clip: ``python -m vqa_toolkit.jobs.aside_worker``.

One JSON line a question on standard input; the answer is one JSON line that says how many bytes of an ``.npz`` archive
follow it. Ends when its input closes. Files that strangers made are opened here, never in the app's own process.
"""

from __future__ import annotations

import faulthandler
import io
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import VqaError
from vqa_toolkit.jobs.bounds import MEMORY_BYTES

if TYPE_CHECKING:
    from vqa_toolkit.media.info import MediaInfo

OPEN_FILES = 64
Told = tuple[dict[str, Any], dict[str, NDArray[Any]]]


def stills(path: str, times: list[float], height: int | None) -> Told:
    """Exact pictures at ``times``: their own times, and an array (h, w, 3) each."""
    from vqa_toolkit.media.stills import still

    found = [still(_probed(path), t, height) for t in times]
    return {"times": [t for t, _ in found]}, {f"picture{n}": picture for n, (_, picture) in enumerate(found)}


def sound(path: str, start: float, end: float) -> Told:
    """The sound between two times, mono, 16 bit."""
    from vqa_toolkit.media.excerpt import sound_excerpt

    piece = sound_excerpt(_probed(path), start, end, mono=True)
    samples = np.clip(np.rint(piece.samples[:, 0] * 32767.0), -32768, 32767).astype("<i2")
    return {"start": piece.start, "rate": piece.rate}, {"samples": samples}


def drawn(path: str, start: float, end: float, scale: Any, columns: int) -> Told:
    """The spectrogram and the envelope of the sound between two times."""
    from vqa_toolkit.figures.spectrogram import draw, tiles
    from vqa_toolkit.media.excerpt import sound_excerpt

    info = _probed(path)
    pieces = (sound_excerpt(info, a, b) for a, b in tiles(start, end))
    made = draw(((p.start, p.samples, p.rate) for p in pieces), scale=scale, columns=columns)
    t, low, high = made.wave
    arrays: dict[str, NDArray[Any]] = {
        "t": made.picture.t,
        "hz": made.picture.hz,
        "db": made.picture.db,
        "wave": np.stack([t, low, high]),
    }
    return {"end": made.end}, arrays


def captions(path: str) -> Told:
    """Every caption track: its cues and what is known of it."""
    from vqa_toolkit.media.captions import load_track

    info = _probed(path)
    tracks = [load_track(info, c) for c in info.captions]
    return {"tracks": [asdict(t) for t in tracks]}, {}


def moved(path: str, target: str, ms: float) -> Told:
    """A copy of the clip with its sound moved by ``ms``."""
    from vqa_toolkit.media.remux import move_sound

    return {"path": str(move_sound(path, target, ms))}, {}


WORK: Mapping[str, Callable[..., Told]] = {
    "stills": stills, "sound": sound, "drawn": drawn, "captions": captions, "moved": moved,
}  # fmt: skip


def _probed(path: str) -> MediaInfo:
    stat = Path(path).stat()
    return _probe(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=8)
def _probe(path: str, _size: int, _modified_ns: int) -> MediaInfo:
    from vqa_toolkit.media.probe import probe

    return probe(path, digest=False)


def answer(line: str) -> tuple[dict[str, Any], bytes]:
    """The answer to one question: its head, and the archive that follows it."""
    try:
        question = json.loads(line)
        facts, arrays = WORK[question.pop("work")](**question)
    except (VqaError, OSError) as error:
        return {"error": str(error), "bytes": 0}, b""
    except MemoryError:
        return {"error": "Looking this up needed more memory than it may use.", "bytes": 0}, b""
    except Exception as error:  # noqa: BLE001  (the process boundary: whatever happened must reach the person)
        return {"error": f"Looking this up stopped with an unexpected {type(error).__name__}.", "bytes": 0}, b""
    body = io.BytesIO()
    if arrays:
        np.savez(body, **arrays)  # type: ignore[arg-type]  # names are ours; none is "file"
    return {"facts": facts, "bytes": body.tell()}, body.getvalue()


def main() -> int:
    """Answer until the input closes."""
    faulthandler.enable()
    out: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries that print must not write into the answers
    confine()
    for line in sys.stdin:
        head, body = answer(line)
        out.write(json.dumps(head).encode() + b"\n" + body)
        out.flush()
    return 0


def confine() -> None:
    """Bound memory and open files; leave no core dumps (where the system has such bounds)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    sys.exit(main())
