"""One detector, one file. Putting a file here is all it takes: it is found by walking this folder."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from vqa_toolkit.core import Detector


@cache
def discover() -> dict[str, type[Detector]]:
    """Every detector class by its ``name``, in alphabetical order.

    Raises:
        TypeError: when a file does not define exactly one concrete detector, or two share a name.
    """
    found: dict[str, type[Detector]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        if module_info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        classes = [
            c
            for _, c in inspect.getmembers(module, inspect.isclass)
            if issubclass(c, Detector) and not inspect.isabstract(c) and c.__module__ == module.__name__
        ]
        if len(classes) != 1:
            raise TypeError(f"{module.__name__} must define exactly one detector, got {len(classes)}")
        if classes[0].name in found:
            raise TypeError(f"two detectors are named {classes[0].name!r}")
        found[classes[0].name] = classes[0]
    return dict(sorted(found.items()))
