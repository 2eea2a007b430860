"""HEVC pictures that are missing: each picture lists those that it is predicted from, and one of them never came.

ITU-T H.265: picture order counts (8.3.1) and reference picture sets (7.3.7, 8.3.2). Only what the picture itself is predicted from
is asked for (``used_by_curr_pic``); long-term references are not followed, nor pictures that are skipped because decoding begins
after what they need.
"""

from __future__ import annotations

from typing import NamedTuple

from vqa_toolkit.media.units import Bits, ParameterNumbering, start_coded

IDR, CRA = (19, 20), 21  # NAL unit types
LEADING = (8, 9)  # may lack what came before the picture that decoding began with
RANDOM_ACCESS = range(16, 24)
PARAMETERS = (33, 34)  # sequence and picture parameter sets
Set = tuple[tuple[int, bool], ...]  # (POC minus the picture's own, used by it); the negative ones first, nearest first


class Sequence(NamedTuple):
    """What a slice header needs of its sequence parameter set."""

    poc_bits: int
    planes: bool
    sets: tuple[Set, ...]


class Picture(NamedTuple):
    """What a slice header needs of its picture parameter set."""

    sequence: int
    output_flag: bool
    extra_bits: int


class ReferenceSets(ParameterNumbering):
    """Follows which pictures came, and asks each for those that it needs."""

    def __init__(self, extradata: bytes) -> None:
        super().__init__()
        self._sequences: dict[int, Sequence] = {}
        self._pictures: dict[int, Picture] = {}
        self._came: set[int] | None = None  # POCs that may still be needed; None before the first picture
        self._anchor = 0  # POC of the latest picture that others count from
        self._joined = False  # whether leading pictures of the latest random access point lack what came before
        if len(extradata) > 22 and extradata[0] == 1:
            self._length_size, at = (extradata[21] & 3) + 1, 23
            for _ in range(extradata[22]):
                at = self._read_record(extradata, at + 3, int.from_bytes(extradata[at + 1 : at + 3], "big"))
        else:
            for unit in start_coded(extradata):
                self._read_set(unit)

    def _keep_set(self, unit: bytes) -> None:
        if _type(unit) == 33:
            name, sequence = _sequence(Bits(unit[2:]))
            self._sequences[name] = sequence
        elif _type(unit) == 34:
            bits = Bits(unit[2:])
            name, of = bits.ue(), bits.ue()
            bits.u(1)
            self._pictures[name] = Picture(of, bool(bits.u(1)), bits.u(3))

    def _missing(self, packet: bytes) -> bool:
        for unit in self._units(packet):
            kind = _type(unit)
            if kind in PARAMETERS:
                self._read_set(unit)
            elif 0 <= kind < 32 and unit[2:] and unit[2] & 0x80:  # the first slice of a picture
                return self._lacks(Bits(unit[2:]), kind, unit[1] & 7)
        return False

    def _lacks(self, bits: Bits, kind: int, layer: int) -> bool:
        bits.u(1)
        if kind in RANDOM_ACCESS:
            bits.u(1)
        picture = self._pictures.get(bits.ue())
        sequence = self._sequences.get(picture.sequence) if picture is not None else None
        if picture is None or sequence is None:
            self._came = None
            return False
        bits.u(picture.extra_bits)
        bits.ue()
        bits.u(picture.output_flag + 2 * sequence.planes)
        begins = kind in RANDOM_ACCESS and (kind != CRA or self._came is None)
        if begins:
            self._joined = kind not in IDR
        if kind in IDR:
            self._note(0, (), begins=True, anchors=True)
            return False
        poc = self._poc(bits.u(sequence.poc_bits), sequence.poc_bits, begins)
        aside = kind in (6, 7, *LEADING) or (kind < 16 and kind % 2 == 0)
        anchors = layer == 1 and not aside  # of temporal identifier 0
        known = self._came is not None and not (kind in LEADING and self._joined)
        lacked = self._note(poc, _slice_set(bits, sequence.sets), begins, anchors)
        return lacked > 0 and known

    def _poc(self, low: int, count: int, begins: bool) -> int:
        """A picture's order count from its lowest bits: the one nearest to the anchor's."""
        if begins:
            return low
        apart = (low - self._anchor) % (1 << count)
        return self._anchor + (apart if apart < 1 << (count - 1) else apart - (1 << count))

    def _note(self, poc: int, needed: Set, begins: bool, anchors: bool) -> int:
        """Keep what may still be needed; returns how many pictures lack that this one is predicted from."""
        came = set() if begins or self._came is None else self._came
        wanted = set() if begins else {poc + delta for delta, used in needed if used}
        lacked = wanted - came
        self._came = {poc, *wanted, *(came & {poc + delta for delta, _ in needed})}  # what lacks is told once
        if anchors:
            self._anchor = poc
        return len(lacked)


def _type(unit: bytes) -> int:
    """The unit's type; −1 where it belongs to another layer than the base."""
    return unit[0] >> 1 & 0x3F if len(unit) > 2 and not (unit[0] & 1 or unit[1] & 0xF8) else -1


def _sequence(bits: Bits) -> tuple[int, Sequence]:
    """A sequence parameter set's name and content (7.3.2.2.1)."""
    bits.u(4)
    layers = bits.u(3)
    bits.u(1)
    _skip_profile(bits, layers)
    name, chroma = bits.ue(), bits.ue()
    planes = chroma == 3 and bool(bits.u(1))
    _skip(bits, 2)
    if bits.u(1):  # conformance window
        _skip(bits, 4)
    _skip(bits, 2)
    poc_bits = bits.ue() + 4
    _skip(bits, 3 * (layers + 1 if bits.u(1) else 1) + 6)
    if bits.u(1) and bits.u(1):
        _skip_scaling(bits)
    bits.u(2)
    if bits.u(1):  # PCM
        bits.u(8)
        _skip(bits, 2)
        bits.u(1)
    sets: list[Set] = []
    count = bits.ue()
    for _ in range(count):
        sets.append(reference_set(bits, sets, count))
    return name, Sequence(poc_bits, planes, tuple(sets))


def _skip(bits: Bits, count: int) -> None:
    for _ in range(count):
        bits.ue()


def _skip_profile(bits: Bits, layers: int) -> None:
    bits.u(96)
    present = [(bits.u(1), bits.u(1)) for _ in range(layers)]
    if layers:
        bits.u(2 * (8 - layers))
    for profile, level in present:
        bits.u(88 * profile + 8 * level)


def _skip_scaling(bits: Bits) -> None:
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.u(1):
                bits.ue()
                continue
            for _ in range(min(64, 16 << 2 * size) + (size > 1)):
                bits.se()


def _slice_set(bits: Bits, sets: tuple[Set, ...]) -> Set:
    """The set that a slice header names, or brings with it."""
    if not bits.u(1):
        return reference_set(bits, sets, len(sets))
    return sets[bits.u((len(sets) - 1).bit_length())]


def reference_set(bits: Bits, sets: list[Set] | tuple[Set, ...], count: int) -> Set:
    """A short-term reference picture set (7.3.7, 7.4.8); ``count`` is how many the sequence has, ``sets`` those before it."""
    if sets and bits.u(1):
        before = sets[len(sets) - 1 - (bits.ue() if len(sets) == count else 0)]
        back = bits.u(1)
        shift = (bits.ue() + 1) * (-1 if back else 1)
        flags = []
        for _ in range(len(before) + 1):
            used = bool(bits.u(1))
            flags.append((used, used or bool(bits.u(1))))
        moved = [(delta + shift, *flag) for (delta, _), flag in zip((*before, (0, False)), flags, strict=True)]
        kept = {delta: used for delta, used, keep in moved if keep and delta}
        below, above = sorted((d for d in kept if d < 0), reverse=True), sorted(d for d in kept if d > 0)
        return tuple((delta, kept[delta]) for delta in (*below, *above))
    found: list[tuple[int, bool]] = []
    for sign, number in zip((-1, 1), (bits.ue(), bits.ue()), strict=True):
        delta = 0
        for _ in range(number):
            delta += sign * (bits.ue() + 1)
            found.append((delta, bool(bits.u(1))))
    return tuple(found)
