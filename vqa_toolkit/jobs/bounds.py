"""How long an analysis may take, and how long it may say nothing."""

from __future__ import annotations

from dataclasses import dataclass

OPEN_S = 20.0
"""Probing a file takes milliseconds; one that keeps the demuxer busy for 20 s is built to."""

SILENT_S = 120.0
"""Work without a second of media done: processor seconds where the system tells them, so that a process which others
starve (measured: load 40 on two cores) is not taken for one that hangs; else seconds by the clock."""

BLOCKED_S = 600.0
"""No sign of life for this long by the clock is the end even without work: the process waits for what never comes."""

FINISH_S = 900.0
"""Summing up works through a whole programme between two reports."""

WALL_BASE_S = 600.0
WALL_PER_SECOND = 10.0
WALL_MAX_S = 7200.0
"""Whole run: min(2 h, 10 min + 10 × duration), an order of magnitude above what a clip takes on two free cores; the ten
minutes are for short clips on machines that others keep busy."""

MEMORY_BYTES = 12 << 30
"""Address space of a CPU child. Torch maps several GiB it never touches; a decoding bomb asks for far more."""

ATTEMPTS = 2
"""One retry: a process killed by the system's memory guard may pass when the machine is quieter."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Time bounds of one run, seconds."""

    open_s: float = OPEN_S
    silent_s: float = SILENT_S
    finish_s: float = FINISH_S
    blocked_s: float = BLOCKED_S
    wall_base_s: float = WALL_BASE_S
    wall_per_second: float = WALL_PER_SECOND
    wall_max_s: float = WALL_MAX_S
    attempts: int = ATTEMPTS

    def wall(self, duration: float | None) -> float:
        """Longest a run may take for a clip of ``duration`` seconds (None = unknown: the most)."""
        if duration is None:
            return self.wall_max_s
        return min(self.wall_max_s, self.wall_base_s + self.wall_per_second * duration)

    def overdue(
        self, stage: str, *, quiet: float, elapsed: float, duration: float | None, busy: float | None = None
    ) -> str:
        """Why a run must be ended; "" when it may go on.

        ``quiet`` is how long it said nothing and ``elapsed`` how long it has run, seconds by the clock; ``busy`` the
        processor seconds it used while it was quiet (None = unknown).
        """
        silence = {"open": self.open_s, "finish": self.finish_s}.get(stage, self.silent_s)
        hung = (quiet if busy is None else busy) > silence
        if hung or quiet > max(self.blocked_s, silence):
            return f"The analysis gave no sign of life for {quiet:.0f} s and was stopped"
        if elapsed > self.wall(duration):
            return f"The analysis took longer than the {self.wall(duration):.0f} s this clip may take and was stopped"
        return ""
