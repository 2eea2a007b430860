"""Settings: storage, device, bounds."""

from vqa_toolkit.ui.settings import show_settings

show_settings()
