"""Each picture fault is where its label says, by a measurement of the decoded planes against the pristine ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.simulate.conftest import DURATION, HEIGHT, NEARLY_LOSSLESS, WIDTH, Decoded, decode
from vqa_toolkit.core import Case
from vqa_toolkit.simulate import Label, make_case, simulate

Measure = Callable[[Decoded, Decoded, NDArray[np.bool_], Label], None]
SPAN = (0.8, 1.6)  # twenty frames of sixty


def made(clip: Path, folder: Path, fault: str) -> tuple[Decoded, Label]:
    """``fault`` put into the clip, decoded, and its label."""
    labels = simulate(clip, [fault], 5, folder / "out.mkv", encoding=NEARLY_LOSSLESS)
    return decode(folder / "out.mkv"), labels[0]


def black_full(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    assert bad.y[hit].max() <= 18


def black_logo(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    share = (bad.y[hit] > 200).mean(axis=(1, 2))
    assert share == pytest.approx(0.03, abs=0.004)  # whole pixels of a 3 % square
    assert ((bad.y[hit] < 30).mean(axis=(1, 2)) > 0.95).all()


def black_partial(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    edge = round(0.5 * WIDTH)
    assert bad.y[hit][:, :, : edge - 2].max() <= 20
    assert np.abs(bad.y[hit][:, :, edge + 2 :] - clean.y[hit][:, :, edge + 2 :]).mean() < 1.5
    assert label.region is not None
    assert label.region.width == 0.5


def grey(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    assert np.ptp(bad.y[hit]) <= 2
    assert bad.y[hit].mean() == pytest.approx(126, abs=1)


def bars(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    middles = [round((k + 0.5) * WIDTH / 8) for k in range(8)]
    # Luma of 75 % bars by BT.709: 16 + 219 · 0.75 · (R·0.2126 + G·0.7152 + B·0.0722); the first bar is 100 % white.
    weights = [1 / 0.75, 0.9278, 0.7874, 0.7152, 0.2848, 0.2126, 0.0722, 0.0]
    assert bad.y[hit].mean(axis=(0, 1))[middles] == pytest.approx([16 + 164.25 * w for w in weights], abs=2)


def frozen(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    inside = np.flatnonzero(hit)
    assert np.abs(np.diff(bad.y[inside], axis=0)).mean(axis=(1, 2)).max() < 0.2
    assert np.abs(bad.y[inside[-1]] - clean.y[inside[0]]).mean() < 1.0
    assert np.abs(bad.y[inside[0] - 1] - bad.y[inside[0]]).mean() > 2  # the picture that stays was new when it came


def frozen_under_noise(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    inside = bad.y[hit]
    noise = np.diff(inside, axis=0)
    assert noise.std() == pytest.approx(2.0 * 2**0.5, rel=0.15)  # two independent fields of 2 codes
    assert np.abs(inside.mean(axis=0) - clean.y[hit][0]).mean() < 1.0


def blurred(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    edges = [cv2.Laplacian(f, cv2.CV_32F).var() for f in bad.y[hit]]
    before = [cv2.Laplacian(f, cv2.CV_32F).var() for f in clean.y[hit]]
    assert (np.array(edges) < 0.25 * np.array(before)).all()


def noisy(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    # Clipping at the ends of the range and the codec take a little of it away.
    assert (bad.y - clean.y)[hit].std() == pytest.approx(12, rel=0.15)


def chroma_noisy(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    assert (bad.y - clean.y)[hit].std() < 1.5
    assert (bad.u - clean.u)[hit].std() == pytest.approx(10, rel=0.2)  # 20 codes averaged over 2×2 pixels


def snowy(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    changed = (np.abs(bad.y - clean.y)[hit] > 12).mean()
    assert changed == pytest.approx(0.1, rel=0.35)  # dashes overlap, and some match what they cover


def woven(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    inside = np.flatnonzero(hit)
    assert np.abs(bad.y[inside, 0::2] - clean.y[inside, 0::2]).mean() < 1.0
    assert np.abs(bad.y[inside, 1::2] - clean.y[inside - 1, 1::2]).mean() < 1.0


def fields_swapped(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    assert np.abs(bad.y[hit][:, 0::2] - clean.y[hit][:, 1::2]).mean() < 1.0


def flashing(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    bright = bad.y[hit].mean(axis=(1, 2)) > 126
    edges = int(np.abs(np.diff(bright.astype(int))).sum())
    assert edges + 1 == round(2 * label.expected["flashes_per_s"] * (label.end - label.start))


def flashing_red(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    red = (bad.v[hit].mean(axis=(1, 2)) > 200) & (bad.u[hit].mean(axis=(1, 2)) < 112)
    assert 0.3 < red.mean() < 0.7


def flashing_locally(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    changed = np.abs(bad.y - clean.y)[hit].mean(axis=0) > 12
    assert changed.mean() == pytest.approx(0.36, abs=0.05)
    assert label.region is not None
    rows, columns = np.flatnonzero(changed.mean(axis=1) > 0.3), np.flatnonzero(changed.mean(axis=0) > 0.3)
    assert rows[0] == pytest.approx(label.region.y * HEIGHT, abs=2)
    assert columns[0] == pytest.approx(label.region.x * WIDTH, abs=2)


def illegal(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    first = bad.y[hit][0]  # EBU R103: 5 to 246
    assert (first > 246).mean() > 0.01
    assert (first < 5).mean() > 0.01
    assert ((clean.y > 246) | (clean.y < 5)).mean() < 0.001  # the codec's overshoot at hard edges


def illegal_chroma(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    assert np.abs(bad.u[hit] - 128).mean() == pytest.approx(2 * np.abs(clean.u[hit] - 128).mean(), rel=0.1)


def letterboxed(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    bar = round(0.15 * HEIGHT)
    dark = bad.y[hit].max(axis=(0, 2)) < 30
    assert dark[: bar - 1].all()
    assert dark[-bar + 1 :].all()
    assert not dark[bar + 1 : -bar - 1].any()


def crushed(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    lost = (bad.y[hit] < 18).mean()
    assert lost == pytest.approx((clean.y[hit] <= 16 + 90).mean(), abs=0.03)  # the knee at strength 0.5: 90 codes


def clipped(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    assert (bad.y[hit] > 233).mean() == pytest.approx((clean.y[hit] >= 235 - 90).mean(), abs=0.03)


def brighter(bad: Decoded, clean: Decoded, hit: NDArray[np.bool_], label: Label) -> None:
    usable = clean.y[hit] < 16 + 219 / 1.7 - 4
    gain = (bad.y[hit][usable].mean() - 16) / (clean.y[hit][usable].mean() - 16)
    assert gain == pytest.approx(1.7, abs=0.03)


CASES: list[tuple[str, Measure]] = [
    ("black", black_full), ("black,mode=logo", black_logo), ("black,mode=partial,share=0.5", black_partial),
    ("constant_colour,colour=grey", grey), ("test_pattern", bars), ("freeze", frozen),
    ("freeze,mode=capture,grain=2", frozen_under_noise), ("blur", blurred), ("blur,mode=upscaled", blurred),
    ("noise,sigma=12", noisy), ("noise,mode=chroma,sigma=20", chroma_noisy), ("noise,mode=snow,density=0.1", snowy),
    ("interlacing", woven), ("interlacing,mode=field_order", fields_swapped), ("flash,rate=5", flashing),
    ("flash,mode=red", flashing_red), ("flash,mode=local,rate=5", flashing_locally), ("levels", illegal),
    ("levels,mode=chroma", illegal_chroma), ("letterbox,share=0.15", letterboxed), ("exposure", crushed),
    ("exposure,mode=clipped", clipped), ("exposure,mode=jump", brighter),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "measure"), CASES, ids=[c[0] for c in CASES])
def test_fault_is_where_its_label_says(
    clip: Path, clean: Decoded, tmp_path: Path, fault: str, measure: Measure
) -> None:
    name, _, rest = fault.partition(",")
    bad, label = made(clip, tmp_path, f"{name}@{SPAN[0]}:{SPAN[1]}" + (f",{rest}" if rest else ""))
    assert (label.defect, label.start, label.end) == (name, *SPAN)
    assert bad.t == pytest.approx(clean.t)
    hit = bad.inside(label.start, label.end)
    assert hit.sum() == 20
    changed = np.abs(bad.y - clean.y).mean(axis=(1, 2)) + np.abs(bad.u - clean.u).mean(axis=(1, 2))
    assert changed[~hit].max() < 1.0  # re-encoding nearly without loss leaves the rest as it was
    measure(bad, clean, hit, label)


def test_a_freeze_to_the_end_of_the_file_ends_there(clip: Path, clean: Decoded, tmp_path: Path) -> None:
    bad, label = made(clip, tmp_path, "freeze@1.6:")
    assert (label.start, label.end) == (1.6, DURATION)
    assert np.abs(np.diff(bad.y[bad.t >= 1.6 - 1e-3], axis=0)).mean() < 0.2


def test_a_fault_between_frames_is_labelled_from_the_first_frame_it_hits(clip: Path, tmp_path: Path) -> None:
    bad, label = made(clip, tmp_path, "black@0.81:1.01")
    assert (label.start, label.end) == (0.84, 1.04)
    assert bad.t[bad.y.mean(axis=(1, 2)) < 20] == pytest.approx([0.84, 0.88, 0.92, 0.96, 1.0])


@pytest.mark.parametrize("run", [1, 3])
def test_duplicates_repeat_the_frame_before(clip: Path, clean: Decoded, tmp_path: Path, run: int) -> None:
    bad, label = made(clip, tmp_path, f"stutter@0.4:2,rate=3,run={run}")
    repeats = np.abs(np.diff(bad.y, axis=0)).mean(axis=(1, 2)) < 0.5
    starts = np.flatnonzero(repeats & ~np.concatenate([[False], repeats[:-1]])) + 1
    assert bad.t[starts] == pytest.approx(label.times)
    assert repeats.sum() == label.expected["frames"] == run * len(label.times)
    assert len(label.times) == 5  # 1.6 s at three a second
    assert label.start == pytest.approx(label.times[0])


def test_dropped_frames_are_missing_from_the_file(clip: Path, clean: Decoded, tmp_path: Path) -> None:
    bad, label = made(clip, tmp_path, "stutter@0.4:2,mode=drop,rate=3")
    missing = np.setdiff1d(np.round(clean.t, 3), np.round(bad.t, 3))
    assert missing == pytest.approx(label.times)


def test_pulldown_is_even_repeats_every_fifth_and_names_no_defect(clip: Path, tmp_path: Path) -> None:
    bad, label = made(clip, tmp_path, "pulldown")
    assert label.defect is None
    assert np.diff(bad.t) == pytest.approx(0.032, abs=0.0011)  # Matroska rounds to 1 ms
    repeats = np.flatnonzero(np.abs(np.diff(bad.y, axis=0)).mean(axis=(1, 2)) < 0.5) + 1
    assert repeats.tolist() == list(range(4, len(bad.t), 5))


@pytest.mark.parametrize("lines", [1, 2])
def test_torn_frames_show_two_times(clip: Path, clean: Decoded, tmp_path: Path, lines: int) -> None:
    bad, label = made(clip, tmp_path, f"tearing@0.8:1.6,lines={lines},strength=0.6")
    now = np.abs(bad.y[1:] - clean.y[1:]).mean(axis=2)  # (n, rows): how far each row is from its own time …
    before = np.abs(bad.y[1:] - clean.y[:-1]).mean(axis=2)  # … and from the frame before
    old = before < now - 0.8
    torn = old.sum(axis=1) > 2
    assert bad.t[1:][torn] == pytest.approx(label.times)
    top = old[torn][:, : HEIGHT // 10]
    assert not top.any()  # the upper part is always new
    if lines == 1:
        assert old[torn][:, -3:].all(axis=1).mean() > 0.7  # the road's last lines may match both times


def test_banding_leaves_multiples_of_its_step(tmp_path: Path) -> None:
    labels = make_case(
        Case("sky", ("banding@0.2:0.6,step=12",), duration=0.8), tmp_path / "sky.mkv", width=192, height=108,
        encoding=NEARLY_LOSSLESS,
    )  # fmt: skip
    bad = decode(tmp_path / "sky.mkv")
    off_grid = np.abs(bad.y - np.rint(bad.y / 12) * 12)
    hit = bad.inside(labels[0].start, labels[0].end)
    assert (off_grid[hit] <= 1).mean() > 0.97
    assert (off_grid[~hit] <= 1).mean() < 0.4
