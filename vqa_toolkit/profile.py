"""Profiles: limits and severities as data, in TOML. Read, validated, changed and written here.

::

    name = "broadcast"
    description = "What a broadcaster's ingest refuses."
    [limits.black]
    min_duration = 0.12
    [severity]
    black = "blocker"
    [detectors]
    disabled = ["letterbox"]
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from vqa_toolkit.core import SEVERITIES, Detector, Limits, Severity, limit_fields
from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import ConfigurationError

MAX_PROFILE_BYTES = 256_000


@dataclass(frozen=True, slots=True)
class Profile:
    """Overrides of limits and severities; whatever it does not name keeps its declared default.

    Raises:
        ConfigurationError: for an unknown detector, limit, defect or severity, or a value out of range.
    """

    name: str = "default"
    description: str = ""
    overrides: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    severity: Mapping[str, Severity] = field(default_factory=dict)
    disabled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = discover()
        for detector, values in self.overrides.items():
            _known(detector, known, "detector", self.name)
            names = [n for n, _ in limit_fields(known[detector].limits)]
            for key in values:
                _known(key, names, f"limit of {detector}", self.name)
            self.limits(known[detector])
        for detector in self.disabled:
            _known(detector, known, "detector", self.name)
        defects = [d for cls in known.values() for d in cls.defects]
        for defect, severity in self.severity.items():
            _known(defect, defects, "defect", self.name)
            _known(severity, SEVERITIES, "severity", self.name)

    def limits(self, detector: type[Detector]) -> Limits:
        """The limits that ``detector`` is judged by under this profile."""
        try:
            return detector.limits(**self.overrides.get(detector.name, {}))
        except ConfigurationError as exc:
            raise ConfigurationError(f"Profile {self.name!r}, [limits.{detector.name}]: {exc}") from exc

    def with_limit(self, key: str, value: float) -> Profile:
        """A copy with one limit changed; ``key`` is ``detector.limit``, e.g. ``black.min_duration``."""
        detector, dot, name = key.partition(".")
        if not dot:
            raise ConfigurationError(f"A limit is written detector.limit=value, got {key!r}.")
        changed = {**self.overrides, detector: {**self.overrides.get(detector, {}), name: value}}
        return dataclasses.replace(self, overrides=changed)

    def enabled(self) -> list[str]:
        """Names of the detectors that this profile runs."""
        return [name for name in discover() if name not in self.disabled]

    def to_toml(self) -> str:
        """This profile as TOML; :func:`parse_profile` reads it back unchanged."""
        lines = [f"name = {_quoted(self.name)}", f"description = {_quoted(self.description)}"]
        for detector, values in sorted(self.overrides.items()):
            lines += ["", f"[limits.{detector}]", *(f"{k} = {v!r}" for k, v in sorted(values.items()))]
        if self.severity:
            lines += ["", "[severity]", *(f"{k} = {json.dumps(v)}" for k, v in sorted(self.severity.items()))]
        if self.disabled:
            lines += ["", "[detectors]", f"disabled = {json.dumps(list(self.disabled))}"]
        return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """``text`` as a TOML basic string: JSON's escapes, but no surrogate pairs, and DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _known(name: str, among: Iterable[str], what: str, profile: str) -> None:
    names = list(among)
    if name not in names:
        near = difflib.get_close_matches(str(name), names, 1)
        hint = f" Did you mean {near[0]!r}?" if near else f" Known: {', '.join(names)}."
        raise ConfigurationError(f"Profile {profile!r} names an unknown {what}, {name!r}.{hint}")


def parse_profile(text: str, origin: str = "profile") -> Profile:
    """A profile from TOML text.

    Raises:
        ConfigurationError: not TOML, unknown keys, or values that :class:`Profile` refuses.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigurationError(f"{origin} is not valid TOML: {exc}.") from exc
    for key in raw:
        _known(key, ("name", "description", "limits", "severity", "detectors"), "section", origin)
    tables = {k: raw.get(k, {}) for k in ("limits", "severity", "detectors")}
    if not all(isinstance(t, dict) for t in tables.values()) or not all(
        isinstance(t, dict) for t in tables["limits"].values()
    ):
        raise ConfigurationError(f"{origin}: limits, severity and detectors must be tables, e.g. [limits.black].")
    disabled = tables["detectors"].get("disabled", [])
    if not isinstance(disabled, list):
        raise ConfigurationError(f"{origin}: detectors.disabled must be a list of names, got {disabled!r}.")
    return Profile(
        str(raw.get("name", origin)),
        str(raw.get("description", "")),
        tables["limits"],
        tables["severity"],
        tuple(disabled),
    )


def bundled_profiles() -> list[str]:
    """Names of the profiles that come with the package."""
    folder = resources.files("vqa_toolkit.profiles")
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


@cache
def _bundled(name: str) -> Profile:
    return parse_profile((resources.files("vqa_toolkit.profiles") / f"{name}.toml").read_text("utf-8"), name)


def load_profile(profile: str | Path | Profile = "default") -> Profile:
    """A profile by bundled name or by path to a TOML file; a :class:`Profile` is returned as it is.

    Raises:
        ConfigurationError: unknown name, unreadable file, or bad content.
    """
    if isinstance(profile, Profile):
        return profile
    if str(profile) in bundled_profiles():
        return _bundled(str(profile))
    path = Path(profile)
    if path.suffix != ".toml" or not path.is_file():
        known = ", ".join(bundled_profiles())
        raise ConfigurationError(f"There is no profile {str(profile)!r}. Use {known}, or the path of a .toml file.")
    if path.stat().st_size > MAX_PROFILE_BYTES:
        raise ConfigurationError(f"{path.name} is too large for a profile ({path.stat().st_size} bytes).")
    try:
        return parse_profile(path.read_text("utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{path.name} cannot be read as a profile: {exc}.") from exc
