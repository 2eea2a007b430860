"""Coded pictures that are missing, told by the numbers that streams give their pictures; a decoder passes over them in silence.

H.264: ``frame_num`` counts reference frames (ITU-T H.264, 7.4.3) and may skip only where the sequence says so; memory management
that sets it back to 0 is not followed. MPEG-2: ``temporal_reference`` counts pictures in display order (ISO/IEC 13818-2, 6.3.9): a
B picture that is shown after the latest reference picture belongs to a later one that never came. Only what others are predicted
from is asked for: a lost B picture damages nothing else. HEVC has more to say: :mod:`reference_sets`.
"""

from __future__ import annotations

from vqa_toolkit.media.reference_sets import ReferenceSets
from vqa_toolkit.media.units import SEARCHED, Bits, Numbering, ParameterNumbering, start_coded

HIGH_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
FORWARD = 512  # temporal_reference counts modulo 1024: half of it is ahead, half behind


def numbering(codec: str, extradata: bytes) -> Numbering | None:
    """What follows a codec's numbers; None where it gives its pictures none that could tell."""
    if codec == "h264":
        return FrameNumbers(extradata)
    if codec == "hevc":
        return ReferenceSets(extradata)
    return TemporalReferences() if codec == "mpeg2video" else None


class FrameNumbers(ParameterNumbering):
    """H.264's ``frame_num``."""

    def __init__(self, extradata: bytes) -> None:
        super().__init__()
        self._sequences: dict[int, tuple[int, bool, bool]] = {}  # bits of frame_num, may skip, separate colour planes
        self._pictures: dict[int, int] = {}  # picture parameter set → sequence parameter set
        self._before: int | None = None
        if len(extradata) > 6 and extradata[0] == 1:
            self._length_size, at = (extradata[4] & 3) + 1, 5
            for mask in (0x1F, 0xFF):
                count = extradata[at] & mask if at < len(extradata) else 0
                at = self._read_record(extradata, at + 1, count)
        else:
            for unit in start_coded(extradata):
                self._read_set(unit)

    def _keep_set(self, unit: bytes) -> None:
        kind = unit[0] & 0x1F if unit else 0
        if kind == 7:
            self._read_sequence(Bits(unit[1:]))
        elif kind == 8:
            bits = Bits(unit[1:])
            picture = bits.ue()
            self._pictures[picture] = bits.ue()

    def _read_sequence(self, bits: Bits) -> None:
        profile = bits.u(8)
        bits.u(16)
        name = bits.ue()
        planes = False
        if profile in HIGH_PROFILES:
            chroma = bits.ue()
            planes = chroma == 3 and bool(bits.u(1))
            bits.ue(), bits.ue(), bits.u(1)
            if bits.u(1):
                for k in range(12 if chroma == 3 else 8):
                    if bits.u(1):
                        _skip_scaling(bits, 16 if k < 6 else 64)
        size = bits.ue() + 4
        order = bits.ue()
        if order == 0:
            bits.ue()
        elif order == 1:
            bits.u(1), bits.se(), bits.se()
            for _ in range(bits.ue()):
                bits.se()
        bits.ue()
        self._sequences[name] = size, bool(bits.u(1)), planes

    def _missing(self, packet: bytes) -> bool:
        for unit in self._units(packet):
            kind = unit[0] & 0x1F if unit else 0
            if kind in (7, 8):
                self._read_set(unit)
            elif kind in (1, 5):
                return self._skips(unit, kind == 5)
        return False

    def _skips(self, unit: bytes, refresh: bool) -> bool:
        bits = Bits(unit[1:])
        bits.ue(), bits.ue()
        known = self._sequences.get(self._pictures.get(bits.ue(), -1))
        if known is None:
            self._before = None
            return False
        size, may_skip, planes = known
        if planes:
            bits.u(2)
        number, before, reference = bits.u(size), self._before, bool(unit[0] & 0x60)
        skips = not (refresh or may_skip or before is None or number in (before, (before + 1) % (1 << size)))
        if reference or before is None:
            self._before = number
        elif skips:  # once: what follows is numbered as if it had come
            self._before = (number - 1) % (1 << size)
        return skips


class TemporalReferences(Numbering):
    """MPEG-2's ``temporal_reference``, which begins anew with each group of pictures."""

    def __init__(self) -> None:
        self._latest: int | None = None  # of the reference pictures
        self._both_ways = False  # whether the stream has B pictures
        self._doubt = False  # a reference picture left room for B pictures, and the stream had none so far

    def _missing(self, packet: bytes) -> bool:
        for unit in start_coded(packet[:SEARCHED]):
            if unit[:1] == b"\xb8":
                self._latest, self._doubt = None, False
            elif unit[:1] == b"\0":
                return self._skips(Bits(unit[1:]))
        return False

    def _skips(self, bits: Bits) -> bool:
        number, kind, latest = bits.u(10), bits.u(3), self._latest
        ahead = 0 if latest is None else (number - latest) % 1024
        if kind == 3:
            self._both_ways, self._doubt = True, False
            if 0 < ahead < FORWARD:
                self._latest = None  # told once: the B pictures beside it lack the same one
                return True
            return False
        doubted, self._doubt = self._doubt, 1 < ahead < FORWARD and not self._both_ways
        self._latest = number
        return doubted or ahead >= FORWARD


def _skip_scaling(bits: Bits, size: int) -> None:
    """Pass over a scaling list (ITU-T H.264, 7.3.2.1.1.1)."""
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last
