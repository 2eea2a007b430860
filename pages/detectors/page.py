"""Detectors: what each measures and how it judges."""

from vqa_toolkit.ui.reference import show_reference

show_reference()
