"""Heatmap: where in the picture blocks are damaged, when, and how much."""

from pathlib import Path

from vqa_toolkit.ui.damage import show_damage
from vqa_toolkit.ui.page import show_page
from vqa_toolkit.ui.places import HEATMAP

show_page(HEATMAP, "Where is the picture damaged?", show_damage, Path(__file__).parents[2])
