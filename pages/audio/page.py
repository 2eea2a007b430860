"""Sound: waveform, spectrogram and artifacts on one axis of time, and an ear on each."""

from pathlib import Path

from vqa_toolkit.ui.page import show_page
from vqa_toolkit.ui.places import AUDIO
from vqa_toolkit.ui.sound import show_sound

show_page(AUDIO, "What is wrong with the sound?", show_sound, Path(__file__).parents[2])
