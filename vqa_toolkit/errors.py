"""Every error the toolkit raises on purpose, in one tree.

::

    VqaError                     base: one sentence with what, why and what to do
    ├── MediaError               a file cannot be used as media           (exit code 1)
    │   ├── MediaRefused         a safety limit or format rule was hit
    │   └── MediaUnreadable      damaged beyond opening, empty, or not media
    ├── NotAssessable            a detector has nothing to judge          (an outcome, not a failure)
    ├── ConfigurationError       a profile, limit or setting is wrong     (exit code 3)
    ├── UsageError               a call or command line is wrong          (exit code 5)
    │   └── FaultError           a simulated fault was specified wrongly
    ├── WeightsError             model weights missing, truncated or wrong
    ├── MissingExtra             an optional dependency is not installed
    ├── ResultError              a stored result cannot be read
    └── Cancelled                the caller asked to stop                 (verdict: incomplete)

Every error keeps its facts as attributes, so an interface can show them in its own way.
"""

from __future__ import annotations

from pathlib import Path


class VqaError(Exception):
    """Base of all deliberate errors; ``str(error)`` is one sentence a person can act on."""

    exit_code = 1


class MediaError(VqaError):
    """A file cannot be used as media. ``path`` names it."""

    def __init__(self, path: str | Path, what: str, remedy: str) -> None:
        self.path = str(path)
        self.what = what
        self.remedy = remedy
        super().__init__(f"{Path(self.path).name or self.path}: {what}. {remedy}.")


class MediaRefused(MediaError):
    """A safety limit or format rule refused the file before or while decoding."""


class MediaUnreadable(MediaError):
    """The file is empty, missing, damaged beyond opening, or not media at all."""


class NotAssessable(VqaError):
    """Raised by a detector that has nothing to judge; ``reason`` completes "not assessable, because …"."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"Not assessable, because {reason}.")


class ConfigurationError(VqaError):
    """A profile, a limit or a setting is wrong."""

    exit_code = 3


class UsageError(VqaError):
    """A function or command was called with something it cannot take."""

    exit_code = 5


class FaultError(UsageError):
    """A fault to simulate was specified wrongly; names the parameter, its unit and its range."""


class WeightsError(VqaError):
    """Weights of a network are missing, truncated, or not the ones their card describes."""


class MissingExtra(VqaError):
    """An optional dependency is needed; the message names the command that installs it."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(f"{purpose} needs {package}. Install it with: pip install 'vqa_toolkit[{extra}]'.")


class ResultError(VqaError):
    """A stored result is damaged, or was written by an incompatible version."""


class Cancelled(VqaError):
    """The analysis was cancelled by its caller."""

    def __init__(self) -> None:
        super().__init__("The analysis was cancelled before it finished.")
