"""A threshold session: the stored signals of one detector over labelled clips, judged anew at every slider move."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from vqa_toolkit.core import Detector, Finding, FloatArray, Limits, Severity, at_least, limit_fields
from vqa_toolkit.errors import ConfigurationError
from vqa_toolkit.evaluate.clips import Judged, read_clips
from vqa_toolkit.evaluate.measured import Measured, chosen, measure_clips
from vqa_toolkit.evaluate.scores import HOUR_S, DefectScore, score_defect
from vqa_toolkit.profile import Profile, load_profile
from vqa_toolkit.simulate.titles import part_of
from vqa_toolkit.tune.rejudge import Rejudge, Standing

DEVELOPMENT, HELD_OUT = "development", "evaluation"
HALVES = {DEVELOPMENT: 0.5, HELD_OUT: 0.5}
"""Titles are halved by a hash of their group, so that a new title never moves an old one across."""


@dataclass(frozen=True)
class Session:
    """One detector's signals over clips. Judging opens no media and runs this one detector's ``judge`` only.

    What other detectors say (a freeze inside black) is not taken into account here. ``base`` is the profile that the
    session starts from; findings below ``floor`` do not count.
    """

    detector: type[Detector]
    clips: tuple[Measured, ...]
    base: Profile
    floor: Severity = "issue"

    @classmethod
    def open(
        cls,
        corpus: str | Path,
        detector: str,
        profile: str | Path | Profile = "default",
        *,
        floor: Severity = "issue",
        parts: Sequence[str] = (),
        progress: Callable[[int, int, str], None] | None = None,
    ) -> Session:
        """Read the signals kept beside ``corpus``; what was never measured is measured now, once.

        Raises:
            ConfigurationError: no labelled clip, or an unknown detector or profile.
        """
        (kind,) = chosen([detector])
        measured = measure_clips(read_clips(corpus, parts), Path(corpus), [detector], progress)
        return cls(kind, tuple(measured), load_profile(profile), floor)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The titles, in order: the rows of a tally."""
        return tuple(sorted({m.clip.group for m in self.clips}))

    @cached_property
    def _rows(self) -> list[int]:
        """Each clip's row in a tally."""
        row = {group: n for n, group in enumerate(self.groups)}
        return [row[m.clip.group] for m in self.clips]

    @cached_property
    def hours(self) -> float:
        """Hours of content."""
        return sum(m.clip.seconds for m in self.clips) / HOUR_S

    def limits(self, **changes: float) -> Limits:
        """The base profile's limits of this detector with some changed.

        Raises:
            ConfigurationError: an unknown limit, or a value out of its range.
        """
        for name in changes:
            self._check(name)
        return dataclasses.replace(self.base.limits(self.detector), **changes)

    def value(self, limit: str, **changes: float) -> float:
        """One limit's value in :meth:`limits`.

        Raises:
            ConfigurationError: the detector has no such limit.
        """
        self._check(limit)
        return float(getattr(self.limits(**changes), limit))

    def _check(self, limit: str) -> None:
        known = [name for name, _ in limit_fields(self.detector.limits)]
        if limit not in known:
            raise ConfigurationError(
                f"{self.detector.name} has no limit {limit!r}. It has: {', '.join(known) or 'none'}."
            )

    def half(self, part: str) -> Session:
        """The clips of one half of the titles, ``DEVELOPMENT`` or ``HELD_OUT``."""
        return dataclasses.replace(self, clips=tuple(m for m in self.clips if part_of(m.clip.group, HALVES, 0) == part))

    def judged(self, limits: Limits) -> list[Judged]:
        """Every clip's findings under ``limits``, each judged anew; those below the floor are left out."""
        return [Judged(m.clip, self._findings(m, limits)) for m in self.clips]

    def _findings(self, measured: Measured, limits: Limits) -> tuple[Finding, ...]:
        signals = measured.signals.get(self.detector.name)
        if not signals:
            return ()
        severity = self.base.severity
        found = self.detector.judge(signals, limits)
        return tuple(f for f in found if at_least(severity.get(f.defect, f.severity), self.floor))

    @cached_property
    def _rejudge(self) -> Rejudge:
        return Rejudge(self.detector, self.clips, self.limits(), self._findings)

    def prepare(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Do now what the first tally would do: judge every clip and find out what its findings depend on.

        ``progress`` is told (clips done, of); what it raises ends the work.
        """
        if "_rejudge" not in self.__dict__:
            self.__dict__["_rejudge"] = Rejudge(self.detector, self.clips, self.limits(), self._findings, progress)

    def tally(self, limits: Limits, defects: Sequence[str] = ()) -> FloatArray:
        """(titles, 4): hits, misses, false alarms and hours per title, summed over ``defects`` (default: all it names).

        Only clips whose findings may have changed since the base limits are judged; rows are in the order of
        :attr:`groups`.
        """
        wanted = [
            self.detector.defects.index(d) for d in defects or self.detector.defects if d in self.detector.defects
        ]
        table = np.zeros((len(self.groups), 4))
        if self.clips:
            np.add.at(table, self._rows, self._rejudge.under(limits).counts[:, wanted].sum(axis=1))
        return table

    def standing(self, limits: Limits) -> Standing:
        """Findings and scores of every clip. A finding of a clip that was not judged anew keeps the base limits' words."""
        return self._rejudge.under(limits)

    def score(self, limits: Limits, defect: str) -> DefectScore:
        """Scores of one defect with intervals, hits, misses and alarms in detail."""
        return score_defect(self.judged(limits), defect, "fyi")  # the floor has been applied already
