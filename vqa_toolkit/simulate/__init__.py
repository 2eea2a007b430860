"""Clean media → faulty media + exact labels. One fault per file, named as the finding it provokes.

::

    from vqa_toolkit.simulate import simulate, parse_fault, faults, make_case, scene

    labels = simulate("clip.mp4", ["freeze@12:14", "hum@20:30,snr_db=15"], seed=7, output="out.mp4")

``simulate`` writes ``out.mp4`` and ``out.mp4.labels.json``. The same seed gives the same labels byte for byte and the
same decoded content. Import is light; media libraries load when something is rendered.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from vqa_toolkit.callable_module import make_callable

if TYPE_CHECKING:
    from vqa_toolkit.simulate.apply import read_labels, simulate
    from vqa_toolkit.simulate.cases import make_case
    from vqa_toolkit.simulate.core import Fault, Frame, Label
    from vqa_toolkit.simulate.corpus import build_corpus
    from vqa_toolkit.simulate.registry import faults, notation, parse_fault
    from vqa_toolkit.simulate.scenes import scene, scene_captions, scene_names, scene_sound
    from vqa_toolkit.simulate.writing import Encoding

_HOMES = {
    "simulate": "apply", "read_labels": "apply", "make_case": "cases", "Fault": "core", "Frame": "core", "Label": "core",
    "build_corpus": "corpus", "faults": "registry", "notation": "registry", "parse_fault": "registry",
    "scene": "scenes", "scene_captions": "scenes", "scene_sound": "scenes", "scene_names": "scenes", "Encoding": "writing",
}  # fmt: skip

__all__ = [
    "Encoding", "Fault", "Frame", "Label", "build_corpus", "faults", "make_case", "notation", "parse_fault",
    "read_labels", "scene", "scene_captions", "scene_names", "scene_sound", "simulate",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Public names load on first use, so that importing the package stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def _simulate(*args: Any, **kwargs: Any) -> list[Label]:
    """Apply faults to a clip: see :func:`vqa_toolkit.simulate.apply.simulate`."""
    from vqa_toolkit.simulate.apply import simulate

    return simulate(*args, **kwargs)


make_callable(__name__, _simulate)
