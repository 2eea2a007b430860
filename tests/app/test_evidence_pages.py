"""The pages of evidence: each shows its own, says what it lacks, and keeps run, finding and time on the way to another."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.evidence import evident_result
from vqa_toolkit.store.clips import Clip, add_clip
from vqa_toolkit.store.findings import finding_ids, reviews_of
from vqa_toolkit.store.runs import Run, enqueue, runs_of
from vqa_toolkit.ui.gate import LOCAL_OWNER

APP = Path(__file__).parents[2] / "app.py"
EVIDENCE = ("heatmap", "audio", "lipsync", "captions")
PAGES = ("incident", *EVIDENCE)


def page(name: str, **query: str) -> AppTest:
    """A page at an address, as a link opens it."""
    test = AppTest.from_file(str(APP), default_timeout=90).run().switch_page(f"pages/{name}/page.py")
    for key, value in query.items():
        test.query_params[key] = value
    return test.run()


def words(test: AppTest) -> str:
    kinds = (test.title, test.subheader, test.markdown, test.caption, test.error, test.info, test.warning, test.success)
    return "\n".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def ids(clip: Clip) -> dict[str, str]:
    findings = evident_result(clip.path).findings
    return {f.defect: i for f, i in zip(findings, finding_ids(findings), strict=True)}


def charts(test: AppTest) -> int:
    return len(test.get("plotly_chart"))


def test_the_heatmap_shows_the_worst_frame_and_counts_a_region(evident: Run) -> None:
    test = page("heatmap", run=evident.id)
    assert not test.exception
    assert test.button(key="vqa.worst.0").label == "00:01.00 · 25%"  # 15 of 60 cells, in one picture
    assert charts(test) == 1
    values = {m.label: m.value for m in test.metric}
    assert (values["Largest area"], values["Peak"], values["Worst at"]) == ("25.0%", "90%", "00:01.00")
    test.slider(key="vqa.heat.x").set_value((0, 50))
    test.slider(key="vqa.heat.y").set_value((50, 100)).run()
    assert {m.label: m.value for m in test.metric}["Largest area"] == "100.0%"
    test.button_group(key="vqa.heat.view").set_value("Map over the exact frame").run()
    assert not test.exception and charts(test) == 1
    test.button(key="vqa.worst.0").click().run()
    assert test.session_state["vqa.wish"]["t"] == 1.0


def test_a_region_without_a_cell_is_said(evident: Run) -> None:
    test = page("heatmap", run=evident.id)
    test.slider(key="vqa.heat.x").set_value((0, 1)).run()
    assert "The region or the time holds no cell" in words(test)


def test_sound_is_drawn_zoomed_and_heard(evident: Run, evident_clip: Clip) -> None:
    test = page("audio", run=evident.id, finding=ids(evident_clip)["hum"])
    assert not test.exception
    assert charts(test) == 1
    assert "Listen: hum at 00:00.50" in words(test)
    assert len(test.get("audio")) == 1
    for scale in ("mel", "linear"):
        test.button_group(key="vqa.sound.scale").set_value(scale).run()
        assert not test.exception and charts(test) == 1


def test_lip_sync_says_its_verdict_in_words_and_moves_the_sound(evident: Run, home_folder: Path) -> None:
    test = page("lipsync", run=evident.id)
    assert not test.exception
    assert "The sound is 240 ms late against the lips." in words(test)
    values = {m.label: m.value for m in test.metric}
    assert (values["Offset"], values["Windows believed"], values["Faces followed"]) == ("-240 ms", "3 of 3", "1")
    assert (charts(test), len(test.get("image"))) == (3, 6)
    test.button_group(key=f"vqa.lips.play.{evident.id}").set_value("Sound moved by -240 ms").run()
    assert not test.exception
    assert (home_folder / "results" / f"{evident.id}.moved.mp4").is_file()


def test_captions_list_every_cue_with_its_speed(evident: Run) -> None:
    test = page("captions", run=evident.id)
    assert not test.exception
    assert "1 caption finding in 2 cues" in words(test)
    table = test.dataframe[0].value
    assert table["Characters/s"].tolist() == pytest.approx([12.0, 40.0])
    assert table["Found"].tolist() == ["", "reading speed"]
    assert table["Text"].tolist() == ["Hello there.", "alert(1) **[x](y)**"]  # shown as text in a table, run by nobody


def test_an_incident_shows_number_limit_margin_term_and_standard(evident: Run, evident_clip: Clip) -> None:
    test = page("incident", run=evident.id, finding=ids(evident_clip)["av_sync"])
    assert not test.exception
    values = {m.label: m.value for m in test.metric}
    assert (values["Measured, ms"], values["Limit, ms"], values["Beyond it by, ms"]) == ("-240", "-155", "-85")
    assert "Lip sync, audio-video synchronisation" in words(test)
    assert "EBU R37" in words(test)
    others = [b.label.replace("\\", "") for b in test.button if b.label.startswith("**")]
    assert [o.split("**")[1] for o in others] == ["Block corruption", "Hum", "Caption layout", "Odd"]


def test_an_incident_without_a_finding_shows_the_gravest_and_steps_on(evident: Run, evident_clip: Clip) -> None:
    known = ids(evident_clip)
    test = page("incident", run=evident.id)
    assert test.query_params["finding"] == known["av_sync"]
    test.button(key="vqa.incident.chevron_right").click().run()
    assert test.query_params["finding"] == known["hum"]
    test.button(key="vqa.incident.chevron_left").click().run()
    test.button(key="vqa.incident.chevron_left").click().run()
    assert test.query_params["finding"] == known["odd"]  # round the end; its detector is gone, its numbers unknown
    assert not test.exception
    assert {m.label: m.value for m in test.metric}["Beyond it by"] == "–"


def test_a_finding_is_reviewed_where_it_is_examined(evident: Run, evident_clip: Clip) -> None:
    hum = ids(evident_clip)["hum"]
    test = page("incident", run=evident.id, finding=hum)
    test.text_input(key=f"vqa.reason.{hum}").set_value("the fridge <i>on set</i>")
    next(b for b in test.button if b.label == "Save").click().run()
    assert [(r.finding_id, r.reason) for r in reviews_of(evident.id)] == [(hum, "the fridge <i>on set</i>")]


@pytest.mark.parametrize("name", PAGES)
def test_the_ways_to_other_pages_keep_run_finding_and_time(name: str, evident: Run, evident_clip: Clip) -> None:
    hum = ids(evident_clip)["hum"]
    test = page(name, run=evident.id, finding=hum, t="1.5")
    links = [link for link in test.get("page_link") if "finding=" in link.proto.query_string]
    kept = {f"run={evident.id}&finding={hum}&t=1.500"}
    assert {link.proto.query_string for link in links if "t=1.500" in link.proto.query_string} == kept
    assert len(links) >= 6


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opened_without_a_run_shows_the_one_looked_at_last(name: str, evident: Run) -> None:
    test = page("captions", run=evident.id).switch_page(f"pages/{name}/page.py").run()
    assert not test.exception
    assert test.query_params["run"] == evident.id


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_any_run_offers_one_or_a_clip(name: str, finished: Run) -> None:
    test = page(name)
    assert not test.exception
    assert "Open a finished run" in words(test)
    if name in EVIDENCE:
        test.button(key="vqa.measure").click().run()
        newest, clip = runs_of(LOCAL_OWNER)[0]
        assert newest.detectors and clip.origin == "sample"
        assert test.query_params["run"] == newest.id
        assert "Starting" in words(test)


@pytest.mark.parametrize("name", EVIDENCE)
def test_a_run_that_did_not_measure_it_says_so_and_can(name: str, finished: Run) -> None:
    test = page(name, run=finished.id)
    assert not test.exception
    assert "This was not measured in this run." in words(test) or name == "audio"  # silence is shown with the sound


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("run", ["0" * 16, "../../etc/passwd", "<script>"])
def test_an_address_of_nobody_gets_a_sentence_or_the_choice(name: str, run: str) -> None:
    test = page(name, run=run)
    assert not test.exception
    assert "no such run" in words(test) or "Open a finished run" in words(test)


@pytest.mark.parametrize("name", PAGES)
def test_anothers_run_is_not_shown(name: str, clip: Clip) -> None:
    theirs = enqueue(
        add_clip(clip.path, owner="bob", name="secret.mp4", origin="path"), profile="default", device="cpu"
    )
    test = page(name, run=theirs.id)
    assert "no such run" in words(test)
    assert "secret" not in words(test)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_its_media_file_shows_what_is_stored(
    name: str, evident_clip: Clip, evident: Run, tmp_path: Path
) -> None:
    hidden = tmp_path / "elsewhere.mp4"
    evident_clip.path.rename(hidden)
    try:
        test = page(name, run=evident.id)
        assert not test.exception
        assert "The media file is no longer there; its stored results can still be read." in words(test)
        assert charts(test) >= 1 or name == "audio"
    finally:
        hidden.rename(evident_clip.path)


@pytest.mark.parametrize("name", PAGES)
def test_a_name_of_html_and_markdown_is_text(name: str, evident: Run, evident_clip: Clip) -> None:
    test = page(name, run=evident.id)
    bar = [str(m.value) for m in test.markdown if "onerror" in str(m.value)]
    assert bar == [r"**\<img src\=x onerror\=alert\(1\)\> \*\*bold\*\* \[a\]\(b\)\.mp4**"]
    assert all(not m.allow_html for m in test.markdown)


def test_a_clean_clip_can_be_named_and_is_compared_with_on_every_page(
    evident: Run, small_clip: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "allowed" / "clean.mp4"
    copy.write_bytes(small_clip.read_bytes())
    clean = add_clip(copy, owner=LOCAL_OWNER, name="clean <b>.mp4", origin="path")
    test = page("heatmap", run=evident.id)
    views = test.button_group(key="vqa.heat.view")
    assert "Beside the clean clip" not in views.options
    test.selectbox(key=f"vqa.compare.with.{evident.id}").set_value(clean.id).run()
    test.button_group(key="vqa.heat.view").set_value("Beside the clean clip").run()
    assert not test.exception and charts(test) == 1
    test = test.switch_page("pages/audio/page.py").run()
    assert not test.exception
    assert len(test.get("audio")) == 2
    test.selectbox(key=f"vqa.compare.with.{evident.id}").set_value("").run()
    assert len(test.get("audio")) == 1
