"""The small board against what was recorded: worse than the recorded interval is a regression."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from vqa_toolkit.evaluate.scores import DefectScore

SMALL = Path(__file__).parent / "scoreboard_small.json"


def recorded(scores: Mapping[str, DefectScore], path: Path = SMALL) -> None:
    """Record counts and interval bounds as the new expectation."""
    kept = {
        name: {
            "events": s.total.events, "hits": s.total.hits, "alarms": s.total.alarms,
            "recall_low": _number(s.intervals["recall"].low), "precision_low": _number(s.intervals["precision"].low),
            "alarms_per_hour_high": _number(s.intervals["alarms_per_hour"].high),
        }
        for name, s in sorted(scores.items())
    }  # fmt: skip
    path.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def compare(scores: Mapping[str, DefectScore], path: Path = SMALL) -> list[str]:
    """One sentence for each number that is worse than the recorded interval allows; new defects have no expectation."""
    expected = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    worse = []
    for name, old in sorted(expected.items()):
        if name not in scores:
            worse.append(f"{name}: no detector names it any more.")
            continue
        total = scores[name].total
        for what, value, bound, sign in (
            ("recall", total.recall, old["recall_low"], 1),
            ("precision", total.precision, old["precision_low"], 1),
            ("false alarms per hour", total.alarms_per_hour, old["alarms_per_hour_high"], -1),
        ):
            if bound is not None and value == value and sign * (value - bound) < -1e-9:
                side = "below" if sign > 0 else "above"
                worse.append(f"{name}: {what} {value:.3g} is {side} the recorded bound {bound:.3g}.")
    return worse


def _number(value: float) -> float | None:
    return round(value, 6) if value == value else None
