"""Analyze: choose a clip, watch it being analysed, see what was found."""

from pathlib import Path

from vqa_toolkit.ui.choose import choose
from vqa_toolkit.ui.run_page import show_run
from vqa_toolkit.ui.session import asked

run = asked("run")
if run:
    show_run(run)
else:
    choose(Path(__file__).parents[2])
