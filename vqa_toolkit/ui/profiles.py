"""Profiles to choose from: the bundled ones and those saved under the data folder."""

from __future__ import annotations

import re
from pathlib import Path

from vqa_toolkit.errors import ConfigurationError
from vqa_toolkit.home import folder
from vqa_toolkit.profile import Profile, bundled_profiles

NAME = re.compile(r"[a-z0-9][a-z0-9 _-]{0,39}")


def profile_choices() -> list[str]:
    """What :func:`vqa_toolkit.profile.load_profile` takes: the default, other bundled names, paths of saved ones."""
    bundled = sorted(bundled_profiles(), key=lambda name: name != "default")
    return [*bundled, *(str(p) for p in sorted(folder("profiles").glob("*.toml")))]


def profile_label(choice: str) -> str:
    """A choice as a person reads it."""
    return Path(choice).stem.replace("_", " ").capitalize()


def save_profile(profile: Profile, name: str) -> Path:
    """Write a profile under the data folder; an earlier one of that name is replaced.

    Raises:
        ConfigurationError: for a name that is no plain file name, or that a bundled profile has.
    """
    plain = name.strip().lower()
    if not NAME.fullmatch(plain):
        raise ConfigurationError(f"A profile's name is 1 to 40 letters, digits, spaces, - and _; got {name[:60]!r}.")
    if plain in bundled_profiles():
        raise ConfigurationError(f"{plain!r} is a bundled profile. Choose another name.")
    path = folder("profiles") / f"{plain}.toml"
    path.write_text(profile.to_toml(), "utf-8")
    return path
