"""Compare: two runs, finding by finding."""

from vqa_toolkit.ui.versus import show_comparison

show_comparison()
