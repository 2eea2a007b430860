"""What every detector must keep to, whatever it measures."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import CaseMaker
from vqa_toolkit import AnalysisResult, analyze
from vqa_toolkit.core import Case, Chunk, Detector, Need, Signal, limit_fields
from vqa_toolkit.detectors import discover
from vqa_toolkit.media import decode as decode_module
from vqa_toolkit.media.decode import Decoder
from vqa_toolkit.media.probe import probe
from vqa_toolkit.profile import load_profile

DETECTORS = discover()
BUSY = Case(faults=("freeze@1.2:2.4", "silence@0.8:1.6"), duration=3.0)

# name → options of make_case: kinds of file that every detector must survive with an answer
KINDS: dict[str, dict[str, object]] = {
    "144p": {"width": 256, "height": 144},
    "1080p": {"width": 1920, "height": 1080},
    "odd size": {"width": 321, "height": 181},
    "10 bit": {"pixel_format": "yuv420p10le"},
    "4:2:2 10 bit": {"pixel_format": "yuv422p10le"},
    "full range": {"full_range": True},
    "variable rate": {"vfr": True},
    "late start": {"start_time": 5.5, "suffix": ".ts"},
    "portrait": {"width": 180, "height": 320},
    "mono": {"channels": 1},
    "5.1": {"channels": 6},
    "8 kHz": {"rate": 8000, "suffix": ".mkv"},
    "no sound": {"channels": 0},
    "no picture": {"width": 0, "suffix": ".m4a"},
    "one frame": {"width": 320},
}


def clip_of(kind: str, case_clip: CaseMaker) -> Path:
    options = dict(KINDS[kind])
    duration = 0.04 if kind == "one frame" else 1.5 if kind == "1080p" else 3.0
    faults = [
        f for f in BUSY.faults if options.get({"freeze": "width", "silence": "channels"}[f.split("@")[0]], 1) != 0
    ]
    case = Case(faults=tuple(faults) if duration == 3.0 else (), duration=duration)
    return case_clip(case, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_no_detector_fails_on(kind: str, case_clip: CaseMaker) -> None:
    result = analyze(clip_of(kind, case_clip), device="cpu")
    failed = {name: o.reason for name, o in result.outcomes.items() if o.status == "failed"}
    assert not failed
    for name, outcome in result.outcomes.items():
        assert outcome.status == "assessed" or outcome.reason, name
    for finding in result.findings:
        assert finding.end >= finding.start >= -1e-6
        assert 0.0 <= finding.score <= 1.0, finding
        assert finding.defect in DETECTORS[finding.detector].defects
        assert finding.message


def test_no_stream_is_not_assessable_by_those_who_need_it(case_clip: CaseMaker) -> None:
    result = analyze(clip_of("no sound", case_clip), device="cpu")
    for name, detector in DETECTORS.items():
        if all(n.kind == "audio" for n in detector.needs):
            assert result.outcomes[name].status == "not_assessable"
            assert "sound" in result.outcomes[name].reason


@pytest.fixture(scope="module")
def busy(case_clip: CaseMaker) -> tuple[Path, AnalysisResult]:
    path = case_clip(BUSY)
    return path, analyze(path, device="cpu", cache=False)


def test_measuring_is_deterministic(busy: tuple[Path, AnalysisResult]) -> None:
    path, first = busy
    assert_same_signals(first, analyze(path, device="cpu", cache=False))


@pytest.mark.parametrize("seconds", [0.24, 7.0])
def test_signals_do_not_depend_on_chunk_size(
    seconds: float, busy: tuple[Path, AnalysisResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, first = busy
    monkeypatch.setattr(decode_module, "CHUNK_SECONDS", seconds)
    assert_same_signals(first, analyze(path, device="cpu", cache=False))


def assert_same_signals(a: AnalysisResult, b: AnalysisResult) -> None:
    assert a.signals.keys() == b.signals.keys()
    for detector, named in a.signals.items():
        assert named.keys() == b.signals[detector].keys(), detector
        for name, signal in named.items():
            other = b.signals[detector][name]
            # 1e-4: float32 sums over other block borders may differ in the last digits
            np.testing.assert_allclose(signal.t, other.t, atol=1e-9, err_msg=f"{detector}.{name}.t")
            np.testing.assert_allclose(signal.v, other.v, rtol=1e-4, atol=1e-4, err_msg=f"{detector}.{name}.v")


@pytest.mark.parametrize("detector", DETECTORS.values(), ids=DETECTORS)
def test_judge_is_pure(detector: type[Detector], busy: tuple[Path, AnalysisResult]) -> None:
    signals = busy[1].signals[detector.name]
    if not signals:
        return
    frozen = {k: Signal(s.name, s.unit, s.t.copy(), s.v.copy(), s.axes, s.end) for k, s in signals.items()}
    limits = load_profile("default").limits(detector)
    first, second = list(detector.judge(frozen, limits)), list(detector.judge(frozen, limits))
    assert repr(first) == repr(second)
    for k, s in signals.items():
        np.testing.assert_array_equal(frozen[k].v, s.v)


@pytest.mark.parametrize("detector", DETECTORS.values(), ids=DETECTORS)
def test_reads_only_declared_needs(detector: type[Detector], case_clip: CaseMaker) -> None:
    asked: set[Need] = set()

    class Watched(Chunk):
        def view(self, need: Need) -> object:  # type: ignore[override]
            asked.add(need)
            return Chunk.view(self, need)

    info = probe(case_clip(Case(duration=1.5)))
    running = detector.__new__(detector)
    try:
        running.__init__(info, "cpu")  # type: ignore[misc]
        for chunk in Decoder(info, detector.needs).chunks():
            fields = {f.name: getattr(chunk, f.name) for f in dataclasses.fields(chunk)}
            running.update(Watched(**fields))
    except Exception as exc:  # noqa: BLE001 - a detector may find this short clip not assessable
        assert type(exc).__name__ == "NotAssessable", exc
    assert asked <= set(detector.needs)


@pytest.mark.parametrize("detector", DETECTORS.values(), ids=DETECTORS)
def test_declaration_is_whole(detector: type[Detector]) -> None:
    assert detector.name and detector.version and detector.title and detector.defects and detector.needs
    assert (detector.__doc__ or "").strip() != (Detector.__doc__ or "").strip(), "a detector says what it measures"
    for name, facts in limit_fields(detector.limits):
        assert facts["low"] <= facts["default"] <= facts["high"], name
        assert facts["unit"] is not None and facts["origin"] and facts["doc"], name


def test_a_raising_detector_is_isolated_and_the_verdict_incomplete(
    case_clip: CaseMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Detector, chunk: Chunk) -> None:
        raise RuntimeError("deliberate")

    monkeypatch.setattr(DETECTORS["black"], "update", broken)
    result = analyze(case_clip(Case(duration=1.5)), detectors=["black", "loudness"], device="cpu", cache=False)
    assert result.outcomes["black"].status == "failed"
    assert "deliberate" in result.outcomes["black"].reason
    assert result.outcomes["loudness"].status == "assessed"
    assert result.verdict == "incomplete"
