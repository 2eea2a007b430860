"""Limits that note what they are compared with while a clip is judged, so that it is known when it must be judged again.

A judge's findings change only when some comparison with a limit turns out otherwise. :func:`watch` runs a judge on
:class:`Watched` numbers; each comparison narrows the interval within which that number may move without consequence.
What cannot be followed (an array multiplied by a limit, a limit turned into a plain number) pins the number to its value.
"""

from __future__ import annotations

import dataclasses
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from vqa_toolkit.core import Detector, Limits, Signal

MARGIN = 1e-6
"""Relative: values this near a bound count as beyond it; curves are 32-bit, and numbers are compared in that precision."""

Again = Callable[[Limits], float]
_COMPARED: Mapping[Any, Callable[[Any, Any], Any]] = {
    np.greater_equal: operator.ge, np.greater: operator.gt, np.less_equal: operator.le, np.less: operator.lt,
    np.equal: operator.eq, np.not_equal: operator.ne,
}  # fmt: skip
_MIRRORED = {operator.ge: operator.le, operator.le: operator.ge, operator.gt: operator.lt, operator.lt: operator.gt,
             operator.eq: operator.eq, operator.ne: operator.ne}  # fmt: skip


class Bound(NamedTuple):
    """A number made of limits must stay within (low, high), or be ``value`` as it was.

    ``limits`` names what it is made of; ``plain`` says that it is the one limit itself.
    """

    limits: frozenset[str]
    plain: bool
    again: Again
    value: float
    low: float
    high: float

    def holds(self, limits: Limits) -> bool:
        """Whether nothing changes under ``limits``."""
        now = self.again(limits)
        slack = MARGIN * max(abs(now), MARGIN)
        return now == self.value or self.low + slack < now < self.high - slack


class Watched:
    """A number made of limits that behaves like one and keeps the interval in which its comparisons stay as they are."""

    __slots__ = ("again", "high", "limits", "log", "low", "value")

    def __init__(self, value: float, again: Again, limits: frozenset[str], log: list[Watched]) -> None:
        self.value, self.again, self.limits, self.log = float(value), again, limits, log
        self.low, self.high = -math.inf, math.inf
        log.append(self)

    def pin(self) -> float:
        """The plain number, after which any other value may change the answer."""
        self.low = self.high = self.value
        return self.value

    def compare(self, how: Callable[[Any, Any], Any], other: Any) -> Any:
        """``how(self, other)`` for a number, an array or another watched number."""
        if isinstance(other, Watched):
            difference: Watched = self.made(operator.sub, self, other)
            return difference.compare(how, 0.0)
        values = np.asarray(other)
        if values.dtype == object:
            return how(self.pin(), other)
        under, over = values[values < self.value], values[values > self.value]
        if len(under):
            self.low = max(self.low, float(under.max()))
        if len(over):
            self.high = min(self.high, float(over.min()))
        if (values == self.value).any():
            if how in (operator.le, operator.gt):  # what equals the limit is on the far side of it
                self.high = min(self.high, self.value)
            elif how in (operator.ge, operator.lt):
                self.low = max(self.low, self.value)
            else:
                self.pin()
        return how(self.value, other)

    def made(self, work: Callable[..., Any], *inputs: Any) -> Any:
        """``work(*inputs)`` as a watched number, to be worked out again for other limits."""
        names = frozenset[str]().union(*(x.limits for x in inputs if isinstance(x, Watched)))
        value = work(*(x.value if isinstance(x, Watched) else x for x in inputs))

        def again(limits: Limits) -> float:
            return float(work(*(x.again(limits) if isinstance(x, Watched) else x for x in inputs)))

        return Watched(value, again, names, self.log)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__" and not options:
            if ufunc in _COMPARED and isinstance(inputs[0], Watched):
                return inputs[0].compare(_COMPARED[ufunc], inputs[1])
            if ufunc in _COMPARED:
                return self.compare(_MIRRORED[_COMPARED[ufunc]], inputs[0])
            if all(isinstance(x, Watched) or np.ndim(x) == 0 for x in inputs) and ufunc.nout == 1:
                return self.made(ufunc, *inputs)
        return getattr(ufunc, method)(*(x.pin() if isinstance(x, Watched) else x for x in inputs), **options)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.pin(), dtype=dtype)

    def __float__(self) -> float:
        return self.pin()

    def __int__(self) -> int:
        return int(self.pin())

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.pin(), digits) if digits is not None else round(self.pin())

    def __bool__(self) -> bool:
        return bool(self.compare(operator.ne, 0.0))

    def __format__(self, how: str) -> str:
        return format(self.value, how)  # words about a finding decide nothing

    def __hash__(self) -> int:
        return id(self)


def _arithmetic(work: Callable[..., Any], ufunc: Any, mirrored: bool) -> Callable[[Watched, Any], Any]:
    def act(self: Watched, other: Any) -> Any:
        pair = (other, self) if mirrored else (self, other)
        return self.made(work, *pair) if isinstance(other, (Watched, Real)) else ufunc(*pair)

    return act


def _compared(how: Callable[[Any, Any], Any]) -> Callable[[Watched, Any], Any]:
    return lambda self, other: self.compare(how, other)


for _name, _work, _ufunc in (
    ("add", operator.add, np.add), ("sub", operator.sub, np.subtract), ("mul", operator.mul, np.multiply),
    ("truediv", operator.truediv, np.true_divide), ("pow", operator.pow, np.power),
    ("floordiv", operator.floordiv, np.floor_divide), ("mod", operator.mod, np.mod),
):  # fmt: skip
    setattr(Watched, f"__{_name}__", _arithmetic(_work, _ufunc, False))
    setattr(Watched, f"__r{_name}__", _arithmetic(_work, _ufunc, True))
for _name in ("ge", "gt", "le", "lt", "eq", "ne"):
    setattr(Watched, f"__{_name}__", _compared(getattr(operator, _name)))


def _alone(work: Callable[[Any], Any]) -> Callable[[Watched], Any]:
    return lambda self: self.made(work, self)


setattr(Watched, "__neg__", _alone(operator.neg))  # noqa: B010  (like the others)
setattr(Watched, "__abs__", _alone(abs))  # noqa: B010


class _Watching:
    """Stands in for a detector's limits; each limit is one watched number."""

    def __init__(self, limits: Limits, log: list[Watched]) -> None:
        for f in dataclasses.fields(limits):
            again = operator.attrgetter(f.name)
            setattr(self, f.name, Watched(getattr(limits, f.name), again, frozenset([f.name]), log))


def watch(detector: type[Detector], signals: Mapping[str, Signal], limits: Limits) -> tuple[Bound, ...] | None:
    """Within which bounds other limits give the findings that ``limits`` give; None when that cannot be followed.

    The findings of the judge on watched numbers must be those of the judge on plain ones, else nothing is promised.
    """
    log: list[Watched] = []
    try:
        followed = [_outline(f) for f in detector.judge(signals, _Watching(limits, log))]
        plain = [_outline(f) for f in detector.judge(signals, limits)]
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, ArithmeticError):
        return None
    if followed != plain:
        return None
    return tuple(_bounds(log))


def _outline(finding: Any) -> tuple[Any, ...]:
    """What a score depends on. A start or end that is made of limits is pinned by becoming a plain number."""
    return float(finding.start), float(finding.end), finding.defect, finding.severity


def _bounds(log: Iterable[Watched]) -> Iterable[Bound]:
    for x in log:
        if math.isfinite(x.low) or math.isfinite(x.high):
            yield Bound(x.limits, isinstance(x.again, operator.attrgetter), x.again, x.value, x.low, x.high)
