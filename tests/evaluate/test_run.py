"""From a labelled folder to numbers, files and a page; measured once, judged as often as one likes."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from vqa_toolkit.cli import main
from vqa_toolkit.errors import ConfigurationError, ResultError
from vqa_toolkit.evaluate.clips import check_labels, read_clips
from vqa_toolkit.evaluate.measured import measure_clips
from vqa_toolkit.evaluate.run import UNDAMAGED, evaluate
from vqa_toolkit.evaluate.table import record, write
from vqa_toolkit.profile import Profile
from vqa_toolkit.simulate.core import Label
from vqa_toolkit.tune import Session


def test_a_labelled_folder_is_evaluated(labelled: Path) -> None:
    got = evaluate(labelled, detectors=["black"])
    total = got.defects["black"].score.total
    assert (total.hits, total.misses, total.alarms) == (1, 0, 0)
    assert got.defects["black"].onset_error <= 0.04 + 1e-6  # one frame
    assert got.confusion == {"black": {"black": 1.0, "nothing": 0.0}, UNDAMAGED: {"black": 0.0, "nothing": 1.0}}


def test_another_profile_judges_what_was_measured_before(labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate(labelled, detectors=["black"])
    monkeypatch.setattr("vqa_toolkit.analyze.measure", None)  # measuring again would fail
    strict = Profile(overrides={"black": {"min_duration": 1.5}})
    assert evaluate(labelled, strict, detectors=["black"]).defects["black"].score.total.misses == 1
    session = Session.open(labelled, "black")
    assert session.tally(session.limits())[:, :3].sum(axis=0).tolist() == [1, 0, 0]
    assert session.score(session.limits(min_duration=1.5), "black").total.misses == 1


def test_a_clip_made_anew_under_its_old_name_is_measured_anew(labelled: Path, tmp_path: Path) -> None:
    for name in ("plain.mp4", "plain.mp4.labels.json"):
        (tmp_path / name).write_bytes((labelled / name).read_bytes())
    (first,) = measure_clips(read_clips(tmp_path), tmp_path, ["black"])
    assert first.signals["black"]["dark"].v.max() < 0.9
    (tmp_path / "plain.mp4").write_bytes((labelled / "black.mp4").read_bytes())
    (second,) = measure_clips(read_clips(tmp_path), tmp_path, ["black"])
    assert second.signals["black"]["dark"].v.max() == pytest.approx(1.0)


def test_a_clip_that_cannot_be_opened_fails_alone(labelled: Path, tmp_path: Path) -> None:
    for name in ("black.mp4", "black.mp4.labels.json"):
        (tmp_path / name).write_bytes((labelled / name).read_bytes())
    clips = read_clips(tmp_path)
    (tmp_path / "black.mp4").write_bytes(b"nothing")
    (measured,) = measure_clips(clips, tmp_path, ["black"])
    judged = measured.judge(Profile())
    assert judged.findings == ()
    assert judged.failed[0].startswith("black: black.mp4: ")


def test_files_hold_what_was_found(labelled: Path, tmp_path: Path) -> None:
    made = evaluate(labelled, detectors=["black", "freeze"])
    paths = write(made, tmp_path / "out")
    assert [p.name for p in paths] == ["evaluation.json", "defects.parquet", "events.parquet", "evaluation.html"]
    document = json.loads(paths[0].read_text())
    assert [d["defect"] for d in document["defects"]] == ["black", "freeze"]
    assert document["defects"][0] == record(made.defects["black"])
    table = pd.read_parquet(paths[1]).set_index("defect")
    assert table.loc["black", "recall"] == 1.0
    assert table["recall"].isna().tolist() == [False, True]
    events = pd.read_parquet(paths[2])
    assert events[["defect", "what", "clip"]].to_numpy().tolist() == [["black", "hit", "black"]]
    html = paths[3].read_text()
    assert "<h2>black</h2>" in html
    assert "<h2>freeze</h2>" not in html  # no event of it: a row in the table, no figures
    assert "src=" not in html.split("<body>")[1]  # nothing is fetched


def test_the_command_line_writes_and_prints(labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(labelled), "-o", str(tmp_path / "o"), "--detectors", "black", "--quiet"]) == 0
    assert capsys.readouterr().out == "black\t1\t1.00\t1.00\t1.00\t0.00\n"
    assert (tmp_path / "o" / "evaluation.html").is_file()


def test_tuning_without_enough_titles_says_what_is_missing(
    labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["tune", str(labelled), "--detector", "blackness", "-o", str(tmp_path / "p.toml"), "--quiet"])
    assert code == 3
    assert "Unknown detector blackness" in capsys.readouterr().err
    assert main(["tune", str(labelled), "--detector", "black", "-o", str(tmp_path / "p.txt"), "--quiet"]) == 5
    assert "must end in .toml" in capsys.readouterr().err


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="a folder with labelled clips is needed"):
        read_clips(tmp_path)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (Label("plague", "x", 0, 1, 1, {}, 0, "t", "1"), "unknown defect 'plague'"),
        (Label("black", "x", 2, 99, 1, {}, 0, "t", "1"), "a label lies at 2–99 s, but the clip is 10 s long"),
    ],
)
def test_labels_that_cannot_be_true_are_refused(label: Label, words: str) -> None:
    with pytest.raises(ResultError, match=words):
        check_labels([label], 10.0, "clip")
