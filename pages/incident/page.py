"""Incident: one finding in full, from the frame to the review."""

from pathlib import Path

from vqa_toolkit.ui.incident import show_incident
from vqa_toolkit.ui.page import show_page
from vqa_toolkit.ui.places import INCIDENT

show_page(INCIDENT, "Which finding?", show_incident, Path(__file__).parents[2])
