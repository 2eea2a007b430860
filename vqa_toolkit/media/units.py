"""Coded units: where they begin, their headers bit by bit, and what follows their numbers from packet to packet."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator

HEAD = 512  # bytes of a unit that are looked at: headers and parameter sets are shorter
SEARCHED = 1 << 16  # bytes of a packet searched for its first slice: parameter sets and messages come before it


def complaint_of(exc: Exception) -> str:
    """What a decoder said of a packet, without the log's last line that PyAV adds."""
    return str(exc).split("; last error")[0]


class Bits:
    """Reads a unit's bits, without the bytes that keep start codes from appearing in it."""

    def __init__(self, data: bytes) -> None:
        clean = data[:HEAD].replace(b"\0\0\3", b"\0\0")
        self._value, self._left = int.from_bytes(clean, "big"), 8 * len(clean)

    def u(self, count: int) -> int:
        """Unsigned, ``count`` bits.

        Raises:
            EOFError: when the unit is too short.
        """
        if count > self._left:
            raise EOFError
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def ue(self) -> int:
        """Unsigned Exp-Golomb (ITU-T H.264, 9.1)."""
        zeros = 0
        while not self.u(1):
            zeros += 1
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        """Signed Exp-Golomb."""
        k = self.ue()
        return (k + 1) // 2 if k % 2 else -(k // 2)


class Numbering(ABC):
    """Follows a stream's picture numbers, packet by packet in decoding order."""

    def missing(self, packet: bytes) -> bool:
        """Whether a picture that others may be predicted from is missing before this packet; False where it cannot be read."""
        try:
            return self._missing(packet)
        except (EOFError, IndexError):  # a damaged header
            return False

    @abstractmethod
    def _missing(self, packet: bytes) -> bool:
        """The same; may run out of bits."""


class ParameterNumbering(Numbering):
    """Of H.264 and HEVC, whose headers are read by parameter sets; units follow start codes, or their lengths come first (MP4)."""

    def __init__(self) -> None:
        self._length_size = 0

    def _units(self, packet: bytes) -> Iterator[bytes]:
        return prefixed(packet, self._length_size) if self._length_size else start_coded(packet[:SEARCHED])

    def _read_record(self, record: bytes, at: int, count: int) -> int:
        """Read ``count`` units of a decoder configuration record (ISO/IEC 14496-15) from byte ``at`` on; returns where they end."""
        for _ in range(count):
            size = int.from_bytes(record[at : at + 2], "big")
            self._read_set(record[at + 2 : at + 2 + size])
            at += 2 + size
        return at

    def _read_set(self, unit: bytes) -> None:
        """Keep a parameter set; one that is damaged, and any other unit, is passed over."""
        try:
            self._keep_set(unit)
        except (EOFError, IndexError):
            return

    @abstractmethod
    def _keep_set(self, unit: bytes) -> None:
        """The same; may run out of bits."""


def start_codes(data: bytes) -> Iterator[int]:
    """Offsets of every 00 00 01 that something follows."""
    at = data.find(b"\0\0\1")
    while at >= 0 and at + 3 < len(data):
        yield at
        at = data.find(b"\0\0\1", at + 3)


def start_coded(data: bytes) -> Iterator[bytes]:
    """Heads of the units that follow a start code 00 00 01."""
    for at, after in itertools.pairwise(itertools.chain(start_codes(data), (len(data),))):
        yield data[at + 3 : min(at + 3 + HEAD, after)]


def prefixed(data: bytes, size: int) -> Iterator[bytes]:
    """Heads of the units whose length, ``size`` bytes, comes first."""
    at = 0
    while at + size < len(data):
        length = int.from_bytes(data[at : at + size], "big")
        yield data[at + size : at + size + min(length, HEAD)]
        at += size + length
