"""Answers come in order, no more is held than was said, and what fails says so where its answer was due."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from vqa_toolkit.measures.ahead import Ahead


def nothing() -> None:
    """No beginning."""


def slow(value: int) -> int:
    """The later it was asked, the sooner it is done."""
    time.sleep(0.02 / (1 + value))
    return value


def test_answers_come_in_the_order_of_the_questions() -> None:
    ahead: Ahead[int] = Ahead(3, nothing)
    answers = [a for n in range(20) for a in ahead.push(partial(slow, n))]
    assert len(answers) == 20 - 6  # six are taken on at once
    assert [*answers, *ahead.close()] == list(range(20))


def test_processor_time_of_the_threads_is_counted() -> None:
    def busy() -> int:
        end = time.thread_time() + 0.05
        while time.thread_time() < end:
            pass
        return 0

    ahead: Ahead[int] = Ahead(2, nothing)
    for _ in range(2):
        assert list(ahead.push(busy)) == []
    assert len(list(ahead.close())) == 2
    assert ahead.seconds == pytest.approx(0.1, abs=0.05)


def test_a_failure_is_raised_where_its_answer_was_due() -> None:
    ahead: Ahead[int] = Ahead(1, nothing)
    assert list(ahead.push(partial(int, "nothing"))) == []
    with pytest.raises(ValueError, match="invalid literal"):
        list(ahead.close())


def test_each_thread_begins_once() -> None:
    begun: list[str] = []
    ahead: Ahead[int] = Ahead(2, lambda: begun.append(threading.current_thread().name))
    list(ahead.push(partial(slow, 0)))
    list(ahead.push(partial(slow, 0)))
    list(ahead.close())
    assert len(begun) == len(set(begun)) == 2
