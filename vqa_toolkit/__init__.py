"""vqa_toolkit: says what is wrong with a video, when, how badly, and shows it.

::

    media file ─open safely─▶ decode once ─▶ Chunk (views) ─▶ detectors ─▶ Signals ─judge─▶ Findings ─resolve─▶ Incidents
                                one loop       derived once     one file      cached     limits = data     report · figures
    clean media ─simulate─▶ faulty media + labels ─train─▶ weights;  Findings × labels ─evaluate─▶ scores ─tune─▶ a profile

>>> import vqa_toolkit
>>> result = vqa_toolkit.analyze("clip.mp4")          # doctest: +SKIP
>>> result.verdict, result.to_dataframe()             # doctest: +SKIP
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from vqa_toolkit.version import __version__

if TYPE_CHECKING:
    from vqa_toolkit.analyze import Progress, analyze
    from vqa_toolkit.media.probe import probe
    from vqa_toolkit.profile import Profile, load_profile
    from vqa_toolkit.result import AnalysisResult
    from vqa_toolkit.simulate import simulate

# Networks share the processor with the decoder's threads: their workers must sleep, not spin, while they wait.
# OpenMP reads this once, when torch loads; a value of the user's own is kept.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_HOMES = {
    "analyze": "vqa_toolkit.analyze",
    "Progress": "vqa_toolkit.analyze",
    "AnalysisResult": "vqa_toolkit.result",
    "Profile": "vqa_toolkit.profile",
    "load_profile": "vqa_toolkit.profile",
    "probe": "vqa_toolkit.media.probe",
    "simulate": "vqa_toolkit.simulate",
}

__all__ = ["AnalysisResult", "Profile", "Progress", "__version__", "analyze", "load_profile", "probe", "simulate"]


def __getattr__(name: str) -> Any:
    """Public names load on first use, so that importing the package stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'vqa_toolkit' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
