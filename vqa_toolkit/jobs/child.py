"""One analysis process and the pipe to it: started, listened to, asked to stop, killed with all it started."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from vqa_toolkit.jobs.messages import Message, Report, parse_report

WORKER: tuple[str, ...] = (sys.executable, "-m", "vqa_toolkit.jobs.worker")

GRACE_S = 5.0
"""How long a process may take to end by itself once it was asked to."""


class Child:
    """A started analysis. ``reports`` yields its messages; None marks the end of them."""

    def __init__(self, spec: Message, log: Path, command: Sequence[str] = WORKER) -> None:
        self._log: BinaryIO = log.open("wb")
        self._process = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, start_new_session=True
        )
        self.reports: queue.Queue[Report | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._tell(spec.model_dump_json())

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def worked(self) -> float | None:
        """Processor seconds it has used so far, or None where the system does not tell (``/proc`` does)."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, IndexError, ValueError, AttributeError):
            return None

    def ask_to_stop(self) -> None:
        """Ask it to stop between two chunks."""
        self._tell("cancel")

    def kill(self) -> None:
        """End it and everything it started, now."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def close(self) -> str:
        """Wait for its end (killing it after a grace) and say how it ended: "" for a plain exit."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            code = self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        self._log.close()
        return "" if code == 0 else _how_it_ended(code)

    def _tell(self, line: str) -> None:
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.write(line.encode() + b"\n")
                self._process.stdin.flush()

    def _listen(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as lines:
                for line in lines:
                    report = parse_report(line.decode(errors="replace"))
                    if report is not None:
                        self.reports.put(report)
        self.reports.put(None)


def _how_it_ended(code: int) -> str:
    """An exit status in words."""
    if code >= 0:
        return f"exit status {code}"
    name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else str(-code)
    hints = {"SIGKILL": ", as the system does when memory runs out", "SIGSEGV": ", a crash inside a decoder"}
    return f"signal {name}{hints.get(name, '')}"
