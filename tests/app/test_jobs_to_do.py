"""The demo, the threshold session and the comparison, as far as they work without a browser."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from vqa_toolkit.core import Finding
from vqa_toolkit.errors import ConfigurationError, FaultError, ResultError
from vqa_toolkit.evaluate.align import Alignment
from vqa_toolkit.jobs import submit_simulated
from vqa_toolkit.profile import load_profile
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.simulate.apply import write_labels
from vqa_toolkit.simulate.core import Label
from vqa_toolkit.store.clips import Clip, clip_of, note_sha256
from vqa_toolkit.store.findings import add_review, finding_ids, keep_findings
from vqa_toolkit.store.runs import Run, end, result_path, run_of, runs_of
from vqa_toolkit.ui.demo import quick_detectors
from vqa_toolkit.ui.gate import LOCAL_OWNER
from vqa_toolkit.ui.injected import injected, unasked
from vqa_toolkit.ui.labelled import keep_labels, reviewed, truth_of
from vqa_toolkit.ui.profiles import profile_choices, save_profile
from vqa_toolkit.ui.versus import alignment_sentence, compared

APP = Path(__file__).parents[2] / "app.py"


def page(name: str) -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=60).run().switch_page(f"pages/{name}/page.py").run()


def words(test: AppTest) -> str:
    kinds = (test.title, test.subheader, test.markdown, test.caption, test.error, test.info, test.warning, test.success)
    return "\n".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def label(defect: str | None, start: float, end: float) -> Label:
    return Label(defect, f"{defect}@{start}:{end}", start, end, 0.5, {}, 0, "clean.mp4", "1")


def finding(defect: str, start: float, end: float) -> Finding:
    return Finding(start, end, defect, defect, "issue", 0.9, 1.0, 0.1, "s", "x")


@pytest.fixture
def broken(clip: Clip, result: AnalysisResult) -> Run:
    """A finished run of a simulated clip: black was injected at 4 s and found; freeze at 7 s was missed."""
    run = submit_simulated(clip, ("black@4:5", "freeze@7:8"))
    made = clip_of(run.clip_id, LOCAL_OWNER)
    made.path.write_bytes(b"made")
    write_labels(made.path, [label("black", 4.0, 5.0), label("freeze", 7.0, 8.0)], "clip.mp4", 0)
    note_sha256(made.id, "d" * 64)
    result.save(result_path(run.id))
    keep_findings(run.id, result.findings)
    end(run.id, "done", verdict="fail", blockers=1, fyis=1, duration=10.0)
    return run_of(run.id, LOCAL_OWNER)


def test_a_planned_clip_exists_once_it_is_made(clip: Clip) -> None:
    run = submit_simulated(clip, ("freeze@1:2",))
    planned = clip_of(run.clip_id, LOCAL_OWNER)
    assert (planned.pending, planned.missing, planned.made_from, planned.faults) == (True, "", clip.id, ("freeze@1:2",))
    planned.path.write_bytes(b"now it is there")
    note_sha256(planned.id, "e" * 64)
    made = clip_of(planned.id, LOCAL_OWNER)
    assert (made.pending, made.missing, made.size) == (False, "", 15)


@pytest.mark.parametrize("fault", ["frieze@1:2", "freeze@2:1", "freeze@1:2,strength=7", "freeze@x"])
def test_a_wrong_fault_queues_nothing(clip: Clip, fault: str) -> None:
    with pytest.raises(FaultError):
        submit_simulated(clip, (fault,))
    assert runs_of(LOCAL_OWNER) == []


def test_the_demo_proposes_faults_and_starts() -> None:
    test = page("demo")
    assert not test.exception
    test.button(key="vqa.demo.go").click().run()
    ((_, planned),) = runs_of(LOCAL_OWNER)
    assert [f.split("@")[0] for f in planned.faults] == ["freeze", "silence", "black", "noise"]


def test_what_was_injected_against_what_was_found(broken: Run) -> None:
    test = AppTest.from_file(str(APP), default_timeout=60)
    test.query_params["run"] = broken.id
    test.run()
    assert not test.exception
    assert "Caught 1 of 2 injected faults" in words(test)
    table = test.dataframe[0].value
    assert table["Injected"].tolist() == ["black", "freeze"]
    assert table.iloc[:, 0].tolist() == ["✓ Caught", "✕ Missed"]


def test_injected_faults_are_paired_by_defect_and_time() -> None:
    labels = [label("black", 4.0, 5.0), label("freeze", 7.0, 8.0), label(None, 12.0, 13.0)]
    findings = [finding("black", 3.9, 5.1), finding("black", 7.0, 8.0), finding("noise", 20.0, 21.0)]
    pairs = injected(labels, findings)
    assert [(p.findings, p.found) for p in pairs] == [((0,), True), ((), False), ((), True)]
    assert unasked(labels, findings) == [2]


def test_reviews_become_labels(result: AnalysisResult) -> None:
    first, second = finding_ids(result.findings)
    labels, judged = reviewed(result.findings, {first: "confirm", second: "dismiss"})
    assert [(x.defect, x.start, x.end) for x in labels] == [("black", 4.0, 5.0)]
    assert judged == {"black", "silence"}


def test_tuning_shows_scores_of_labelled_runs(broken: Run) -> None:
    test = page("tune")
    assert not test.exception
    test.selectbox(key="vqa.tune.detector").set_value("freeze").run()
    values = {m.label: m.value for m in test.metric}
    assert values["Recall"] == "0"  # the injected freeze was not found, whatever the limits: there is no signal


def test_tuning_without_labels_says_how_to_get_some(finished: Run) -> None:
    assert "No labelled runs yet" in words(page("tune"))


def test_a_review_makes_a_run_tunable(finished: Run, result: AnalysisResult) -> None:
    add_review(finished.id, finding_ids(result.findings)[0], who="ann", verdict="confirm", reason="real")
    assert "No labelled runs yet" not in words(page("tune"))


def test_a_labels_file_makes_a_run_tunable_and_a_wrong_one_is_told_apart(finished: Run) -> None:
    for text, said in (
        (b'{"labels": [{"defect": "blackness", "start": 1, "end": 2}]}', "unknown defect 'blackness'"),
        (b'[{"defect": "black", "start": 9, "end": 99}]', "a label lies at 9–99 s, but the clip is 10 s long"),
        (b'[{"defect": "black", "start": "soon", "end": 2}]', "start must be a time in seconds, got 'soon'"),
        (b"not <b>JSON</b>", "is no JSON"),
        (b"[7]", "label 1 must be an object"),
    ):
        with pytest.raises(ResultError, match=re.escape(said)):
            keep_labels(finished, text, "mine.json")
    assert "No labelled runs yet" in words(page("tune"))
    keep_labels(finished, b'[{"defect": "black", "start": 4, "end": 5}]', "mine.json")
    test = page("tune")
    assert not test.exception
    assert test.multiselect(key="vqa.tune.runs").options == ["clip.mp4 (labels file)"]
    assert truth_of(finished, clip_of(finished.clip_id, LOCAL_OWNER)).labels[0].defect == "black"  # type: ignore[union-attr]


def test_views_of_a_threshold_session(broken: Run) -> None:
    test = page("tune")
    test.selectbox(key="vqa.tune.detector").set_value("black").run()
    for view in ("False alarms", "Hits", "Flips", "Curves", "Proposal", "Profiles"):
        test.button_group(key="vqa.tune.view").set_value(view).run()
        assert not test.exception, view
    assert "No finding flips between the two." in words(test)


def test_a_saved_profile_with_a_limit_out_of_range_is_one_sentence(broken: Run, home_folder: Path) -> None:
    (home_folder / "profiles").mkdir(exist_ok=True)
    (home_folder / "profiles" / "bad.toml").write_text("[limits.black]\nmin_duration = 1e9\n", "utf-8")
    test = page("tune")
    assert not test.exception
    assert "Limit 'min_duration' must be a number from" in words(test)


def test_the_demo_leaves_out_slow_networks_that_no_fault_needs() -> None:
    quick = quick_detectors(["freeze@1:2"], "default")
    assert quick is not None
    assert set(load_profile("default").enabled()) - set(quick) == {"av_sync", "block_corruption"}
    assert "av_sync" in (quick_detectors(["av_sync@1:2"], "default") or ())


@pytest.mark.parametrize("name", ["", "../evil", "a/b", "x" * 41, "default", "ü"])
def test_a_profile_with_a_bad_name_is_not_written(name: str, home_folder: Path) -> None:
    with pytest.raises(ConfigurationError):
        save_profile(load_profile("default"), name)
    assert not list(home_folder.rglob("*.toml"))


def test_a_saved_profile_can_be_chosen_and_is_the_one_that_was_saved() -> None:
    profile = dataclasses.replace(load_profile("default"), name="mine").with_limit("black.min_duration", 0.5)
    path = save_profile(profile, "Mine")
    assert profile_choices()[-1] == str(path)
    assert load_profile(path) == profile


def test_two_runs_are_compared_finding_by_finding(result: AnalysisResult) -> None:
    other = dataclasses.replace(result, findings=(finding("black", 4.5, 5.5), finding("freeze", 1.0, 2.0)))
    assert [(r["In"], r["Defect"]) for r in compared(result, other, shift=-0.5)] == [
        ("only B", "Freeze"), ("only A", "Silence"), ("both", "Black"),
    ]  # fmt: skip


def test_the_comparison_page(finished: Run, broken: Run) -> None:
    test = page("compare")
    assert not test.exception
    assert {m.label: m.value for m in test.metric} == {"In both": "2", "Only in A": "0", "Only in B": "0"}


def test_what_is_said_about_an_offset() -> None:
    sure = Alignment(3.52, 0.9, 0.1, ("sound level",), 0.0)
    assert alignment_sentence(sure).startswith(
        "B starts 3.520 s after A. This is sure: correlation 0.90, next best 0.10"
    )
    assert "these may be different content" in alignment_sentence(
        Alignment(-2.0, 0.3, 0.28, ("loudness",), float("nan"))
    )
    assert "disagree by 0.80 s" in alignment_sentence(Alignment(0.0, 0.9, 0.1, ("loudness",), 0.8))


def test_two_captures_that_share_nothing_can_be_shifted_by_hand(
    finished: Run, broken: Run, result: AnalysisResult
) -> None:
    other = dataclasses.replace(result, media=dataclasses.replace(result.media, sha256="e" * 64))
    other.save(result_path(broken.id))
    test = page("compare")
    assert not test.exception
    assert "share no curve to align by" in words(test)
    test.number_input(key=f"vqa.shift.{finished.id}.{broken.id}").set_value(60.0).run()
    assert {m.label: m.value for m in test.metric} == {"In both": "0", "Only in A": "2", "Only in B": "2"}


def test_comparison_needs_two(finished: Run) -> None:
    assert "Two finished runs are needed" in words(page("compare"))


def test_every_detector_is_described(queued: Callable[[], Run]) -> None:
    from vqa_toolkit.detectors import discover

    test = page("detectors")
    assert not test.exception
    assert [s.value.replace("\\", "") for s in test.subheader] == [d.title for d in discover().values()]
    test.text_input(key="vqa.detectors.find").set_value("no such thing anywhere").run()
    assert "No detector speaks of that" in words(test)


def test_settings_show_the_data_folder_and_clear_only_signals(home_folder: Path, finished: Run) -> None:
    signals = home_folder / "signals" / "ab" / "x.npz"
    signals.parent.mkdir(parents=True)
    signals.write_bytes(b"x")
    test = page("settings")
    assert not test.exception
    assert str(home_folder) in words(test)
    test.button(key="vqa.clear.signals").click().run()
    assert not signals.exists()
    assert result_path(finished.id).is_file()
