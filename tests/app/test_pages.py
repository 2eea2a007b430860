"""The pages as a person meets them: every widget that changes something, every state of a run, every bad address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.findings import finding_ids, reviews_of
from vqa_toolkit.store.runs import MAX_WAITING, Run, end, enqueue, runs_of, update
from vqa_toolkit.ui.gate import LOCAL_OWNER

APP = Path(__file__).parents[2] / "app.py"
WAIT_S = 30


def page(**query: str) -> AppTest:
    """The app at an address."""
    test = AppTest.from_file(str(APP), default_timeout=WAIT_S)
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def words(test: AppTest) -> str:
    """All text on the page."""
    kinds = (test.title, test.subheader, test.markdown, test.caption, test.error, test.info, test.warning)
    return "\n".join(str(e.value) for kind in kinds for e in kind)


def test_the_sample_is_chosen_and_one_click_away() -> None:
    test = page()
    assert not test.exception
    test.button(key="vqa.analyze").click().run()
    ((run, clip),) = runs_of(LOCAL_OWNER)
    assert (clip.origin, clip.path.name, run.state, run.profile) == ("sample", "incident.mp4", "queued", "default")
    assert test.query_params["run"] == run.id


def test_a_path_is_analysed_where_it_lies(clip: Clip) -> None:
    test = page()
    test.button_group(key="vqa.source").set_value("path").run()
    test.text_input(key="vqa.path").set_value(f'"{clip.path}"').run()
    assert "clip" in words(test)
    test.button(key="vqa.analyze").click().run()
    ((_, chosen),) = runs_of(LOCAL_OWNER)
    assert chosen.path == clip.path


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/etc/passwd", "only files under"),
        ("{root}/../../etc/passwd", "only files under"),
        ("{root}/none.mp4", "no file with this path"),
        ("{root}", "this is a folder"),
        ("{root}/" + "ü" * 200 + "/../x.mp4", "no file with this path"),
        ("x" * 9000, "."),
    ],
)
def test_a_path_that_will_not_do_gets_one_sentence(clip: Clip, path: str, said: str) -> None:
    test = page()
    test.button_group(key="vqa.source").set_value("path").run()
    test.text_input(key="vqa.path").set_value(path.format(root=clip.path.parent)).run()
    (error,) = test.error
    assert said in str(error.value).replace("\\", "")
    assert test.button(key="vqa.analyze").disabled
    assert not test.exception


def test_a_waiting_run_shows_its_place_and_can_be_cancelled(queued: Callable[[], Run]) -> None:
    queued()
    second = queued()
    test = page(run=second.id)
    assert "Waiting for its turn" in words(test)
    test.button(key="vqa.cancel").click().run()
    assert [r.state for r, _ in runs_of(LOCAL_OWNER)] == ["cancelled", "queued"]


def test_a_run_cut_short_says_why_and_runs_again(queued: Callable[[], Run]) -> None:
    run = queued()
    end(run.id, "incomplete", reason="The analysis process died (signal SIGKILL), twice. The clip is kept.")
    test = page(run=run.id)
    assert "SIGKILL" in words(test)
    test.button(key="vqa.again").click().run()
    newest, _ = runs_of(LOCAL_OWNER)[0]
    assert newest.id != run.id and newest.clip_id == run.clip_id and newest.state == "queued"


def test_a_full_queue_is_said_and_nothing_is_lost(clip: Clip, queued: Callable[[], Run]) -> None:
    run = queued()
    end(run.id, "incomplete", reason="x")
    for _ in range(MAX_WAITING):
        enqueue(clip, profile="default", device="cpu")
    test = page(run=run.id)
    test.button(key="vqa.again").click().run()
    assert "8 analyses are waiting already" in words(test)
    assert clip.path.is_file()


def test_a_finished_run_shows_the_verdict_and_what_could_not_be_judged(finished: Run) -> None:
    test = page(run=finished.id)
    assert not test.exception
    said = words(test).replace("\\", "")
    assert "Fails: 1 blocker, 1 FYI" in said
    assert "loudness**: not assessable, because the clip is shorter than 3 s" in said


def test_a_finished_run_reopens_without_its_video(finished: Run, clip: Clip) -> None:
    clip.path.unlink()
    test = page(run=finished.id)
    assert not test.exception
    assert "no longer there" in words(test)
    assert "Fails: 1 blocker" in words(test).replace("\\", "")


def test_a_review_is_kept_with_its_reason(finished: Run, result: AnalysisResult) -> None:
    first = finding_ids(result.findings)[0]
    test = page(run=finished.id, finding=first)
    form = test.text_input(key=f"vqa.reason.{first}").set_value("a fade by intent")
    test.button_group(key=f"vqa.opinion.{first}").set_value("dismiss")
    assert form is not None
    next(b for b in test.button if b.label == "Save").click().run()
    assert [(r.finding_id, r.verdict, r.reason) for r in reviews_of(finished.id)] == [
        (first, "dismiss", "a fade by intent")
    ]
    assert "dismissed" in words(test)


@pytest.mark.parametrize("run", ["0" * 16, "../../etc/passwd", "<script>", "' OR 1=1 --", "f" * 4000])
def test_an_address_that_names_nobody_or_nonsense_gets_a_sentence_or_the_first_page(run: str) -> None:
    test = page(run=run)
    assert not test.exception
    assert "no such run" in words(test) or test.title[0].value == "What is wrong with this clip?"


def test_anothers_run_is_not_shown(clip: Clip, finished: Run, tmp_path: Path) -> None:
    from vqa_toolkit.store.clips import add_clip

    other = enqueue(add_clip(clip.path, owner="bob", name="secret.mp4", origin="path"), profile="default", device="cpu")
    test = page(run=other.id)
    assert "no such run" in words(test)
    assert "secret" not in words(test)


def test_a_finding_that_the_run_does_not_have_is_said(finished: Run) -> None:
    test = page(run=finished.id, finding="deadbeef", t="nan")
    assert not test.exception
    assert "names a finding that the run does not have" in words(test)


def test_a_result_that_was_damaged_is_said(finished: Run, home_folder: Path) -> None:
    (home_folder / "results" / f"{finished.id}.vqa").write_bytes(b"PK broken")
    test = page(run=finished.id)
    assert not test.exception
    assert "Analyse the clip again" in words(test)


def test_history_lists_runs_and_filters_them(finished: Run, queued: Callable[[], Run]) -> None:
    running = queued()
    update(running.id, state="running")
    test = page().switch_page("pages/history/page.py").run()
    table = test.dataframe[0].value
    assert table["Verdict"].tolist() == ["Running", "✕ Fail"]
    assert table["Blockers"].tolist()[1] == 1
    test.text_input(key="vqa.name").set_value("nothing like it").run()
    assert "No run matches" in words(test)


def test_an_empty_history_says_what_to_do() -> None:
    test = page().switch_page("pages/history/page.py").run()
    assert "Nothing analyzed yet" in words(test)
