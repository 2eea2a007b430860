"""Defects' names as people write them."""

from __future__ import annotations

_NAMES = {
    "av_sync": "Lip sync", "av_drift": "Sync drift", "pts_gap": "Timestamp gap", "av_duration": "Stream lengths apart",
    "vfr": "Variable frame rate", "dc_offset": "DC offset",
}  # fmt: skip


def defect_name(defect: str) -> str:
    """A defect's id as a person writes it: ``block_corruption`` is *Block corruption*."""
    return _NAMES.get(defect, defect.replace("_", " ").capitalize())
