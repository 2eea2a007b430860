"""One decode of picture and sound together into chunks of about one second, read ahead in a bounded queue."""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame

from vqa_toolkit.core import Chunk, Need, PacketFact, View
from vqa_toolkit.errors import MediaRefused
from vqa_toolkit.media.derive import PictureDeriver
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.media.numbering import numbering
from vqa_toolkit.media.open import Bounds, open_media, usual_bounds
from vqa_toolkit.media.second_opinion import SecondOpinion, second_opinion
from vqa_toolkit.media.sound import SoundClock, SoundDeriver, decode_sound
from vqa_toolkit.media.units import Numbering, complaint_of

CHUNK_SECONDS = 1.0
CHUNK_BYTES = 96_000_000  # a chunk is cut early when its views reach this
READ_AHEAD = 2  # chunks waiting for the detectors
LAG_SECONDS = 4.0  # how far one stream may run ahead in the file before its chunk is cut without the other
BROKEN_READS = 50  # consecutive failed reads after which the rest of the file is given up
PICTURE_KINDS = ("luma", "chroma", "planes", "rgb")


class _Pending:
    """Items of one need that wait for their chunk to be cut, in time order."""

    def __init__(self) -> None:
        self.t: list[float] = []
        self.items: list[Any] = []
        self.ends: list[float] = []

    def cut(self, before: float) -> tuple[list[float], list[Any], float]:
        """Remove and return the items that start before ``before`` seconds, and when the last of them ends."""
        n = int(np.searchsorted(self.t, before, side="left")) if self.t else 0
        taken = self.t[:n], self.items[:n], (self.ends[n - 1] if n else math.nan)
        del self.t[:n], self.items[:n], self.ends[:n]
        return taken


class Decoder:
    """Decodes a file once and yields chunks. Times are PTS seconds from ``info.start_time``.

    Decode errors and corrupt-frame flags become packet facts. Limits are counted here, never read from a header.
    """

    def __init__(self, info: MediaInfo, needs: Iterable[Need], bounds: Bounds | None = None) -> None:
        self.info, self.bounds = info, bounds or usual_bounds()
        self.needs = frozenset(needs)
        self._picture_needs = [n for n in self.needs if n.kind in PICTURE_KINDS] if info.video else []
        self._deriver = PictureDeriver(info.video, self.needs) if info.video else None
        self._sounds = [SoundDeriver(info.audio, n) for n in self.needs if n.kind == "audio"] if info.audio else []
        self._clock = SoundClock()
        self._numbers: Numbering | None = None
        self._second: SecondOpinion | None = None
        self._pending = {n: _Pending() for n in self.needs if n.kind in PICTURE_KINDS}
        self._sound: dict[Need, list[tuple[Any, Any, float]]] = {s.need: [] for s in self._sounds}
        self._facts: list[PacketFact] = []
        self._reach = {"video": 0.0 if info.video else math.inf, "audio": 0.0 if info.audio else math.inf}
        self._slots: dict[Need, int] = {}
        self._last_t = -math.inf
        self._shift = 0.0
        self._frames = 0
        self._bytes = 0
        self._step = 1.0 / info.video.fps if info.video and info.video.fps > 0 else 0.04

    def chunks(self) -> Iterator[Chunk]:
        """Decode to the end, in the calling thread."""
        with open_media(self.info.path, self.bounds) as container:
            index, start = 0, 0.0
            for _ in self._read(container):
                while (cut := self._cut_time(start)) is not None:
                    yield self._cut(index, start, cut, last=False)
                    index, start = index + 1, cut
            end = max(start, *(r for r in self._reach.values() if math.isfinite(r)), 0.0)
            yield self._cut(index, start, end, last=True)

    def _read(self, container: InputContainer) -> Iterator[None]:
        wanted = []
        if self.info.video:
            stream = container.streams[self.info.video.index]
            stream.codec_context.thread_type = "AUTO"
            stream.codec_context.flags |= int(av.codec.context.Flags.output_corrupt)  # show damage as players do
            wanted.append(stream)
            if any(n.kind == "packets" for n in self.needs):
                codec, extradata = stream.codec_context.name, stream.codec_context.extradata
                self._numbers, self._second = numbering(codec, extradata or b""), second_opinion(codec, extradata)
        if self.info.audio:
            wanted.append(container.streams[self.info.audio.index])
        broken = 0
        packets = container.demux(wanted)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except (av.error.FFmpegError, ValueError) as exc:
                broken += 1
                self._facts.append(self._unreadable(exc))
                if broken >= BROKEN_READS or isinstance(exc, av.error.EOFError):
                    break
                packets = container.demux(wanted)
                continue
            broken = 0
            self._take(packet)
            yield
        for sound in self._sounds:
            self._keep_sound(sound, sound.flush())

    def _unreadable(self, exc: BaseException) -> PacketFact:
        at = max((r for r in self._reach.values() if math.isfinite(r)), default=0.0)
        kind = "video" if self.info.video else "audio"
        return PacketFact("video" if kind == "video" else "audio", at, 0.0, 0, False, True, f"unreadable: {exc}")

    def _take(self, packet: Any) -> None:
        is_video = self.info.video is not None and packet.stream.index == self.info.video.index
        base = float(packet.time_base)
        pts = packet.pts if packet.pts is not None else packet.dts
        t = math.nan if pts is None else pts * base - self.info.start_time
        error = self._take_video(packet) if is_video else self._take_sound(packet)
        if packet.size or error:  # an empty packet only flushes the decoder
            duration = (packet.duration or 0) * base
            missing = is_video and self._numbers is not None and self._numbers.missing(bytes(packet))
            self._facts.append(
                PacketFact("video" if is_video else "audio", t, duration, packet.size, packet.is_keyframe,
                           packet.is_corrupt, error, missing=missing)
            )  # fmt: skip

    def _take_video(self, packet: Any) -> str:
        """Decode a packet; returns the decoder's complaint. A frame that the decoder calls damaged is a fact at its own time, which
        is not that of the packet it came out with."""
        try:
            frames = packet.decode()
        except (av.error.FFmpegError, ValueError) as exc:
            return complaint_of(exc)
        for frame in frames:
            if isinstance(frame, VideoFrame):
                self._keep_frame(frame)
                if frame.is_corrupt:
                    self._facts.append(PacketFact("video", self._last_t, 0.0, 0, False, False, "", concealed=True))
        return self._second.of(packet) if self._second is not None and packet.size else ""

    def _keep_frame(self, frame: VideoFrame) -> None:
        self._frames += 1
        if self._frames > self.bounds.max_frames:
            raise MediaRefused(self.info.path, f"it has more than {self.bounds.max_frames} frames", "Cut it into parts")
        if frame.width * frame.height > self.bounds.max_pixels:
            raise MediaRefused(
                self.info.path, f"a frame is {frame.width}x{frame.height} px, beyond the limit", "Scale it down"
            )
        t = self._frame_time(frame)
        self._check_duration(t)
        duration = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else self._step
        end = t + (duration if 0 < duration < CHUNK_SECONDS else self._step)
        due = [n for n in self._picture_needs if self._due(n, t)]
        if due and self._deriver is not None:
            for need, item in self._deriver.derive(frame, due).items():
                pending = self._pending[need]
                pending.t.append(t)
                pending.items.append(item)
                pending.ends.append(end)
                self._bytes += item.nbytes if isinstance(item, np.ndarray) else sum(p.nbytes for p in item)
        self._reach["video"] = max(self._reach["video"], end)

    def _frame_time(self, frame: VideoFrame) -> float:
        """Presentation time on the one clock; a backward jump is a fact, and time goes on from the last frame."""
        base = float(frame.time_base or 0)
        t = self._last_t + self._step if frame.pts is None else frame.pts * base - self.info.start_time + self._shift
        if self._last_t == -math.inf and not math.isfinite(t):
            t = 0.0
        if t <= self._last_t:
            back = self._last_t - t
            if back > CHUNK_SECONDS:
                self._facts.append(
                    PacketFact("video", self._last_t, 0.0, 0, False, False, f"time jumps back {back:.3f} s")
                )
                self._shift += back + self._step
            t = self._last_t + (self._step if back > CHUNK_SECONDS else 1e-4)
        self._last_t = t
        return t

    def _due(self, need: Need, t: float) -> bool:
        if need.rate is None:
            return True
        slot = math.floor(t * need.rate + 1e-6)
        if self._slots.get(need) == slot:
            return False
        self._slots[need] = slot
        return True

    def _check_duration(self, t: float) -> None:
        if t > self.bounds.max_duration_s:
            hours = self.bounds.max_duration_s / 3600
            raise MediaRefused(self.info.path, f"it runs longer than {hours:.0f} h", "Cut it into parts")

    def _take_sound(self, packet: Any) -> str:
        frames, error = decode_sound(packet)
        for frame in frames:
            base = float(frame.time_base or 0)
            stamped = None if frame.pts is None else frame.pts * base - self.info.start_time
            start, new_run = self._clock.place(stamped, frame.samples, frame.sample_rate)
            self._check_duration(start)
            for sound in self._sounds:
                self._keep_sound(sound, sound.push(frame, start, new_run))
            self._reach["audio"] = max(self._reach["audio"], start + frame.samples / frame.sample_rate)
        return error

    def _keep_sound(self, sound: SoundDeriver, blocks: list[tuple[Any, Any, float]]) -> None:
        self._sound[sound.need].extend(blocks)
        self._bytes += sum(b[1].nbytes for b in blocks)

    def _cut_time(self, start: float) -> float | None:
        """Where to cut the next chunk, or None to read on."""
        slowest, fastest = min(self._reach.values()), max(r for r in self._reach.values() if math.isfinite(r))
        if slowest >= start + CHUNK_SECONDS + self._step:
            return start + CHUNK_SECONDS
        if self._bytes > CHUNK_BYTES or fastest - start > LAG_SECONDS:
            return max(start + self._step, fastest - self._step)
        return None

    def _cut(self, index: int, start: float, end: float, *, last: bool) -> Chunk:
        before = math.inf if last else end
        views: dict[Need, View] = {}
        for need, pending in self._pending.items():
            t, items, items_end = pending.cut(before)
            views[need] = View(np.asarray(t, dtype=np.float64), _together(need, items), items_end)
        for need, blocks in self._sound.items():
            views[need] = self._cut_sound(need, blocks, before)
        for need in self.needs:
            if need.kind == "packets":
                views[need] = View(np.asarray([f.t for f in self._facts]), tuple(self._facts), end)
            elif need.kind == "captions" and index == 0:
                from vqa_toolkit.media.captions import caption_view

                views[need] = caption_view(self.info)
        self._facts = []
        self._bytes = 0
        for view in views.values():
            if isinstance(view.data, np.ndarray):
                view.data.flags.writeable = False
        return Chunk(index, start, end, last, views)

    def _cut_sound(self, need: Need, blocks: list[tuple[Any, Any, float]], before: float) -> View:
        taken: list[tuple[Any, Any, float]] = []
        while blocks and blocks[0][0][0] < before:
            t, samples, end = blocks.pop(0)
            n = int(np.searchsorted(t, before, side="left"))
            if n < len(t):
                blocks.insert(0, (t[n:], samples[n:], end))
                end = float(t[n])
            taken.append((t[:n], samples[:n], end))
        if not taken:
            return View(np.empty(0), np.empty((0, 1), dtype=np.float32), math.nan)
        return View(np.concatenate([b[0] for b in taken]), np.concatenate([b[1] for b in taken]), taken[-1][2])


def _together(need: Need, items: list[Any]) -> Any:
    """The pictures of one chunk as one array; native ones stay where the decoder put them, as copying them costs more than
    most measures."""
    if need.kind == "planes" or (need.kind == "luma" and need.height is None):
        return items
    return np.stack(items) if items else np.empty((0,))


def decode(info: MediaInfo, needs: Iterable[Need], bounds: Bounds | None = None) -> Iterator[Chunk]:
    """Chunks of ``info``'s file with a thread that reads ahead; leaving the loop early stops that thread.

    Raises:
        MediaRefused: when a limit is exceeded while decoding; chunks before that were delivered.
    """
    ready: queue.Queue[Chunk | BaseException | None] = queue.Queue(maxsize=READ_AHEAD)
    stop = threading.Event()

    def put(item: Chunk | BaseException | None) -> bool:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for chunk in Decoder(info, needs, bounds).chunks():
                if not put(chunk):
                    return
            put(None)
        except BaseException as exc:  # noqa: BLE001 - handed to the consuming thread, which raises it
            put(exc)

    thread = threading.Thread(target=work, name="vqa-decode", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join(timeout=10.0)
