"""The engine: what is copied, what times mean, determinism, errors before anything is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

import vqa_toolkit
from tests.simulate.conftest import DURATION, Decoded, decode
from tests.simulate.test_stream import packets
from vqa_toolkit.core import Case
from vqa_toolkit.errors import FaultError, MediaUnreadable, ResultError
from vqa_toolkit.simulate import Encoding, make_case, read_labels, simulate
from vqa_toolkit.simulate.core import Frame
from vqa_toolkit.simulate.picture.black import Black

RATE = 48000


def test_unedited_streams_are_copied_packet_by_packet(clip: Path, tmp_path: Path) -> None:
    simulate(clip, ["muted@1:2"], 1, tmp_path / "sound.mkv")
    simulate(clip, ["black@1:2"], 1, tmp_path / "picture.mkv")
    assert packets(clip) == packets(tmp_path / "sound.mkv")
    assert packets(clip, "audio") == packets(tmp_path / "picture.mkv", "audio")
    assert packets(clip) != packets(tmp_path / "picture.mkv")


@pytest.mark.parametrize("container", [".mp4", ".mov", ".mkv", ".ts"])
@pytest.mark.parametrize("start", [0.0, 7.5])
def test_sound_and_pictures_keep_their_times(tmp_path: Path, container: str, start: float) -> None:
    path = tmp_path / f"o{container}"
    make_case(Case("percussion", duration=0.8), path, width=64, height=48, start_time=start, seed=4)
    made = decode(path)
    other = tmp_path / "exact.wav"
    make_case(Case("percussion", duration=0.8), other, width=0, seed=4)
    exact, _ = soundfile.read(other, dtype="float32")
    assert np.diff(made.t) == pytest.approx(0.04, abs=0.0011)
    with av.open(str(path)) as opened:
        first = next(iter(opened.decode(audio=0)))
    assert first.time is not None
    assert first.time - made.t[0] == pytest.approx(0.0, abs=0.0005)  # one clock: both begin together
    piece = exact[4800:24000, 0]
    scores = [float(np.dot(made.audio[4800 + k : 24000 + k, 0], piece)) for k in range(-1100, 1101)]
    assert int(np.argmax(scores)) - 1100 == 0  # AAC's priming of 1024 samples shifts nothing
    if container in (".mov", ".mkv"):
        assert np.array_equal(made.audio, exact)


def test_one_seed_gives_the_same_labels_and_content(clip: Path, tmp_path: Path) -> None:
    faults = ["noise@0.4:1", "av_sync@0.8:", "stutter@1:2", "caption_coverage,mode=dropped"]
    runs = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        simulate(clip, faults, 11, folder / "o.mkv")
        runs.append(folder / "o.mkv")
    one, two = (Path(f"{r}.labels.json").read_bytes() for r in runs)
    assert one == two
    first, second = decode(runs[0]), decode(runs[1])
    assert np.array_equal(first.y, second.y)
    assert np.array_equal(first.audio, second.audio)
    assert runs[0].with_suffix(".srt").read_text() == runs[1].with_suffix(".srt").read_text()
    simulate(clip, faults, 12, runs[1])
    assert not np.array_equal(first.audio, decode(runs[1]).audio)


def test_adding_a_fault_leaves_the_draws_of_those_before_it(clip: Path, tmp_path: Path) -> None:
    alone = simulate(clip, ["stutter@1:2"], 3, tmp_path / "a.mkv")
    both = simulate(clip, ["stutter@1:2", "noise@0:1"], 3, tmp_path / "b.mkv")
    assert alone[0] == both[0]


def test_faults_compose_in_order(clip: Path, clean: Decoded, tmp_path: Path) -> None:
    simulate(
        clip, ["constant_colour@1:2,colour=white", "exposure@1:2,mode=jump,direction=darker"], 1, tmp_path / "o.mkv"
    )
    bad = decode(tmp_path / "o.mkv")
    assert bad.y[bad.inside(1, 2)].mean() == pytest.approx(16 + 219 / 1.7, abs=1.5)  # gain at strength 0.5


def test_labels_file_is_read_back(clip: Path, tmp_path: Path) -> None:
    labels = simulate(clip, ["black@1:2,mode=partial,share=0.5", "stutter@0.2:0.9,rate=4"], 1, tmp_path / "o.mkv")
    assert read_labels(tmp_path / "o.mkv") == labels
    document = json.loads((tmp_path / "o.mkv.labels.json").read_text())
    assert (document["schema_version"], document["seed"], document["source"]) == (1, 1, "clean.mkv")
    assert document["labels"][0]["region"] == [0, 0, 0.5, 1]


def test_package_name_is_the_function(clip: Path, tmp_path: Path) -> None:
    labels = vqa_toolkit.simulate(clip, ["black@1:2"], 1, tmp_path / "o.mkv")
    assert (labels[0].start, labels[0].end) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("frieze@1:2", "There is no fault 'frieze'; did you mean freeze"),
        ("freeze@1", "times are written @start:end in seconds"),
        ("freeze@2:1", "end must be later than start, got 2 s to 1 s"),
        ("freeze@5:6", r"start 5 s is outside the clip \(0 to 2.400 s\)"),
        ("freeze@1:9", r"end 9 s is outside the clip \(0 to 2.400 s\)"),
        ("freeze@1:2,strength=1.5", "strength must be 0 to 1 of the scale, got 1.5"),
        ("noise,sigma=loud", "sigma must be 0.5 to 100 codes RMS, got 'loud'"),
        ("noise,mode=pink", "mode must be one of gaussian, chroma, snow; got 'pink'"),
        ("noise,level=3", "noise has no parameter 'level'; it has density, end, mode, sigma, start, strength"),
        ("noise,sigma", "expected parameter=value after the comma, got 'sigma'"),
        ("av_duration,seconds=5", r"seconds must be less than the sound's 2.400 s, got 5 s"),
        ("pts_gap@0:1", "must leave pictures on both sides"),
    ],
)
def test_wrong_faults_are_refused_before_anything_is_written(
    clip: Path, tmp_path: Path, fault: str, words: str
) -> None:
    with pytest.raises(FaultError, match=words):
        simulate(clip, [fault], 1, tmp_path / "o.mkv")
    assert list(tmp_path.iterdir()) == []


def test_missing_streams_are_named(tmp_path: Path) -> None:
    make_case(Case(duration=0.4), tmp_path / "mute.mkv", width=64, height=48, channels=0)
    make_case(Case(duration=0.4), tmp_path / "blind.mkv", width=0)
    with pytest.raises(FaultError, match="av_sync edits sound, but the clip has no sound stream"):
        simulate(tmp_path / "mute.mkv", ["av_sync"], 1, tmp_path / "o.mkv")
    with pytest.raises(FaultError, match="freeze edits pictures, but the clip has no picture stream"):
        simulate(tmp_path / "blind.mkv", ["freeze"], 1, tmp_path / "o.mkv")
    with pytest.raises(FaultError, match=r"a caption fault needs captions beside the clip, such as mute\.srt"):
        simulate(tmp_path / "mute.mkv", ["caption_text"], 1, tmp_path / "o.mkv")


def test_wrong_outputs_are_refused(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="output must differ from the clip"):
        simulate(clip, ["black"], 1, clip)
    with pytest.raises(FaultError, match="output must end in one of"):
        simulate(clip, ["black"], 1, tmp_path / "o.gif")
    with pytest.raises(FaultError, match="output must lie in an existing folder"):
        simulate(clip, ["black"], 1, tmp_path / "nowhere" / "o.mkv")
    with pytest.raises(MediaUnreadable, match="no such file"):
        simulate(tmp_path / "absent.mp4", ["black"], 1, tmp_path / "o.mkv")


def test_an_interrupted_run_leaves_no_output(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Black, frames: Iterator[Frame], *_: object) -> Iterator[Frame]:
        yield next(frames)
        raise KeyboardInterrupt

    monkeypatch.setattr(Black, "apply", broken)
    with pytest.raises(KeyboardInterrupt):
        simulate(clip, ["black@1:2"], 1, tmp_path / "o.mkv")
    assert list(tmp_path.iterdir()) == []


def test_damaged_labels_are_refused(tmp_path: Path) -> None:
    (tmp_path / "o.mp4.labels.json").write_text('{"schema_version": 1, "labels": [{"defect": "bl')
    with pytest.raises(ResultError, match="no readable labels"):
        read_labels(tmp_path / "o.mp4")


@pytest.mark.parametrize(
    ("width", "height", "pixel_format", "full", "depth"),
    [
        (64, 48, "yuv420p10le", False, 10),
        (63, 37, "", False, 8),
        (64, 48, "yuv422p", True, 8),
        (48, 64, "yuv444p", False, 8),
    ],
)
def test_cases_come_in_every_form(
    tmp_path: Path, width: int, height: int, pixel_format: str, full: bool, depth: int
) -> None:
    path = tmp_path / "o.mkv"
    case = Case("street", ("constant_colour@0.2:,colour=grey",), duration=0.4)
    make_case(case, path, width=width, height=height, pixel_format=pixel_format, full_range=full, channels=6)
    with av.open(str(path)) as opened:
        frames = list(opened.decode(video=0))
        assert opened.streams.audio[0].channels == 6
    last = frames[-1]
    assert (last.width, last.height, last.format.components[0].bits) == (width, height, depth)
    expected = (126 - 16) * 255 / 219 if full else 126.0
    stored = np.frombuffer(memoryview(last.planes[0]), np.uint16 if depth > 8 else np.uint8).reshape(last.height, -1)
    assert stored[:, :width].mean() / 2 ** (depth - 8) == pytest.approx(expected, abs=1)


def test_one_frame_and_vfr(tmp_path: Path) -> None:
    make_case(Case(duration=0.04), tmp_path / "one.mkv", width=64, height=48)
    assert len(decode(tmp_path / "one.mkv").t) == 1
    make_case(Case(duration=1.0), tmp_path / "vfr.mkv", width=64, height=48, vfr=True)
    steps = np.diff(decode(tmp_path / "vfr.mkv").t)
    assert steps.max() > 1.8 * steps.min()


def test_a_full_range_source_is_read_as_limited(tmp_path: Path) -> None:
    make_case(
        Case("street", ("constant_colour,colour=white",), duration=0.2), tmp_path / "full.mkv", width=64, height=48,
        full_range=True, encoding=Encoding(crf=1),
    )  # fmt: skip
    simulate(tmp_path / "full.mkv", ["black@0.12:"], 1, tmp_path / "o.mkv", encoding=Encoding(crf=1))
    made = decode(tmp_path / "o.mkv")
    assert made.y[0].mean() == pytest.approx(235, abs=1)
    assert made.y[-1].mean() == pytest.approx(16, abs=1)


def test_the_clip_s_length_is_what_was_asked_for(clip: Path, clean: Decoded) -> None:
    assert len(clean.t) == round(DURATION * 25)
    assert len(clean.audio) == round(DURATION * RATE)
