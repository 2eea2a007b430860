"""Progress of an analysis on stderr: a bar on a terminal, a line now and then elsewhere; and Ctrl-C that asks to stop."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vqa_toolkit.analyze import Progress

_QUARTER = 0.25  # share of the work between two lines where there is no terminal


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """While inside, the first Ctrl-C makes the yielded check true; a second one interrupts at once."""
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, before)
        print("\nStopping … (Ctrl-C again to stop at once)", file=sys.stderr)

    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, ask)
    except ValueError:  # not in the main thread: nobody presses Ctrl-C there
        yield lambda: False
        return
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def shown(name: str, *, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """A callback for :func:`vqa_toolkit.analyze` that shows where it stands with clip ``name``."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar(name) as callback:
            yield callback
    else:
        yield _lines(name)


def _lines(name: str) -> Callable[[Progress], None]:
    told = 0.0

    def tell(p: Progress) -> None:
        nonlocal told
        if p.done >= told + _QUARTER or (p.done >= 1.0 > told):
            told = p.done
            print(f"{name}: {p.done:4.0%} {p.message}{_left(p)}", file=sys.stderr, flush=True)

    return tell


def _left(p: Progress) -> str:
    return f", about {p.seconds_left:.0f} s left" if p.seconds_left else ""


@contextmanager
def _bar(name: str) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[left]}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(name), total=1.0, left="")

        def tell(p: Progress) -> None:
            left = f"{p.seconds_left:.0f} s left" if p.seconds_left is not None else ""
            bar.update(task, completed=p.done, description=escape(f"{name} · {p.message}"), left=left)

        yield tell
