"""An evaluation as plain data: one record per defect, for JSON, Parquet and tables."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vqa_toolkit.evaluate.curves import recall_at

if TYPE_CHECKING:
    import pandas as pd

    from vqa_toolkit.evaluate.run import DefectEvaluation, Evaluation

SCHEMA_VERSION = 1
ALARM_RATES = (0.1, 0.5, 1.0)  # false alarms per minute at which event recall is read (JOANNEUM 2010 quotes 0.1–1.5)


def record(one: DefectEvaluation) -> dict[str, Any]:
    """All numbers of one defect; unknown ones are None."""
    total = one.score.total
    made: dict[str, Any] = {
        "defect": one.score.defect, "clips": len(one.score.clips), "events": total.events, "hits": total.hits,
        "misses": total.misses, "alarms": total.alarms, "clean_alarms": total.clean_alarms,
        "clean_hours": total.clean_hours,
    }  # fmt: skip
    for name in ("precision", "recall", "f1", "alarms_per_hour"):
        interval = one.score.intervals[name]
        made |= {name: getattr(total, name), f"{name}_low": interval.low, f"{name}_high": interval.high}
    made |= {f"recall_at_{rate:g}_per_minute": recall_at(one.events, rate) for rate in ALARM_RATES}
    made |= {
        "onset_error_s": one.onset_error, "offset_error_s": one.offset_error,
        "balanced_accuracy": one.balanced_accuracy, "roc_area": one.roc.area, "average_precision": one.pr.average,
        "map_iou": one.maps.iou, "map_pictures": one.maps.pictures,
    }  # fmt: skip
    return {k: _plain(v) for k, v in made.items()}


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def document(evaluation: Evaluation) -> dict[str, Any]:
    """The whole evaluation as JSON-able data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "profile": evaluation.profile.name,
        "versions": dict(evaluation.versions),
        "clips": len(evaluation.judged),
        "hours": sum(j.clip.seconds for j in evaluation.judged) / 3600,
        "defects": [record(one) for one in evaluation.defects.values()],
        "detection_curves": {
            name: [[p.strength, p.hits, p.events] for p in one.strength] for name, one in evaluation.defects.items()
        },
        "confusion": {row: {c: v for c, v in columns.items() if v} for row, columns in evaluation.confusion.items()},
        "failed": {j.clip.id: list(j.failed) for j in evaluation.judged if j.failed},
    }


def to_dataframe(evaluation: Evaluation) -> pd.DataFrame:
    """One row per defect."""
    import pandas as pd

    return pd.DataFrame([record(one) for one in evaluation.defects.values()])


def events_dataframe(evaluation: Evaluation) -> pd.DataFrame:
    """One row per labelled event and per false alarm: what a gallery of misses and alarms is made of."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for name, one in evaluation.defects.items():
        for c in one.score.clips:
            own = {"defect": name, "clip": c.clip.id, "title": c.clip.title, "strength": c.clip.strength}
            truths = [(x.start, x.end) for x in c.clip.labels if x.defect == name]
            rows += [
                own | {"what": "hit", "start": truths[h.truth][0], "end": truths[h.truth][1], "score": h.score,
                       "onset_error": h.onset_error, "offset_error": h.offset_error}
                for h in c.hits
            ]  # fmt: skip
            rows += [own | {"what": "miss", "start": a, "end": b, "score": 0.0} for a, b in c.missed]
            rows += [own | {"what": "alarm", "start": f.start, "end": f.end, "score": f.score} for f in c.alarms]
    columns = ["defect", "what", "clip", "title", "strength", "start", "end", "score", "onset_error", "offset_error"]
    return pd.DataFrame(rows, columns=columns)


def write(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Write ``evaluation.json``, ``defects.parquet``, ``events.parquet`` and ``evaluation.html``; returns their paths."""
    from vqa_toolkit.evaluate.page import to_html

    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / n for n in ("evaluation.json", "defects.parquet", "events.parquet", "evaluation.html")]
    paths[0].write_text(json.dumps(document(evaluation), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    to_dataframe(evaluation).to_parquet(paths[1])
    events_dataframe(evaluation).to_parquet(paths[2])
    paths[3].write_text(to_html(evaluation), encoding="utf-8")
    return paths
