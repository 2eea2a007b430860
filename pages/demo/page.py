"""Demo: break a clean clip on purpose and watch it be caught."""

from pathlib import Path

from vqa_toolkit.ui.demo import show_demo

show_demo(Path(__file__).parents[2])
