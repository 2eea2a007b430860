"""What is kept: clips, runs, findings and reviews in SQLite, results as files. Everything lives under ``VQA_HOME``."""

from vqa_toolkit.store.clips import Clip, add_clip, clip_of, clip_with_sha256, clips_of, new_id, note_sha256
from vqa_toolkit.store.findings import Review, add_review, finding_ids, keep_findings, reviews_of, standing
from vqa_toolkit.store.runs import Run, enqueue, position, request_cancel, result_path, run_of, runs_of

__all__ = [
    "Clip",
    "Review",
    "Run",
    "add_clip",
    "add_review",
    "clip_of",
    "clip_with_sha256",
    "clips_of",
    "enqueue",
    "finding_ids",
    "keep_findings",
    "new_id",
    "note_sha256",
    "position",
    "request_cancel",
    "result_path",
    "reviews_of",
    "run_of",
    "runs_of",
    "standing",
]
