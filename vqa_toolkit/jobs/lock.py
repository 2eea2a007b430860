"""One worker per device, over all processes on this machine: a lock the system drops when its holder dies."""

from __future__ import annotations

import os
import threading
from types import TracebackType

from vqa_toolkit.home import folder

RETRY_S = 1.0
"""How often a waiting process looks whether the device became free."""


class DeviceLock:
    """Holds a device; entering waits until it is free or ``halt`` is set, and says whether it is held."""

    def __init__(self, device: str, halt: threading.Event) -> None:
        self._path = folder("locks") / f"{device}.lock"
        self._halt = halt
        self._fd = -1

    def __enter__(self) -> bool:
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        while not _taken(self._fd):
            if self._halt.wait(RETRY_S):
                return False
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)


def _taken(fd: int) -> bool:
    """Try to take the lock without waiting."""
    try:
        import fcntl
    except ImportError:  # Windows has no flock; its byte-range lock serves
        import msvcrt

        locking, mode = getattr(msvcrt, "locking"), getattr(msvcrt, "LK_NBLCK")  # noqa: B009
        try:
            locking(fd, mode, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
