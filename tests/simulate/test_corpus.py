"""Corpora: planned from the recipe alone, split by title, resumed without duplicates."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vqa_toolkit.core import Case
from vqa_toolkit.errors import ConfigurationError
from vqa_toolkit.simulate import build_corpus, make_case, read_labels
from vqa_toolkit.simulate.corpus import plan, read_manifest
from vqa_toolkit.simulate.recipe import RECIPES, load_recipe
from vqa_toolkit.simulate.titles import from_folder, part_of, procedural

RECIPE = """
name = "tiny"
seed = 3
[clip]
seconds = 2.6
height = 64
container = ".mkv"
[split]
train = 0.5
test = 0.5
[clean]
titles = 1
[[negative]]
scenes = ["still_card"]
[[fault]]
use = "black"
strengths = [0.5, 1.0]
span = [0.4, 0.6]
[[fault]]
use = "av_sync"
[[fault]]
use = "freeze"
span = [2.0, 2.0]
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe of six tiny items, one of which cannot be made."""
    path = tmp_path / "tiny.toml"
    path.write_text(RECIPE)
    return path


def content(folder: Path) -> dict[str, str]:
    """Manifest and labels of a corpus, as text."""
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*.json*"))}


def test_an_interrupted_build_ends_like_an_uninterrupted_one(recipe: Path, tmp_path: Path) -> None:
    whole = build_corpus(recipe, tmp_path / "whole")

    def stop(done: int, of: int, what: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_corpus(recipe, tmp_path / "resumed", progress=stop)
    with (tmp_path / "resumed" / "manifest.jsonl").open("a") as f:
        f.write('{"id": "cut sho')  # as a crash leaves it
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "resumed").rglob("*.mkv")}
    assert len(before) == 2
    assert build_corpus(recipe, tmp_path / "resumed") == whole
    assert content(tmp_path / "resumed") == content(tmp_path / "whole")
    assert all(p.stat().st_mtime_ns == t for p, t in before.items())  # nothing was made twice
    assert not list((tmp_path / "resumed").rglob("*.part*"))


def test_items_say_what_they_are(recipe: Path, tmp_path: Path) -> None:
    lines = build_corpus(recipe, tmp_path / "c")
    assert [line["kind"] for line in lines] == ["fault", "fault", "fault", "fault", "clean", "negative"]
    assert [line["strength"] for line in lines] == [0.5, 1.0, 0.5, 0.5, None, None]
    assert "a span of 2 s needs 3.6 s of clip" in lines[3]["error"]
    made = [line for line in lines if "error" not in line]
    labels = [read_labels(tmp_path / "c" / line["file"]) for line in made]
    assert [[x.defect for x in of] for of in labels] == [["black"], ["black"], ["av_sync"], [], [None]]
    assert labels[-1][0].parameters == {"tempts": ["freeze", "constant_colour"]}
    black = labels[0][0]
    assert 0.8 - 0.04 <= black.start < black.end <= 2.6 - 0.8 + 0.08


def test_one_part_can_be_built_alone(recipe: Path, tmp_path: Path) -> None:
    lines = build_corpus(recipe, tmp_path / "c", parts=["train"])
    assert lines
    assert {line["part"] for line in lines} == {"train"}


def test_a_group_is_in_one_part_and_new_titles_move_none() -> None:
    split = {"train": 0.6, "validation": 0.2, "test": 0.2}
    parts = [part_of(f"title {n}", split, 7) for n in range(3000)]
    assert parts.count("train") / 3000 == pytest.approx(0.6, abs=0.03)
    assert parts.count("test") / 3000 == pytest.approx(0.2, abs=0.03)
    assert parts[:50] == [part_of(f"title {n}", split, 7) for n in range(50)]
    assert parts != [part_of(f"title {n}", split, 8) for n in range(3000)]


def test_a_pristine_folder_gives_titles_and_people(tmp_path: Path) -> None:
    make_case(Case("street", duration=4.2), tmp_path / "a.mkv", width=64, height=48)
    shutil.copy(tmp_path / "a.mkv", tmp_path / "b.mkv")
    make_case(Case("street", duration=1.0), tmp_path / "short.mkv", width=64, height=48)
    (tmp_path / "broken.mp4").write_bytes(b"not media")
    (tmp_path / "MANIFEST.csv").write_text("file,person\na.mkv,anna\nb.mkv,anna\n")
    titles = from_folder(tmp_path)
    assert [(t.name, t.group, t.has_pictures, t.has_sound) for t in titles] == [
        ("a.mkv", "anna", True, True), ("b.mkv", "anna", True, True),
    ]  # fmt: skip
    recipe = tmp_path / "r.toml"
    recipe.write_text('name = "p"\n[clip]\nseconds = 2\nheight = 64\n[[fault]]\nuse = "black"\nspan = [0.2, 0.3]\n')
    (line,) = build_corpus(recipe, tmp_path / "out", tmp_path)
    assert line["title"] in ("a.mkv", "b.mkv")
    assert read_labels(tmp_path / "out" / line["file"])[0].defect == "black"


@pytest.mark.parametrize("name", sorted(p.stem for p in RECIPES.glob("*.toml")))
def test_the_package_s_recipes_are_plans_without_duplicates(name: str) -> None:
    recipe = load_recipe(name)
    items = plan(recipe, procedural(recipe.seed))
    assert len({i.id for i in items}) == len(items) > 40
    assert plan(recipe, procedural(recipe.seed)) == items


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("black", "blakc"), "did you mean black"),
        (("seconds = 2.6", "seconds = -1"), "clip.seconds: Input should be greater than or equal to 1"),
        (("train = 0.5", "train = 0.7"), "shares must add up to 1, got 1.2"),
        (("seed = 3", "sead = 3"), "sead: Extra inputs are not permitted"),
        (("[clip]", "[clip"), "this is not TOML"),
    ],
)
def test_wrong_recipes_are_refused(recipe: Path, tmp_path: Path, change: tuple[str, str], words: str) -> None:
    recipe.write_text(RECIPE.replace(*change))
    with pytest.raises(ConfigurationError, match=words):
        build_corpus(recipe, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_empty_pristine_folder_is_refused(recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="at least one clip of 4 s or more"):
        build_corpus(recipe, tmp_path / "out", tmp_path / "empty")


def test_the_manifest_of_no_corpus_is_empty(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == []
    (tmp_path / "manifest.jsonl").write_text(
        json.dumps({"id": "a"}) + "\n" + json.dumps({"id": "a", "file": "x"}) + "\n"
    )
    assert read_manifest(tmp_path) == [{"id": "a", "file": "x"}]
