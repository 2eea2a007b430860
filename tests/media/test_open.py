"""Files from strangers: each gets one clear sentence, and nothing outside the file is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from tests.conftest import CaseMaker
from vqa_toolkit import analyze
from vqa_toolkit.core import Case
from vqa_toolkit.errors import ConfigurationError, MediaError, MediaRefused, MediaUnreadable
from vqa_toolkit.media.open import Bounds, open_media
from vqa_toolkit.media.probe import probe

SECRET = "ffconcat version 1.0\nfile '{target}'\n"


def truncated_mp4(folder: Path, clip: Path) -> Path:
    path = folder / "cut.mp4"
    path.write_bytes(clip.read_bytes()[:20_000])
    return path


def text_file(folder: Path, clip: Path) -> Path:
    path = folder / "notes.mp4"
    path.write_text("this is not a film\n" * 50)
    return path


def empty_file(folder: Path, clip: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def concat_playlist(folder: Path, clip: Path) -> Path:
    path = folder / "list.mp4"
    path.write_text(f"ffconcat version 1.0\nfile '{clip}'\n")
    return path


def hls_playlist(folder: Path, clip: Path) -> Path:
    path = folder / "stream.mp4"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{clip}\n#EXT-X-ENDLIST\n")
    return path


def random_bytes(folder: Path, clip: Path) -> Path:
    path = folder / "noise.mp4"
    path.write_bytes(np.random.default_rng(0).bytes(50_000))
    return path


def missing(folder: Path, clip: Path) -> Path:
    return folder / "absent.mp4"


def a_folder(folder: Path, clip: Path) -> Path:
    return folder


def png_named_mp4(folder: Path, clip: Path) -> Path:
    path = folder / "picture.mp4"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    return path


BAD: dict[str, tuple[Callable[[Path, Path], Path], str]] = {
    "a text file": (text_file, "text file or a playlist"),
    "an empty file": (empty_file, "empty"),
    "a cut mp4 without its index": (truncated_mp4, "cut short"),
    "a concat playlist": (concat_playlist, "text file or a playlist"),
    "an HLS playlist": (hls_playlist, "text file or a playlist"),
    "random bytes": (random_bytes, "not a media container"),
    "a missing path": (missing, "no such file"),
    "a folder": (a_folder, "folder"),
    "a picture": (png_named_mp4, "not a media container"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_get_one_sentence_each(kind: str, tmp_path: Path, case_clip: CaseMaker) -> None:
    make, said = BAD[kind]
    path = make(tmp_path, case_clip(Case(duration=1.5)))
    with pytest.raises(MediaUnreadable, match=said) as caught:
        analyze(path, device="cpu")
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and len(message) < 300


@pytest.mark.parametrize(
    "name", ["concat:a.ts|b.ts", "subfile,,start,0,end,100,,:/etc/passwd", "http://127.0.0.1:9/x.mp4"]
)
def test_protocol_urls_are_only_ever_file_names(name: str) -> None:
    with pytest.raises(MediaError, match="no such file"):
        open_media(name)


def test_a_long_hostile_name_is_only_text(tmp_path: Path, case_clip: CaseMaker) -> None:
    folder = tmp_path / ".." / tmp_path.name
    path = folder / ("ü" * 100 + ".mp4")
    path.write_bytes(case_clip(Case(duration=1.5)).read_bytes())
    assert probe(path).video is not None
    with pytest.raises(MediaUnreadable):
        probe("../" * 60 + "x" * 200 + ".mp4")
    with pytest.raises(MediaUnreadable):
        probe("a\0b.mp4")


def test_sizes_are_refused(case_clip: CaseMaker) -> None:
    clip = case_clip(Case(duration=1.5))
    with pytest.raises(MediaRefused, match="320x180 px"):
        probe(clip, bounds=Bounds(max_side_px=200))


def blank(path: Path, width: int, height: int, codec: str = "mjpeg") -> Path:
    """One grey frame of that size."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        frame = av.VideoFrame(width, height, stream.pix_fmt)
        for plane in frame.planes:
            plane.update(b"\x80" * plane.buffer_size)
        for packet in (*stream.encode(frame), *stream.encode()):
            out.mux(packet)
    return path


@pytest.mark.parametrize(("name", "codec"), [("8k.avi", "mjpeg"), ("8k.mp4", "mpeg4")])
def test_8k_is_refused_in_one_sentence_that_says_what_to_do(name: str, codec: str, tmp_path: Path) -> None:
    clip = blank(tmp_path / name, 7680, 4320, codec)
    with pytest.raises(MediaRefused) as caught:
        analyze(clip, detectors=["black"], device="cpu")
    said = str(caught.value)
    assert "7680x4320 px is 33.2 megapixels, more than the 20 allowed, because" in said
    assert "Scale it down to 4K first, or set VQA_MAX_MEGAPIXELS=34." in said


@pytest.mark.parametrize(("width", "height"), [(3840, 2160), (2160, 3840), (4096, 2160), (6144, 3160)])
def test_4k_and_6k_are_analysed(width: int, height: int, tmp_path: Path) -> None:
    result = analyze(blank(tmp_path / "4k.avi", width, height), detectors=["black"], device="cpu", cache=False)
    assert result.outcomes["black"].status == "assessed"


def test_the_size_that_is_allowed_can_be_raised_and_lowered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = blank(tmp_path / "8k.avi", 7680, 4320)
    assert probe(clip, bounds=Bounds(max_pixels=34_000_000)).video is not None
    monkeypatch.setenv("VQA_MAX_MEGAPIXELS", "34")
    result = analyze(clip, detectors=["black"], device="cpu", cache=False)
    assert result.outcomes["black"].status == "assessed"
    monkeypatch.setenv("VQA_MAX_MEGAPIXELS", "2")
    with pytest.raises(MediaRefused, match="more than the 2 allowed"):
        probe(blank(tmp_path / "4k.avi", 3840, 2160))


@pytest.mark.parametrize("said", ["many", "0", "-3", "nan", "1e9"])
def test_a_wrong_size_variable_is_a_configuration_error(
    said: str, case_clip: CaseMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VQA_MAX_MEGAPIXELS", said)
    with pytest.raises(ConfigurationError, match="VQA_MAX_MEGAPIXELS must be"):
        probe(case_clip(Case(duration=1.5)))


def test_frames_are_counted_while_decoding(case_clip: CaseMaker) -> None:
    result = analyze(
        case_clip(Case(duration=1.5)), detectors=["black"], device="cpu", bounds=Bounds(max_frames=10), cache=False
    )
    assert result.verdict == "incomplete"
    assert "more than 10 frames" in result.outcomes["black"].reason
