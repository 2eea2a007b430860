"""What pages fetch beside the result: the next place beyond a limit, the spectrogram strip, the clip with moved sound."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import Any

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette

from vqa_toolkit.errors import UsageError
from vqa_toolkit.media.captions import Cue
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.runs import Run
from vqa_toolkit.ui.evidence import next_beyond
from vqa_toolkit.ui.gate import LOCAL_OWNER, issue_token
from vqa_toolkit.ui.lookup import LISTEN_S, heard, move, spectrum_strip, still_at, tracks_of
from vqa_toolkit.ui.routes import routes


def ask(path: str, owner: str = LOCAL_OWNER, **query: Any) -> httpx.Response:
    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as client:
            return await client.get(path, params={**query, "token": issue_token(owner)})

    return asyncio.run(answer())


@pytest.mark.parametrize(
    ("after", "direction", "found"),
    [(0.0, 1, 4.0), (4.0, 1, None), (3.999, 1, None), (4.5, -1, 4.0), (4.0, -1, None), (9.0, -1, 4.0)],
)
def test_the_next_place_beyond_a_limit(finished: Run, after: float, direction: int, found: float | None) -> None:
    """The result's curve is 1 from 4 to 5 s and 0 else; a time within 5 ms of a start is that start."""
    assert next_beyond(finished.id, LOCAL_OWNER, "black", "dark", [0.5], after, direction) == found
    answer = ask(f"/vqa/beyond/{finished.id}/black/dark", after=after, direction=direction, limit=0.5)
    assert answer.json() == {"t": found}


def test_what_is_usual_is_not_beyond(finished: Run) -> None:
    """0 is usual, so a limit below it is passed nowhere; two limits are looked at together."""
    assert next_beyond(finished.id, LOCAL_OWNER, "black", "dark", [-1.0], 0.0, 1) is None
    assert next_beyond(finished.id, LOCAL_OWNER, "black", "dark", [-1.0, 0.9], 0.0, 1) == 4.0
    assert next_beyond(finished.id, LOCAL_OWNER, "black", "dark", [], 0.0, 1) is None
    with pytest.raises(UsageError):
        next_beyond(finished.id, LOCAL_OWNER, "black", "none such", [0.5], 0.0, 1)


@pytest.mark.parametrize(
    "path", ["/vqa/beyond/{run}/black/dark", "/vqa/strip/{run}/sound/spectrum", "/vqa/moved/{run}"]
)
def test_a_stranger_gets_nothing(evident: Run, path: str) -> None:
    assert ask(path.format(run=evident.id), owner="bob", **{"from": 0, "to": 1}).status_code == 400


def test_a_strip_of_the_sound_comes_as_wide_as_asked(evident: Run) -> None:
    answer = ask(f"/vqa/strip/{evident.id}/sound/spectrum", columns=64, **{"from": "0.5", "to": "2.5"})
    rows, columns = map(int, answer.headers["x-vqa-shape"].split("x"))
    assert (columns, len(answer.content)) == (64, rows * columns)
    whole = np.frombuffer(spectrum_strip(evident.id, LOCAL_OWNER, (0.0, np.inf), 300)[2], np.uint8)
    assert whole.max() == 255  # the loudest is the brightest
    assert ask(f"/vqa/strip/{evident.id}/sound/spectrum", **{"from": "9", "to": "8"}).status_code == 400


def test_a_moved_copy_is_made_once_and_served_in_ranges(evident: Run, evident_clip: Clip) -> None:
    assert ask(f"/vqa/moved/{evident.id}").status_code == 404
    assert move(evident.id, evident_clip, -240.0) == "-240"
    first = ask(f"/vqa/moved/{evident.id}")
    assert (first.status_code, first.headers["content-type"]) == (200, "video/mp4")
    assert move(evident.id, evident_clip, -240.2) == "-240"
    assert ask(f"/vqa/moved/{evident.id}").headers["last-modified"] == first.headers["last-modified"]
    move(evident.id, evident_clip, 120.0)
    assert ask(f"/vqa/moved/{evident.id}").content != first.content


def test_a_piece_to_listen_to_is_bounded(evident_clip: Clip) -> None:
    with wave.open(io.BytesIO(heard(evident_clip, 0.5, 1.25))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 48_000)
        assert file.getnframes() == 36_000
    assert LISTEN_S * 48_000 * 2 < 1 << 20  # beyond, Streamlit would tell two pieces apart by samples of them only


def test_stills_and_cues_come_from_the_clip(evident_clip: Clip) -> None:
    t, picture = still_at(evident_clip, 1.0, 90)
    assert (t, picture.shape) == (1.0, (90, 160, 3))
    (track,) = tracks_of(evident_clip)
    assert track.cues[0] == Cue(0.2, 1.2, "Hello there.")


def test_a_clip_that_has_gone_is_said(clip: Clip) -> None:
    clip.path.unlink()
    with pytest.raises(UsageError, match="no longer there"):
        still_at(clip, 0.0, 90)
