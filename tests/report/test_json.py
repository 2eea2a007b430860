"""The JSON report keeps its schema, its keys and its numbers."""

from __future__ import annotations

import json
import math
from typing import Any

import jsonschema
import numpy as np
import pytest

from vqa_toolkit.core import Box
from vqa_toolkit.report import document, schema, to_json
from vqa_toolkit.report.json import plain
from vqa_toolkit.result import AnalysisResult


def test_a_report_satisfies_the_committed_schema(result: AnalysisResult, clean: AnalysisResult) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    validator = jsonschema.Draft202012Validator(schema())
    for each in (result, clean):
        assert [e.message for e in validator.iter_errors(json.loads(to_json(each)))] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict",), "ok"), (("schema_version",), "2.0"), (("findings", 0, "severity"), "fatal"),
        (("findings", 0, "score"), 1.2), (("findings", 0, "start"), None), (("outcomes", "black", "status"), "done"),
        (("findings", 0, "further"), 1), (("media", "sha256"), "short"),
    ],
)  # fmt: skip
def test_the_schema_refuses_what_is_wrong(result: AnalysisResult, path: tuple[Any, ...], value: object) -> None:
    broken: Any = json.loads(to_json(result))
    inner = broken
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema())


def test_keys_are_the_documented_ones_in_order(result: AnalysisResult) -> None:
    whole = document(result)
    assert list(whole) == [
        "schema_version", "verdict", "media", "profile", "findings", "incidents", "outcomes", "versions",
    ]  # fmt: skip
    assert list(whole["findings"][0])[:10] == [
        "defect", "detector", "start", "end", "severity", "score", "value", "limit", "unit", "message",
    ]  # fmt: skip
    assert whole["outcomes"]["loudness"] == {
        "status": "not_assessable", "reason": "the clip is shorter than 3 s", "notes": [],
    }  # fmt: skip


def test_values_survive_and_what_is_not_finite_is_null(result: AnalysisResult) -> None:
    read = json.loads(to_json(result))
    first, second, _ = read["findings"]
    assert (first["start"], first["end"], first["value"], first["limit"]) == (4.0, 6.0, 1.0, 0.98)
    assert first["region"] == {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}
    assert first["details"] == {"worst_time": 4.5, "mean": None, "tuple": [1, 2.5]}
    assert second["value"] is None
    assert read["media"]["bit_rate"] is None
    assert read["profile"]["limits"] == {"black": {"dark_share": 0.98, "min_duration": 0.12}}
    assert read["incidents"][0]["findings"] == [0, 1]


def test_plain_rebuilds_every_kind_of_value() -> None:
    value = {1: (np.int16(3), np.array([[1.5, math.inf]])), "box": Box(0.0, 0.0, 1.0, 1.0), "set": {2}, "none": None}
    assert plain(value) == {
        "1": [3, [[1.5, None]]], "box": {"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}, "set": [2], "none": None,
    }  # fmt: skip
