"""Signals of labelled clips, measured once and kept beside the corpus, keyed by detector and version."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vqa_toolkit.core import Detector, Outcome, Signal
from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import ConfigurationError, MediaError
from vqa_toolkit.evaluate.clips import Clip, Judged
from vqa_toolkit.judge import judge_signals
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.profile import Profile

STORE = ".measured"


@dataclass(frozen=True, slots=True)
class Measured:
    """One clip's signals (detector → name → signal) and outcomes; judging them opens no media."""

    clip: Clip
    media: MediaInfo | None
    signals: dict[str, dict[str, Signal]]
    outcomes: dict[str, Outcome]

    def judge(self, profile: Profile) -> Judged:
        """The findings under ``profile``, with severities as the product resolves them."""
        if self.media is None:
            return Judged(self.clip, (), tuple(f"{n}: {o.reason}" for n, o in self.outcomes.items()))
        findings, _, verdicts = judge_signals(self.signals, self.outcomes, profile, self.media)
        failed = tuple(f"{n}: {o.reason}" for n, o in verdicts.items() if o.status == "failed")
        return Judged(self.clip, findings, failed)


def chosen(names: Sequence[str] = ()) -> list[type[Detector]]:
    """The detectors called ``names``, or all.

    Raises:
        ConfigurationError: an unknown name.
    """
    known = discover()
    unknown = [n for n in names if n not in known]
    if unknown:
        raise ConfigurationError(f"Unknown detector {', '.join(unknown)}. Known: {', '.join(known)}.")
    return [known[n] for n in names] if names else list(known.values())


def measure_clips(
    clips: Sequence[Clip],
    folder: Path,
    detectors: Sequence[str] = (),
    progress: Callable[[int, int, str], None] | None = None,
    device: str = "cpu",
) -> Iterator[Measured]:
    """Each clip's signals: read from ``folder/.measured`` where they are, measured and kept there where not.

    A clip that cannot be opened comes out without signals, each detector failed with the reason.
    """
    classes = chosen(detectors)
    for number, clip in enumerate(clips):
        yield measure_clip(clip, folder, classes, device)
        if progress is not None:
            progress(number + 1, len(clips), clip.id)


def measure_clip(clip: Clip, folder: Path, classes: Iterable[type[Detector]], device: str = "cpu") -> Measured:
    """One clip's signals by ``classes``; what is missing is measured in a single decode."""
    from vqa_toolkit import cache

    wanted = list(classes)
    media = _media(clip, folder)
    if isinstance(media, Outcome):
        return Measured(clip, None, {}, {c.name: media for c in wanted})
    signals: dict[str, dict[str, Signal]] = {}
    outcomes: dict[str, Outcome] = {}
    missing = []
    for cls in wanted:
        hit = cache.fetch(_home(folder, clip, cls))
        if hit is None:
            missing.append(cls)
        else:
            signals[cls.name], outcomes[cls.name] = hit
    if missing:
        from vqa_toolkit.analyze import measure

        made = measure(media, missing, device, lambda _: None, lambda: False, cache=False)
        for cls in missing:
            signals[cls.name], outcomes[cls.name] = made.signals[cls.name], made.outcomes[cls.name]
            if made.outcomes[cls.name].status != "failed":
                cache.store(_home(folder, clip, cls), signals[cls.name].values(), outcomes[cls.name])
    return Measured(clip, media, signals, outcomes)


def _home(folder: Path, clip: Clip, cls: type[Detector]) -> Path:
    """Size is part of the name, so that a clip made anew under its old name is measured anew."""
    return folder / STORE / f"{cls.name}-{cls.version}" / f"{clip.id}-{clip.path.stat().st_size}.npz"


def _media(clip: Clip, folder: Path) -> MediaInfo | Outcome:
    from vqa_toolkit.media.probe import probe
    from vqa_toolkit.result import media_from_dict

    try:
        kept = folder / STORE / "media" / f"{clip.id}-{clip.path.stat().st_size}.json"
        if kept.is_file():
            raw = json.loads(kept.read_text(encoding="utf-8"))
            if raw.get("path") == str(clip.path):
                return media_from_dict(raw)
        media = probe(clip.path)
    except (MediaError, OSError) as exc:
        return Outcome("failed", str(exc))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(dataclasses.asdict(media)), encoding="utf-8")
    return media
