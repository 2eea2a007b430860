"""What an analysis returns: facts, signals, findings, incidents, and a verdict; saved and reopened without the video."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vqa_toolkit import crowds
from vqa_toolkit.core import Axis, Box, Finding, Incident, Outcome, Signal, Verdict, at_least
from vqa_toolkit.errors import ResultError
from vqa_toolkit.judge import every_finding, judge_signals
from vqa_toolkit.media.info import AudioInfo, CaptionInfo, MediaInfo, VideoInfo
from vqa_toolkit.profile import Profile, load_profile, parse_profile

if TYPE_CHECKING:
    import pandas as pd

FORMAT_VERSION = 1
MAX_RESULT_BYTES = 4_000_000_000  # refuse to unpack more than this from a result file
MAX_MEMBER_BYTES = 2_000_000_000
Signals = Mapping[str, Mapping[str, Signal]]


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """One analysed clip. ``signals`` is detector → name → signal; ``timings`` is detector → seconds of work."""

    media: MediaInfo
    profile: Profile
    signals: Signals
    outcomes: Mapping[str, Outcome]
    findings: tuple[Finding, ...]
    incidents: tuple[Incident, ...]
    versions: Mapping[str, str]
    timings: Mapping[str, float] = field(default_factory=dict)
    incomplete: str = ""  # why the analysis did not reach the end of the clip; empty when it did

    @property
    def verdict(self) -> Verdict:
        """``fail`` with a finding of severity issue or blocker; ``incomplete`` when anything failed, was cut short, or
        nothing could be assessed; else ``pass``."""
        if any(at_least(f.severity, "issue") for f in self.findings):
            return "fail"
        statuses = [o.status for o in self.outcomes.values()]
        if self.incomplete or "failed" in statuses or "assessed" not in statuses:
            return "incomplete"
        return "pass"

    def judged(self, profile: str | Path | Profile) -> AnalysisResult:
        """The same signals judged by another profile; opens no media."""
        chosen = load_profile(profile)
        findings, incidents, outcomes = judge_signals(self.signals, self.outcomes, chosen, self.media)
        return dataclasses.replace(self, profile=chosen, findings=findings, incidents=incidents, outcomes=outcomes)

    def every_finding(self, detector: str) -> tuple[Finding, ...]:
        """All findings of one detector, those too that ``findings`` sums up as one; of these the signals are judged again."""
        mine = tuple(f for f in self.findings if f.detector == detector)
        if all(crowds.count(f) == 1 for f in mine):
            return mine
        return tuple(every_finding(detector, self.signals[detector], self.profile))

    def to_dataframe(self) -> pd.DataFrame:
        """One row per finding, in time order; ``details["merged"]`` is how many one stands for that sums up."""
        import pandas as pd

        columns = [f.name for f in dataclasses.fields(Finding)]
        rows = [{c: getattr(f, c) for c in columns} for f in self.findings]
        return pd.DataFrame(rows, columns=columns)

    def save(self, path: str | Path) -> Path:
        """Write everything but the video to one file (a zip of JSON and .npy arrays)."""
        target = Path(path)
        part = target.with_name(target.name + ".part")
        head, arrays = _pack(self)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("result.json", json.dumps(head, allow_nan=True))
            for key, array in arrays.items():
                buffer = io.BytesIO()
                np.save(buffer, array, allow_pickle=False)
                archive.writestr(f"{key}.npy", buffer.getvalue())
        part.replace(target)
        return target

    @classmethod
    def load(cls, path: str | Path, detectors: Collection[str] | None = None) -> AnalysisResult:
        """Reopen a saved result; ``detectors`` restricts whose signals are read (None = all).

        Raises:
            ResultError: missing, damaged, or written by an incompatible version.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(m.file_size for m in archive.infolist()) > MAX_RESULT_BYTES:
                    raise ResultError(f"{Path(path).name} unpacks to more than {MAX_RESULT_BYTES / 1e9:.0f} GB.")
                head = json.loads(archive.read("result.json"))
                if head.get("format") != FORMAT_VERSION:
                    raise ResultError(
                        f"{Path(path).name} has result format {head.get('format')!r}; this version reads 1."
                    )
                return _unpack(head, archive, detectors)
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as exc:
            raise ResultError(f"{Path(path).name} is not a readable result: {exc}. Analyse the clip again.") from exc

    def _repr_html_(self) -> str:
        from vqa_toolkit.report.notebook import summary_html

        return summary_html(self)


def _pack(result: AnalysisResult) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays: dict[str, Any] = {}
    index: list[dict[str, Any]] = []
    for detector, named in result.signals.items():
        for name, s in named.items():
            key = f"s{len(index)}"
            arrays[f"{key}_t"], arrays[f"{key}_v"] = s.t, s.v
            axes = [list(a) for a in s.axes]
            index.append({"detector": detector, "name": name, "unit": s.unit, "axes": axes, "end": s.end, "key": key})
    head = {
        "format": FORMAT_VERSION,
        "media": dataclasses.asdict(result.media),
        "profile": result.profile.to_toml(),
        "signals": index,
        "outcomes": {k: dataclasses.asdict(o) for k, o in result.outcomes.items()},
        "findings": [dataclasses.asdict(f) for f in result.findings],
        "incidents": [dataclasses.asdict(i) for i in result.incidents],
        "versions": dict(result.versions),
        "timings": dict(result.timings),
        "incomplete": result.incomplete,
    }
    return head, arrays


def _unpack(head: dict[str, Any], archive: zipfile.ZipFile, wanted: Collection[str] | None) -> AnalysisResult:
    signals: dict[str, dict[str, Signal]] = {name: {} for name in head["outcomes"]}
    for entry in head["signals"]:
        if wanted is not None and entry["detector"] not in wanted:
            continue
        t, v = (_array(archive, f"{entry['key']}_{part}.npy") for part in "tv")
        axes = tuple(Axis(a[0], a[1], tuple(a[2])) for a in entry["axes"])
        end = entry["end"] if entry["end"] is not None else math.nan
        signals.setdefault(entry["detector"], {})[entry["name"]] = Signal(entry["name"], entry["unit"], t, v, axes, end)
    return AnalysisResult(
        media=media_from_dict(head["media"]),
        profile=parse_profile(head["profile"]),
        signals=signals,
        outcomes={k: Outcome(o["status"], o["reason"], tuple(o["notes"])) for k, o in head["outcomes"].items()},
        findings=tuple(_finding(f) for f in head["findings"]),
        incidents=tuple(Incident(**{**i, "findings": tuple(i["findings"])}) for i in head["incidents"]),
        versions=head["versions"],
        timings=head.get("timings", {}),
        incomplete=head.get("incomplete", ""),
    )


def _array(archive: zipfile.ZipFile, name: str) -> Any:
    if archive.getinfo(name).file_size > MAX_MEMBER_BYTES:
        raise ResultError(f"{name} is too large to unpack.")
    return np.load(io.BytesIO(archive.read(name)), allow_pickle=False)


def _finding(raw: Mapping[str, Any]) -> Finding:
    box = Box(*raw["region"]) if raw["region"] is not None else None
    return Finding(**{**raw, "region": box, "standards": tuple(raw["standards"])})


def media_from_dict(raw: Mapping[str, Any]) -> MediaInfo:
    """A :class:`MediaInfo` from what ``dataclasses.asdict`` made of it."""
    return MediaInfo(
        **{
            **raw,
            "video": VideoInfo(**raw["video"]) if raw["video"] else None,
            "audio": AudioInfo(**raw["audio"]) if raw["audio"] else None,
            "audio_streams": tuple(AudioInfo(**a) for a in raw["audio_streams"]),
            "captions": tuple(CaptionInfo(**c) for c in raw["captions"]),
            "notes": tuple(raw["notes"]),
        }
    )
