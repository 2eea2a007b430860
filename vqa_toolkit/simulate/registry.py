"""Every fault by its name, and the command line's notation for one: ``freeze@12:14,noise=0.5``."""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import inspect
import math
import pkgutil
from functools import cache
from typing import Any, cast

import vqa_toolkit.simulate as package
from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import Fault

_NOT_FAULTS = ("core", "registry", "render", "corpus", "gallery", "scenes", "recipes", "cases")


@cache
def faults() -> dict[str, type[Fault]]:
    """Every concrete fault of this package by name, found by walking its modules."""
    found: dict[str, type[Fault]] = {}
    prefix = package.__name__ + "."
    for module in sorted(m.name for m in pkgutil.walk_packages(package.__path__, prefix)):
        if module.removeprefix(prefix).split(".")[0] in _NOT_FAULTS:
            continue
        for _, kind in inspect.getmembers(importlib.import_module(module), inspect.isclass):
            if issubclass(kind, Fault) and kind.__module__ == module and not inspect.isabstract(kind):
                if kind.name in found:
                    raise ValueError(f"two faults are named {kind.name!r}: {found[kind.name]} and {kind}")
                found[kind.name] = kind
    return dict(sorted(found.items()))


def fault_type(name: str) -> type[Fault]:
    """The fault called ``name``.

    Raises:
        FaultError: when there is none; names the nearest ones.
    """
    known = faults()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3) or list(known)
        raise FaultError(
            f"There is no fault {name!r}; did you mean {', '.join(near)}? `vqa simulate --list` names all."
        )
    return known[name]


def parse_fault(text: str) -> Fault:
    """The fault written as ``name``, ``name@start:end`` or either with ``,parameter=value…``; times in seconds.

    Raises:
        FaultError: naming what is wrong: the fault, the parameter, its unit or its range.
    """
    head, *settings = text.strip().split(",")
    name, _, span = head.partition("@")
    kind = fault_type(name.strip())
    values: dict[str, object] = _span(name, span) if span else {}
    for setting in settings:
        key, equals, value = (part.strip() for part in setting.partition("="))
        if not equals:
            raise FaultError(f"{name}: expected parameter=value after the comma, got {setting!r}.")
        values[key] = _value(kind, key, value)
    return kind(**cast(dict[str, Any], values))


def notation(fault: Fault) -> str:
    """The shortest text that :func:`parse_fault` turns back into ``fault``."""
    parts = [f"{fault.name}@{_shortest(fault.start)}:" + (_shortest(fault.end) if math.isfinite(fault.end) else "")]
    for f in dataclasses.fields(fault):
        value = getattr(fault, f.name)
        if f.name not in ("start", "end") and value != f.default:
            parts.append(f"{f.name}={_shortest(value)}" if isinstance(value, float) else f"{f.name}={value}")
    return ",".join(parts)


def _shortest(number: float) -> str:
    """``number`` in the fewest digits that read back as itself."""
    return short if float(short := f"{number:g}") == number else repr(float(number))


def _span(name: str, span: str) -> dict[str, object]:
    start, colon, end = span.partition(":")
    try:
        times: dict[str, object] = {"start": float(start or 0.0)}
        if end.strip():
            times["end"] = float(end)
    except ValueError as exc:
        raise FaultError(f"{name}: times are written @start:end in seconds, such as @12:14.5; got @{span}.") from exc
    if not colon:
        raise FaultError(f"{name}: times are written @start:end in seconds, such as @12:14.5; got @{span}.")
    return times


def _value(kind: type[Fault], key: str, value: str) -> object:
    """``value`` as the parameter's own type: a number where the parameter has a range, else the text itself."""
    known = {f.name: f for f in dataclasses.fields(kind)}
    if key not in known:
        raise FaultError(f"{kind.name} has no parameter {key!r}; it has {', '.join(sorted(known))}.")
    meta = known[key].metadata
    if meta.get("low") is None:
        return value
    try:
        number = float(value)
    except ValueError as exc:
        span = f"{meta['low']:g} to {meta['high']:g} {meta['unit']}".strip()
        raise FaultError(f"{kind.name}: {key} must be {span}, got {value!r}.") from exc
    whole = isinstance(known[key].default, int) or "int" in str(known[key].type)
    return int(number) if whole and number.is_integer() else number
