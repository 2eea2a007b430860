"""Work done in threads of its own, answered in the order in which it was given."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """A few threads and what they are asked to do; no more is taken on than twice their number, so that memory stays bounded.

    ``begin`` is called once in each thread. ``seconds`` is the processor time that the answered work has taken. What a piece of work
    raises is raised where its answer would have come.
    """

    def __init__(self, threads: int, begin: Callable[[], None]) -> None:
        self._pool = ThreadPoolExecutor(threads, "vqa-ahead", begin)
        self._most = 2 * threads
        self._asked: deque[Future[tuple[T, float]]] = deque()
        self.seconds = 0.0

    def push(self, work: Callable[[], T]) -> Iterator[T]:
        """Take on ``work``; yields answers, oldest first, until there is room for it."""
        while len(self._asked) >= self._most:
            yield self._answer()
        self._asked.append(self._pool.submit(_timed, work))

    def rest(self) -> Iterator[T]:
        """Yields the answers that are left."""
        while self._asked:
            yield self._answer()

    def close(self) -> Iterator[T]:
        """Yields the answers that are left, and ends the threads."""
        yield from self.rest()
        self._pool.shutdown()

    def _answer(self) -> T:
        answer, seconds = self._asked.popleft().result()
        self.seconds += seconds
        return answer


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.thread_time()
    return work(), time.thread_time() - began
