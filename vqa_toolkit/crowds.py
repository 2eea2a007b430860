"""Thousands of findings of one kind → the first of them and one that sums up the rest, so that a result stays readable."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator
from typing import Any

from vqa_toolkit.core import Finding

MOST_ALIKE = 1000  # findings of one kind that are told one by one: one every four seconds of an hour
MERGED = "merged"  # the detail that says how many findings one stands for


def thinned(findings: Iterable[Finding], most: int = MOST_ALIKE) -> Iterator[Finding]:
    """The findings, where more than ``most`` are of one kind only its first ``most`` in time and one for all others.

    That one spans the others and holds their number as ``details["merged"]``, with the value, score and sentence of the
    surest among them and its time. Of one kind are findings of one detector that agree in defect, severity, unit, and in
    every detail that is a word (``rule``, ``kind``, ``signal``, ``language``).
    """
    crowds: dict[tuple[Any, ...], _Crowd] = {}
    for finding in findings:
        kind = _kind(finding)
        if kind not in crowds:
            crowds[kind] = _Crowd(most)
        crowds[kind].add(finding)
    for crowd in crowds.values():
        yield from crowd.told()


def count(finding: Finding) -> int:
    """How many findings this one stands for: 1, or those that :func:`thinned` merged into it."""
    return int(finding.details.get(MERGED, 1))


def _kind(finding: Finding) -> tuple[Any, ...]:
    words = tuple(sorted((k, v) for k, v in finding.details.items() if isinstance(v, str)))
    return (finding.detector, finding.defect, finding.severity, finding.unit, words)


class _Crowd:
    """Findings of one kind: the first ``most`` in time, of all others only what sums them up."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._first: list[Finding] = []
        self._others, self._start, self._end = 0, math.inf, -math.inf
        self._worst: Finding | None = None

    def add(self, finding: Finding) -> None:
        """Take one more, in any order."""
        self._first.append(finding)
        if len(self._first) > 2 * self._most + 1:
            self._fold()

    def told(self) -> list[Finding]:
        """The findings that tell of this kind."""
        if (
            self._worst is None and len(self._first) <= self._most + 1
        ):  # one for one other would say less than that other
            return self._first
        self._fold()
        return [*self._first, self._summed_up(self._worst)] if self._worst is not None else self._first

    def _fold(self) -> None:
        self._first.sort(key=lambda f: (f.start, f.end))
        others = self._first[self._most :]
        del self._first[self._most :]
        self._others += len(others)
        self._start = min([self._start, *(f.start for f in others)])
        self._end = max([self._end, *(f.end for f in others)])
        so_far = [self._worst] if self._worst is not None else []
        self._worst = max([*so_far, *others], key=lambda f: (f.score, abs(f.value - f.limit), -f.start))

    def _summed_up(self, worst: Finding) -> Finding:
        words = {k: v for k, v in worst.details.items() if isinstance(v, str)}
        return dataclasses.replace(
            worst,
            start=self._start,
            end=self._end,
            message=f"{self._others:,} more of the same kind; the surest at {worst.start:.2f} s: {worst.message}",
            region=None,
            details={**words, MERGED: self._others, "worst_time": worst.start},
        )
