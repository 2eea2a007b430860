"""Lip sync on speakers and sources never trained on: 31-way protocol, known moves, in/out, impostors, baselines.

Run: ``python -m benchmarks.lipsync --pristine DIR [--cache DIR] [--quick]``; writes ``docs/lipsync_tables.md``.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from benchmarks.lipsync_report import report
from benchmarks.lipsync_rows import shortened
from vqa_toolkit.models.sync_net import SyncNet, load_sync_net
from vqa_toolkit.train.lipsync_split import folder_split


def main(arguments: Sequence[str] | None = None, out: Callable[[str], None] = print) -> None:
    """Measure everything and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pristine", type=Path, default=Path(os.environ.get("VQA_MEDIA", "../shared/media")))
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "vqa_lipsync_cache")
    parser.add_argument("--use", choices=("test", "validation"), default="test")
    parser.add_argument("--quick", action="store_true", help="every fourth clip")
    parser.add_argument("--write", type=Path, default=Path("docs/lipsync_tables.md"))
    chosen = parser.parse_args(arguments)
    split = folder_split(chosen.pristine / "talking", chosen.cache, out)
    clips = [c for c in getattr(split, chosen.use) if c.person]
    report(
        [shortened(c) for c in (clips[::4] if chosen.quick else clips)],
        load_sync_net(),
        _untrained(),
        chosen.pristine,
        chosen.cache,
        chosen.write,
        out,
    )


def _untrained() -> SyncNet:
    torch.manual_seed(0)
    net = SyncNet()
    net.train(False)
    return net


if __name__ == "__main__":
    main()
