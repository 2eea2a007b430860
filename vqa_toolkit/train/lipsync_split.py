"""Who is trained on, who chooses, who judges: no person and no held-out source in two of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vqa_toolkit.errors import UsageError
from vqa_toolkit.train.lipsync_cut import cut_folder, described
from vqa_toolkit.train.lipsync_data import TalkingClip

# Sources of the development folder that the packaged weights never saw; by corpus, so that cameras and rooms differ too.
TEST_SOURCES = (
    "guanjz20/guanjz20.github.io", "filby89/spectre", "AV-TranSpeech/AV-TranSpeech.github.io", "choijeongsoo/av2av",
    "sstzal/DFRF", "ImperialCollegeLondon/sap-elospheres-audiovisual-test", "mtanveer1/AVCrossNet",
    "Sindhu-Hegde/multivsr", "kugelblitz779/AzureVideoIndexer", "yerfor/Real3DPortrait", "jixinya/EAMM",
    "kagaminccino/LAVSE", "reynoso-geronimo/idaclass", "HumanMLLM/HumanOmni", "skrantidatta/LIPINC",
    "EBSpace/crimeScene", "yerfor/MimicTalk",
)  # fmt: skip
VALIDATION_SOURCES = ("choijeongsoo/lip2speech-unit", "liutaocode/DiffDub")
VALIDATION_CORPUS, VALIDATION_EVERY = "karenyang/", 9  # every ninth person of the largest corpus chooses besides
TEST_BLOCK, BLOCK_GAP = (16_500, 10**9), 300  # numbers of unlabelled clips: neighbours tend to be one person
SURE = 0.2  # confidence from which a manifest's own offset is a starting point
VALIDATION_SHARE, TEST_SHARE = 0.1, 0.25  # of people, in a folder that says nothing about sources


@dataclass(frozen=True)
class Split:
    """Clips by use."""

    train: list[TalkingClip]
    validation: list[TalkingClip]
    test: list[TalkingClip]


def folder_split(folder: Path, cache: Path, report: Callable[[str], None]) -> Split:
    """Cut every clip of ``folder`` into ``cache`` and split: by the sources above where a manifest names them, else by person.

    Raises:
        UsageError: when fewer than four people are left to train on.
    """
    rows = described(folder)
    clips = [load_clip(path.name, npz, rows.get(path.name, {})) for path, npz in cut_folder(folder, cache, report)]
    if any(c.source in TEST_SOURCES for c in clips):
        chosen = sorted({c.person for c in clips if c.source.startswith(VALIDATION_CORPUS)})[::VALIDATION_EVERY]
        split = split_clips(clips, TEST_SOURCES, VALIDATION_SOURCES, chosen)
    else:
        split = _by_person(clips)
    if len({c.person or c.name for c in split.train}) < 4:
        raise UsageError(f"{folder} holds too few people: at least four with a face and sound are needed to train on.")
    return split


def load_clip(name: str, npz: Path, row: dict[str, str]) -> TalkingClip:
    """A cut clip with what the manifest says of it; without a manifest the name up to its first ``_`` is the person."""
    held = np.load(npz)
    sure = float(row.get("confidence") or 0)
    return TalkingClip(
        Path(name).stem, row.get("source", ""), row.get("person", "") if row else name.split("_")[0], int(held["k0"]),
        held["crops"], held["mel"], float(row.get("offset_frames") or 0) if sure >= SURE else 0.0, sure,
    )  # fmt: skip


def split_clips(
    clips: Sequence[TalkingClip],
    test_sources: Iterable[str],
    validation_sources: Iterable[str],
    validation_people: Iterable[str] = (),
) -> Split:
    """Split by source, then by person; clips without a person by blocks of their numbers with a gap left out."""  # fmt: skip
    test_s, val_s, val_p = set(test_sources), set(validation_sources), set(validation_people)
    low, high = TEST_BLOCK
    test = [c for c in clips if c.source in test_s or low <= c.block < high]
    people = {c.person for c in test} - {""}
    validation = [
        c for c in clips
        if (c.source in val_s or c.person in val_p) and c.source not in test_s and c.person not in people
    ]  # fmt: skip
    taken = people | {c.person for c in validation}
    train = [
        c for c in clips
        if c.source not in test_s | val_s
        and (c.person not in taken or not c.person)
        and not low - BLOCK_GAP <= c.block < high + BLOCK_GAP
    ]  # fmt: skip
    return Split(train, validation, test)


def _by_person(clips: Sequence[TalkingClip]) -> Split:
    def place(clip: TalkingClip) -> float:
        return int(hashlib.sha256(clip.person.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF

    test = [c for c in clips if place(c) < TEST_SHARE]
    validation = [c for c in clips if TEST_SHARE <= place(c) < TEST_SHARE + VALIDATION_SHARE]
    return Split([c for c in clips if place(c) >= TEST_SHARE + VALIDATION_SHARE], validation, test)
