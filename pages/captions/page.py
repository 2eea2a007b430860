"""Captions: cues against speech, reading speed, and what is wrong with them."""

from pathlib import Path

from vqa_toolkit.ui.cues import show_cues
from vqa_toolkit.ui.page import show_page
from vqa_toolkit.ui.places import CAPTIONS

show_page(CAPTIONS, "Do the captions fit what is said?", show_cues, Path(__file__).parents[2])
