"""Questions about a clip that a page asks beside any analysis: a still, a stretch of sound, its captions.

They are answered by one process of their own, started when first asked, so that a file which crashes or hangs a decoder
takes that process with it and nothing else. A page gets a sentence then, and the next question a fresh process.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import MediaError

COMMAND = (sys.executable, "-m", "vqa_toolkit.jobs.aside_worker")
ANSWER_S = 60.0
"""A minute of sound is drawn and a still is found in a second or two; twenty times that on a busy machine."""

_asking = threading.Lock()
_process: subprocess.Popen[bytes] | None = None


class Answer(NamedTuple):
    """What was looked up: plain values, and arrays by name."""

    facts: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


def ask(work: str, path: Path, *, wait_s: float = ANSWER_S, **question: Any) -> Answer:
    """Have ``work`` (a name of :data:`vqa_toolkit.jobs.aside_worker.WORK`) done on the file at ``path``.

    Raises:
        MediaError: saying why it could not be: the file, the decoder, or the time it took.
    """
    line = json.dumps({"work": work, "path": str(path), **question}).encode() + b"\n"
    with _asking:
        process = _started()
        late = threading.Event()
        timer = threading.Timer(wait_s, _give_up, (process, late))
        timer.start()
        try:
            head, body = _exchange(process, line)
        except (OSError, ValueError) as error:
            _stop(process)
            why = f"it took longer than {wait_s:.0f} s" if late.is_set() else "the decoder stopped on it"
            raise MediaError(path, f"this could not be looked up: {why}", "The stored results are complete") from error
        finally:
            timer.cancel()
    if "error" in head:
        raise MediaError(path, str(head["error"]).rstrip("."), "The stored results are complete")
    if not body:
        return Answer(head["facts"], {})
    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        return Answer(head["facts"], {name: archive[name] for name in archive.files})


def stop() -> None:
    """End the process, where one runs."""
    with _asking:
        if _process is not None:
            _stop(_process)


def _started() -> subprocess.Popen[bytes]:
    global _process
    if _process is None or _process.poll() is not None:
        _process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return _process


def _exchange(process: subprocess.Popen[bytes], line: bytes) -> tuple[dict[str, Any], bytes]:
    """One question, one answer. Raises ValueError when the process ended instead."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process has no pipes")
    process.stdin.write(line)
    process.stdin.flush()
    said = process.stdout.readline()
    head: dict[str, Any] = json.loads(said)  # an empty line is no JSON: the process is gone
    body = process.stdout.read(int(head["bytes"]))
    if len(body) != int(head["bytes"]):
        raise ValueError("the answer was cut short")
    return head, body


def _give_up(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                continue
