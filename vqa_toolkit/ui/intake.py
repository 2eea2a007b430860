"""Taking files in: an upload streamed to disk, or a path under an allowed root. Names on disk are the server's."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from vqa_toolkit.errors import MediaError, MediaRefused, MediaUnreadable
from vqa_toolkit.home import folder
from vqa_toolkit.store.clips import Clip, add_clip, new_id

MAX_UPLOAD_BYTES = 2 << 30
"""Largest upload by default, 2 GiB; ``VQA_MAX_UPLOAD_BYTES`` changes it."""

SPARE_BYTES = 5 << 30
"""Free space that must remain beside twice the upload: results, signals, proxies and the rest of the machine."""

BLOCK_BYTES = 1 << 20
STALE_PART_S = 86400.0
MAX_NAME = 200

VIDEO_SUFFIXES = {
    ".mp4",
    ".m4v",
    ".mov",
    ".mkv",
    ".webm",
    ".avi",
    ".ts",
    ".m2ts",
    ".mts",
    ".mpg",
    ".mpeg",
    ".mxf",
    ".ogv",
}
SOUND_SUFFIXES = {".wav", ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".opus"}
SUFFIXES = VIDEO_SUFFIXES | SOUND_SUFFIXES
"""Endings kept on disk, because browsers and people read them; anything else becomes ``.bin``. None is trusted."""


def max_upload_bytes() -> int:
    """Largest upload that is taken, bytes."""
    return int(os.environ.get("VQA_MAX_UPLOAD_BYTES", MAX_UPLOAD_BYTES))


def shown_name(name: str) -> str:
    """A file name as text to show: last component, no control or direction characters, at most 200 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return text[:MAX_NAME] or "unnamed clip"


def check_room(size: int, name: str, where: Path) -> None:
    """Refuse an upload that is empty, too large, or for which the disk has no room.

    Raises:
        MediaRefused: saying which, and what to do.
    """
    if size <= 0:
        raise MediaUnreadable(name, "the file is empty", "Choose another file")
    most = max_upload_bytes()
    if size > most:
        raise MediaRefused(
            name, f"it is {_gib(size)}, and at most {_gib(most)} can be uploaded", "Open it by its path, or cut it"
        )
    free = shutil.disk_usage(where).free
    if free < 2 * size + SPARE_BYTES:
        raise MediaRefused(
            name,
            f"the disk has {_gib(free)} free and this upload needs {_gib(2 * size + SPARE_BYTES)} to be safe",
            "Free some space, or open the file by its path",
        )


async def receive(blocks: AsyncIterator[bytes], *, declared: int, name: str, owner: str) -> Clip:
    """Stream an upload to disk at flat memory, hashing as it comes; half an upload leaves nothing behind.

    Raises:
        MediaRefused: when it is too large, or longer or shorter than ``declared`` bytes.
    """
    name = shown_name(name)
    check_room(declared, name, folder("uploads"))
    clip_id = new_id()
    suffix = Path(name).suffix.lower()
    target = folder("uploads") / clip_id / f"media{suffix if suffix in SUFFIXES else '.bin'}"
    part = target.with_name(target.name + ".part")
    target.parent.mkdir()
    try:
        sha256 = await _written(blocks, part, declared, name)
        part.replace(target)
        return await run_in_threadpool(
            add_clip, target, owner=owner, name=name, origin="upload", sha256=sha256, clip_id=clip_id
        )
    except BaseException:
        shutil.rmtree(target.parent, ignore_errors=True)
        raise


async def _written(blocks: AsyncIterator[bytes], part: Path, declared: int, name: str) -> str:
    digest, count, held = hashlib.sha256(), 0, bytearray()
    with part.open("wb") as file:

        def flush() -> None:
            digest.update(held)
            file.write(held)
            held.clear()

        async for block in blocks:
            count += len(block)
            if count > declared:
                raise MediaRefused(name, "more arrived than was announced", "Upload it again")
            held += block
            if len(held) >= BLOCK_BYTES:
                await run_in_threadpool(flush)
        await run_in_threadpool(flush)
    if count != declared:
        raise MediaRefused(name, f"only {count} of {declared} bytes arrived", "Upload it again")
    return digest.hexdigest()


def allowed_roots() -> tuple[Path, ...]:
    """Folders whose files may be opened by path: ``VQA_ROOTS`` (separated as ``PATH`` is), else the person's home."""
    chosen = os.environ.get("VQA_ROOTS")
    roots = chosen.split(os.pathsep) if chosen else [str(Path.home())]
    return tuple(Path(r).expanduser().resolve() for r in roots if r)


def path_under_roots(text: str) -> Path:
    """The file a person named, resolved through all links.

    Raises:
        MediaError: when it is not there, not a file, or outside the allowed roots.
    """
    cleaned = text.strip().strip("\"'")
    if not cleaned or "\0" in cleaned:
        raise MediaUnreadable("path", "no path was given", "Type the full path of a media file")
    try:
        path = Path(cleaned).expanduser().resolve()
        inside = any(path.is_relative_to(root) for root in allowed_roots())
        if not inside:
            roots = ", ".join(str(r) for r in allowed_roots())
            raise MediaRefused(
                cleaned, f"only files under {roots} may be opened by path", "Move it there, upload it, or set VQA_ROOTS"
            )
        if path.is_dir():
            raise MediaUnreadable(cleaned, "this is a folder", "Name a file inside it")
        if not path.is_file():
            raise MediaUnreadable(cleaned, "there is no file with this path", "Check the spelling")
    except (OSError, RuntimeError, ValueError) as error:
        raise MediaError(cleaned[:MAX_NAME], "this path cannot be read", "Check the spelling") from error
    return path


def sweep(now: float | None = None) -> int:
    """Remove uploads that were broken off more than a day ago; returns how many."""
    moment = time.time() if now is None else now
    removed = 0
    for part in folder("uploads").glob("*/*.part"):
        if moment - part.stat().st_mtime > STALE_PART_S:
            shutil.rmtree(part.parent, ignore_errors=True)
            removed += 1
    return removed


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**29 else f"{size / 2**20:.1f} MiB"
