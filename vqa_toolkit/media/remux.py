"""A copy of a file with its sound moved against its pictures: streams are copied, nothing is encoded again."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import av
import av.error

from vqa_toolkit.errors import MediaError, MediaUnreadable, UsageError
from vqa_toolkit.media.open import open_media, readable_file

MOST_MS = 60_000.0  # a minute: more is no repair but another cut


def move_sound(source: str | Path, target: str | Path, ms: float) -> Path:
    """Copy ``source`` to ``target`` with all its sound ``ms`` milliseconds later (negative: earlier); returns ``target``.

    A clip whose sound was found early by *x* ms is mended by ``ms = x``. Packets are copied with moved timestamps; sound
    that would come before the file's start is left out. The container is chosen by the suffix of ``target``.

    Raises:
        UsageError: ``ms`` is no number within a minute, or ``target`` is ``source``.
        MediaError: a file that cannot be opened, has no sound, or cannot be stored in that container.
    """
    if not math.isfinite(ms) or abs(ms) > MOST_MS:
        raise UsageError(f"ms must be within ± {MOST_MS:g}, got {ms!r}.")
    origin, out = readable_file(source), Path(target)
    if out.expanduser().resolve() == origin:
        raise UsageError(f"The copy cannot replace the file itself ({out.name}). Name another file.")
    part = out.with_name(f"{out.stem}.part{out.suffix}")
    try:
        _copy(origin, part, ms / 1000.0)
        part.replace(out)
    except (av.error.FFmpegError, ValueError, OSError) as exc:
        raise MediaError(
            out, f"the copy could not be written ({exc})", "Name a .mkv file, which holds any codec"
        ) from exc
    finally:
        part.unlink(missing_ok=True)
    return out


def _copy(origin: Path, part: Path, seconds: float) -> None:
    with open_media(origin) as source:
        kept = [s for s in (*source.streams.video, *source.streams.audio, *source.streams.subtitles)]
        if not source.streams.audio:
            raise MediaUnreadable(origin, "it has no sound to move", "Give a file with sound")
        start = (source.start_time or 0) / av.time_base
        with av.open(str(part), "w") as target:
            target.metadata.update(source.metadata)
            made = {s.index: target.add_stream_from_template(s) for s in kept}
            for packet in source.demux(kept):
                if not packet.size or packet.time_base is None:  # an empty packet only flushes decoders
                    continue
                stream = packet.stream
                if stream.type == "audio":
                    ticks = round(Fraction(seconds).limit_denominator(10**6) / packet.time_base)
                    at = packet.pts if packet.pts is not None else packet.dts or 0
                    if float((at + ticks) * packet.time_base) < start - 1e-9:
                        continue
                    packet.pts = None if packet.pts is None else packet.pts + ticks
                    packet.dts = None if packet.dts is None else packet.dts + ticks
                packet.stream = made[stream.index]
                target.mux(packet)
