"""Tune: move limits over stored signals, see what it gains and loses."""

from vqa_toolkit.ui.tuning import show_tuning

show_tuning()
