"""What a tally says of a working point, by the names that the tuning page shows."""

from __future__ import annotations

from typing import Any

import numpy as np

from vqa_toolkit.tune import Cost


def summary(tally: Any, cost: Cost) -> dict[str, float | None]:
    """What a tally (4,) says, by name; None where nothing can be said."""
    hits, misses, alarms, hours = (float(v) for v in tally)

    def share(a: float, b: float) -> float | None:
        return a / b if b else None

    return {
        "Precision": share(hits, hits + alarms),
        "Recall": share(hits, hits + misses),
        "F1": share(2 * hits, 2 * hits + alarms + misses) if hits + misses else None,
        "False alarms / h": share(alarms, hours),
        "Cost / h": float(cost.per_hour(np.asarray(tally))),
    }
