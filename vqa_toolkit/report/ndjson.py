"""One JSON object per line: a clip's verdict and outcomes, then each of its findings. Made for pipes and log stores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vqa_toolkit.report.json import document

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult


def to_ndjson(result: AnalysisResult) -> str:
    """Lines that end in a newline; ``record`` says what a line is: a ``clip``, then each ``finding`` and ``incident``.

    Every line names its ``file``, so that lines of many clips may be concatenated and filtered.
    """
    whole = document(result)
    findings, incidents = whole.pop("findings"), whole.pop("incidents")
    name = whole["media"]["name"]
    records = [{"record": "clip", "file": name, **whole}]
    records += [{"record": "finding", "file": name, "index": i, **f} for i, f in enumerate(findings)]
    records += [{"record": "incident", "file": name, **i} for i in incidents]
    return "".join(json.dumps(r, ensure_ascii=False, allow_nan=False) + "\n" for r in records)
