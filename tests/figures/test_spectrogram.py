"""The spectrogram shows the right level at the right place, and the artifacts where they are."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Finding, Signal
from vqa_toolkit.errors import UsageError
from vqa_toolkit.figures.spectrogram import draw, spectrogram, tiles
from vqa_toolkit.measures.spectrum import Scale, envelope, picture

RATE = 16_000


def tone(hz: float, seconds: float = 2.0, gain: float = 0.5) -> np.ndarray:
    """A sine."""
    return (gain * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def finding(defect: str, **details: object) -> Finding:
    """A finding of one second."""
    return Finding(0.5, 1.5, defect, "audio_artifacts", "issue", 0.9, 0.9, 0.5, "probability", "x", details=details)


@pytest.mark.parametrize("scale", ["linear", "log", "mel"])
def test_a_tone_reads_its_level_at_its_frequency(scale: Scale) -> None:
    shown = picture(tone(1000.0), RATE, 3.0, scale=scale)
    middle = shown.db[:, shown.db.shape[1] // 2]
    assert middle.max() == pytest.approx(20 * np.log10(0.5), abs=0.1)  # 1 kHz is a bin of 2048 at 16 kHz
    assert shown.hz[int(middle.argmax())] == pytest.approx(1000.0, rel=0.03)  # log bands are 3 % wide
    assert shown.t[0] == 3.0
    assert shown.t[-1] == pytest.approx(5.0, abs=0.05)


def test_merged_columns_keep_a_click() -> None:
    wave = np.zeros(60 * RATE, np.float32)
    wave[30 * RATE] = 1.0
    shown = picture(wave, RATE, 0.0, columns=200)
    assert shown.db.shape[1] <= 1700  # hop is widened, then columns merged
    assert shown.t[int(shown.db.max(axis=0).argmax())] == pytest.approx(30.0, abs=0.4)
    t, _, high = envelope(wave, RATE, 0.0, 200)
    assert len(t) == 200
    assert high.max() == 1.0


def test_tiles_cover_the_span_without_overlap() -> None:
    spans = list(tiles(2.0, 130.0, 60.0))
    assert spans == [(2.0, 62.0), (62.0, 122.0), (122.0, 130.0)]


def test_an_hour_by_tiles_stays_small() -> None:
    pieces = ((a, np.full(int((b - a) * 100), 0.1, np.float32), 100) for a, b in tiles(0.0, 3600.0))
    drawn = draw(pieces, columns=500)
    assert drawn.picture.db.shape[1] <= 500
    assert len(drawn.wave[0]) <= 500
    assert drawn.end == pytest.approx(3600.0)


def test_artifacts_are_drawn_where_they_are() -> None:
    drawn = draw([(0.0, tone(440.0), RATE)])
    axis = Axis("channel", "", (0.0,))
    hum = Signal("hum", "probability", np.arange(4) / 2, np.array([[0.1], [0.9], [0.9], [0.1]]), (axis,), 2.0)
    found = [finding("hum", f0_hz=50.0), finding("clicks", times=[0.75, 1.25]), finding("hiss"), finding("distortion")]
    figure = spectrogram(drawn, findings=found, signals={"hum": hum}, clean=drawn, range_db=80.0)
    lines = [s for s in figure.layout.shapes if s.type == "line" and s.yref == "y2"]
    assert [s.y0 for s in lines] == [50.0 * k for k in range(1, 11)]
    assert {(s.x0, s.x1) for s in lines} == {(0.5, 1.5)}
    clicks = next(t for t in figure.data if t.name == "clicks")
    assert list(clicks.x) == [0.75, 1.25]
    heats = [t for t in figure.data if t.type == "heatmap"]
    assert [h.name for h in heats] == ["sound", "clean"]
    assert heats[0].zmax - heats[0].zmin == pytest.approx(80.0)
    assert (heats[0].zmin, heats[0].zmax) == (heats[1].zmin, heats[1].zmax)  # A and B on one scale
    curve = next(t for t in figure.data if t.name == "hum")
    assert list(curve.x) == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert all(
        a.title.text for a in (figure.layout.yaxis, figure.layout.yaxis2, figure.layout.yaxis3, figure.layout.yaxis4)
    )


def test_wrong_requests_are_refused() -> None:
    with pytest.raises(UsageError, match="10 to 140 dB"):
        spectrogram(draw([(0.0, tone(440.0), RATE)]), range_db=500.0)
    with pytest.raises(UsageError, match="no sound"):
        draw([])
