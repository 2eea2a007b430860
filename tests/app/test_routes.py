"""The app's own routes, asked as a browser would and as an attacker would."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette

from vqa_toolkit.errors import MediaRefused
from vqa_toolkit.store.clips import Clip, clip_of
from vqa_toolkit.store.runs import Run
from vqa_toolkit.ui import intake
from vqa_toolkit.ui.gate import LOCAL_OWNER, BarredError, issue_token, owner_of_cookie, owner_of_token
from vqa_toolkit.ui.routes import routes

CONTENT = bytes(range(256)) * 40
MEDIA = f"/vqa/media/{'c' * 64}"


class Browser:
    """Asks the routes as a browser on this machine does."""

    def get(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._ask("GET", path, **options))

    def put(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._ask("PUT", path, **options))

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as client:
            return await client.request(method, path, **options)


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def token() -> str:
    return issue_token(LOCAL_OWNER)


def test_media_come_in_ranges_of_the_file_itself(browser: Browser, clip: Clip, token: str) -> None:
    whole = browser.get(MEDIA, params={"token": token})
    part = browser.get(MEDIA, params={"token": token}, headers={"range": "bytes=100-199"})
    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert (part.status_code, part.content) == (206, CONTENT[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(CONTENT)}"
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["x-content-type-options"] == "nosniff"


def test_media_that_changed_are_not_served(browser: Browser, clip: Clip, token: str) -> None:
    clip.path.write_bytes(b"something else")
    assert browser.get(MEDIA, params={"token": token}).status_code == 410


@pytest.mark.parametrize(
    ("headers", "given"),
    [
        ({}, ""),
        ({}, "local.9999999999.0000"),
        ({}, issue_token(LOCAL_OWNER, now=0.0)),
        ({"origin": "https://evil.example"}, None),
        ({"origin": "null"}, None),
        ({"sec-fetch-site": "cross-site"}, None),
        ({"sec-fetch-site": "same-site"}, None),
    ],
    ids=["no token", "forged", "expired", "origin", "opaque origin", "cross site", "same site"],
)
def test_only_the_apps_own_pages_are_served(
    browser: Browser, clip: Clip, token: str, headers: dict[str, str], given: str | None
) -> None:
    answer = browser.get(MEDIA, params={"token": token if given is None else given}, headers=headers)
    assert answer.status_code == 403
    assert set(answer.json()) == {"error"}


def test_another_browser_gets_nothing(browser: Browser, clip: Clip, finished: Run) -> None:
    stranger = {"token": issue_token(owner_of_cookie("a" * 32))}
    assert browser.get(MEDIA, params=stranger).status_code == 404
    assert browser.get(f"/vqa/track/{finished.id}/black/dark", params=stranger).status_code == 400
    assert browser.get(f"/vqa/frames/{finished.id}", params=stranger).status_code == 400


@pytest.mark.parametrize(
    "name", ["/vqa/media/../../etc/passwd", "/vqa/media/..%2f..%2fetc%2fpasswd", "/vqa/media/x'--"]
)
def test_an_address_is_never_a_path(browser: Browser, clip: Clip, token: str, name: str) -> None:
    assert browser.get(name, params={"token": token}).status_code == 404


def test_an_upload_lands_under_a_name_of_the_servers(browser: Browser, token: str, home_folder: Path) -> None:
    evil = "..%2F..%2F%E2%80%AEevil%3Cb%3E" + "%C3%BC" * 300 + ".mp4"
    answer = browser.put("/vqa/upload", params={"token": token}, content=CONTENT, headers={"x-vqa-name": evil})
    assert answer.status_code == 200
    clip = clip_of(answer.json()["clip"], LOCAL_OWNER)
    assert clip.path == home_folder / "uploads" / clip.id / "media.bin"  # 200 characters cut the ending off
    assert clip.path.read_bytes() == CONTENT
    assert clip.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert clip.name.startswith("evil<b>ü") and len(clip.name) == 200


@pytest.mark.parametrize(
    ("content", "headers", "status", "said"),
    [
        (b"", {"content-length": "0"}, 400, "the file is empty"),
        (CONTENT, {"content-length": str(len(CONTENT) + 1)}, 400, "bytes arrived"),
        (CONTENT, {"content-length": str(3 << 30)}, 400, "at most 2.0 GiB can be uploaded"),
    ],
)
def test_an_upload_that_will_not_do_leaves_nothing(
    browser: Browser, token: str, home_folder: Path, content: bytes, headers: dict[str, str], status: int, said: str
) -> None:
    answer = browser.put(
        "/vqa/upload", params={"token": token}, content=content, headers={**headers, "x-vqa-name": "a.mp4"}
    )
    assert (answer.status_code, said in answer.json()["error"]) == (status, True)
    assert list((home_folder / "uploads").iterdir()) == []


def test_a_full_disk_refuses_before_a_byte_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = type("Usage", (), {"free": intake.SPARE_BYTES + 199})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    intake.check_room(99, "a.mp4", tmp_path)
    with pytest.raises(MediaRefused, match=r"the disk has 5\.0 GiB free"):
        intake.check_room(100, "a.mp4", tmp_path)


def test_broken_uploads_are_swept_after_a_day(home_folder: Path) -> None:
    part = home_folder / "uploads" / "x" / "media.mp4.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    born = part.stat().st_mtime
    assert intake.sweep(now=born + 86000) == 0
    assert intake.sweep(now=born + 86500) == 1
    assert not part.parent.exists()


def test_a_track_keeps_its_spike_however_few_columns(browser: Browser, finished: Run, token: str) -> None:
    address = f"/vqa/track/{finished.id}/black/dark"
    few = browser.get(address, params={"token": token, "columns": 8}).json()
    assert len(few["t"]) <= 16 and max(few["v"]) == 1.0
    near = browser.get(address, params={"token": token, "from": 4.0, "to": 4.2}).json()
    assert near["t"] == pytest.approx([3.96, 4.0, 4.04, 4.08, 4.12, 4.16, 4.2, 4.24])
    assert near["v"] == [0.0] + [1.0] * 7


def test_frame_times_are_the_decoders(browser: Browser, finished: Run, token: str) -> None:
    body = browser.get(f"/vqa/frames/{finished.id}", params={"token": token}).content
    assert np.frombuffer(body, "<f8").tolist() == (np.arange(250) / 25.0).tolist()


def test_a_map_is_bytes_from_nothing_to_full(browser: Browser, finished: Run, token: str) -> None:
    body = browser.get(f"/vqa/map/{finished.id}/black/map/4", params={"token": token}).content
    assert list(body) == [0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0]
    assert browser.get(f"/vqa/map/{finished.id}/black/map/10", params={"token": token}).status_code == 400


def test_a_token_speaks_for_one_owner_until_it_expires() -> None:
    token = issue_token("ann", now=1000.0)
    assert owner_of_token(token, now=1000.0 + 11 * 3600) == "ann"
    for wrong, now in ((token, 1000.0 + 13 * 3600), (token.replace("ann", "bob"), 1000.0), (json.dumps(token), 1000.0)):
        with pytest.raises(BarredError):
            owner_of_token(wrong, now=now)
