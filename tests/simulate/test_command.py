"""``vqa simulate`` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulate.conftest import decode
from vqa_toolkit.cli import main
from vqa_toolkit.simulate import faults, read_labels


def test_it_writes_the_clip_and_says_what_it_did(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "o.mkv"
    code = main(
        ["simulate", str(clip), "--fault", "black@1:1.4", "--fault", "muted@2:", "--seed", "7", "-o", str(output)]
    )
    assert code == 0
    assert capsys.readouterr().out == "black\t1.000\t1.400\tblack@1:1.4\nsilence\t2.000\t2.400\tmuted@2:\n"
    assert [x.seed for x in read_labels(output)] == [7, 7]
    made = decode(output)
    assert made.t[made.y.mean(axis=(1, 2)) < 20] == pytest.approx([1.0 + 0.04 * k for k in range(10)])


def test_the_list_names_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--list"]) == 0
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines() if line and not line.startswith(" ")] == list(faults())
    assert "sigma: 0.5…100 codes RMS; level; by strength" in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 5, "Give a clip and at least one --fault"), (("x.mp4",), 5, "Give at least one --fault"),
        (("x.mp4", "--fault", "blakc"), 5, "did you mean black"), (("--corpus", "small"), 5, "give -o DIR"),
        (("--corpus", "nowhere", "-o", "out"), 3, "no recipe 'nowhere'"),
        (("absent.mp4", "--fault", "black@1:2", "-o", "o.mp4"), 1, "absent.mp4"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_sentence(
    arguments: tuple[str, ...], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", *arguments]) == code
    streams = capsys.readouterr()
    assert said in " ".join(streams.err.split())
    assert streams.out == ""
    assert list(tmp_path.iterdir()) == []
