"""Lip sync: how early or late the sound is, how sure that is, and how it looks when mended."""

from pathlib import Path

from vqa_toolkit.ui.lips import show_lips
from vqa_toolkit.ui.page import show_page
from vqa_toolkit.ui.places import LIPSYNC

show_page(LIPSYNC, "Do the lips and the sound belong together?", show_lips, Path(__file__).parents[2])
