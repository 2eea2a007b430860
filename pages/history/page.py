"""History: every earlier run, reopened at once."""

from vqa_toolkit.ui.past import show_history

show_history()
