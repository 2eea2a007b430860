"""The app's own routes, beside Streamlit's: uploads to disk, media by range, tracks and maps of a stored result."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from vqa_toolkit.errors import VqaError
from vqa_toolkit.store.clips import clip_with_sha256
from vqa_toolkit.store.runs import proxy_path, run_of
from vqa_toolkit.ui import evidence
from vqa_toolkit.ui.gate import BarredError, admit
from vqa_toolkit.ui.intake import receive, sweep
from vqa_toolkit.ui.lookup import moved_path, spectrum_strip

if TYPE_CHECKING:
    from streamlit.starlette import App

Handler = Callable[[Request, str], Awaitable[Response]]

GUARD_HEADERS = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "sandbox; default-src 'none'; media-src 'self'",
    "content-encoding": "identity",  # byte ranges must be ranges of the file itself, never of a compressed copy
}

BAD_REQUEST, GONE, SERVER_ERROR = 400, 410, 500
MOST_LIMITS = 16
"""Limits that one curve may be asked about at once: more than any detector declares in one unit."""


def guarded(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Admit the request, then turn deliberate errors into one sentence with the right status."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request, admit(request))
        except BarredError as error:
            return JSONResponse({"error": error.sentence}, status_code=error.status)
        except ClientDisconnect:
            return Response(status_code=BAD_REQUEST)
        except VqaError as error:
            return JSONResponse({"error": str(error)}, status_code=BAD_REQUEST)
        except OSError as error:
            sentence = f"The server could not read or write a file ({error.strerror}). Check its disk."
            return JSONResponse({"error": sentence}, status_code=SERVER_ERROR)

    return answer


async def upload(request: Request, owner: str) -> Response:
    """PUT the body of a file; ``x-vqa-name`` carries its percent-encoded name. Answers with the clip's id."""
    declared = request.headers.get("content-length", "")
    if not declared.isdigit():
        raise BarredError(411, "The upload must say how long it is.")
    name = unquote(request.headers.get("x-vqa-name", ""))
    clip = await receive(request.stream(), declared=int(declared), name=name, owner=owner)
    return JSONResponse({"clip": clip.id})


async def media(request: Request, owner: str) -> Response:
    """The owner's file with this SHA-256; answers Range requests with 206."""
    clip = await run_in_threadpool(clip_with_sha256, request.path_params["sha256"], owner)
    if clip is None:
        raise BarredError(404, "There is no such clip in this browser's library.")
    if clip.missing:
        raise BarredError(GONE, clip.missing)
    kind = mimetypes.guess_type(clip.path.name)[0] or "application/octet-stream"
    return FileResponse(clip.path, media_type=kind, headers={**GUARD_HEADERS, "cache-control": "private, no-cache"})


async def proxy(request: Request, owner: str) -> Response:
    """The playable copy of a run's clip; answers Range requests with 206."""
    run = await run_in_threadpool(run_of, request.path_params["run"], owner)
    path = proxy_path(run.id)
    if not path.is_file():
        raise BarredError(404, "No playable copy was made of this clip.")
    return FileResponse(path, media_type="video/mp4", headers={**GUARD_HEADERS, "cache-control": "private, no-cache"})


async def track(request: Request, owner: str) -> Response:
    """One signal between two times as min/max pairs per pixel column."""
    q, p = request.query_params, request.path_params
    span = (_number(q.get("from", "0")), _number(q.get("to", "inf")))
    columns = int(_number(q.get("columns", "1000")))
    body = await run_in_threadpool(evidence.track_json, p["run"], owner, p["detector"], p["signal"], span, columns)
    return Response(body, media_type="application/json", headers={"cache-control": "private, max-age=3600"})


async def beyond(request: Request, owner: str) -> Response:
    """When a curve next passes a limit, as JSON ``{"t": seconds or null}``."""
    q, p = request.query_params, request.path_params
    after, direction = _number(q.get("after", "0")), 1 if q.get("direction", "1") == "1" else -1
    limits = [_number(text) for text in q.getlist("limit")][:MOST_LIMITS]
    t = await run_in_threadpool(
        evidence.next_beyond, p["run"], owner, p["detector"], p["signal"], limits, after, direction
    )
    return JSONResponse({"t": t})


async def spectrum(request: Request, owner: str) -> Response:
    """The spectrogram of a run's clip between two times, as a strip: rows × columns bytes, the highest tone on top."""
    q = request.query_params
    span = (_number(q.get("from", "0")), _number(q.get("to", "inf")))
    columns = int(_number(q.get("columns", "1000")))
    rows, wide, body = await run_in_threadpool(spectrum_strip, request.path_params["run"], owner, span, columns)
    headers = {"x-vqa-shape": f"{rows}x{wide}", "cache-control": "private, max-age=3600"}
    return Response(body, media_type="application/octet-stream", headers=headers)


async def sound_moved(request: Request, owner: str) -> Response:
    """The copy of a run's clip with its sound moved; answers Range requests with 206."""
    run = await run_in_threadpool(run_of, request.path_params["run"], owner)
    path = moved_path(run.id)
    if not path.is_file():
        raise BarredError(404, "No copy with moved sound was made of this clip.")
    kind = mimetypes.guess_type(path.name)[0] or "video/mp4"
    return FileResponse(path, media_type=kind, headers={**GUARD_HEADERS, "cache-control": "private, no-cache"})


async def strip(request: Request, owner: str) -> Response:
    """A strip between two times as rows × columns bytes; the header ``x-vqa-shape`` holds both."""
    q, p = request.query_params, request.path_params
    span = (_number(q.get("from", "0")), _number(q.get("to", "inf")))
    columns = int(_number(q.get("columns", "1000")))
    rows, wide, body = await run_in_threadpool(
        evidence.strip_image, p["run"], owner, p["detector"], p["signal"], span, columns
    )
    headers = {"x-vqa-shape": f"{rows}x{wide}", "cache-control": "private, max-age=3600"}
    return Response(body, media_type="application/octet-stream", headers=headers)


async def heatmap(request: Request, owner: str) -> Response:
    """One map of a stack as bytes, rows × columns, 0 to 255."""
    p = request.path_params
    body = await run_in_threadpool(evidence.map_bytes, p["run"], owner, p["detector"], p["signal"], p["item"])
    return Response(body, media_type="application/octet-stream", headers={"cache-control": "private, max-age=3600"})


async def frames(request: Request, owner: str) -> Response:
    """Presentation time of every picture as little-endian float64, seconds."""
    result = await run_in_threadpool(evidence.result_of, request.path_params["run"], owner)
    body = evidence.frame_times(result).astype("<f8").tobytes()
    return Response(body, media_type="application/octet-stream", headers={"cache-control": "private, max-age=3600"})


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BarredError(BAD_REQUEST, "A number was expected.") from None


def routes() -> list[Route]:
    """All of them, for ``streamlit.starlette.App``."""
    return [
        Route("/vqa/upload", guarded(upload), methods=["PUT"]),
        Route("/vqa/media/{sha256}", guarded(media), methods=["GET"]),
        Route("/vqa/proxy/{run}", guarded(proxy), methods=["GET"]),
        Route("/vqa/frames/{run}", guarded(frames), methods=["GET"]),
        Route("/vqa/track/{run}/{detector}/{signal}", guarded(track), methods=["GET"]),
        Route("/vqa/strip/{run}/sound/spectrum", guarded(spectrum), methods=["GET"]),
        Route("/vqa/strip/{run}/{detector}/{signal}", guarded(strip), methods=["GET"]),
        Route("/vqa/beyond/{run}/{detector}/{signal}", guarded(beyond), methods=["GET"]),
        Route("/vqa/moved/{run}", guarded(sound_moved), methods=["GET"]),
        Route("/vqa/map/{run}/{detector}/{signal}/{item:int}", guarded(heatmap), methods=["GET"]),
    ]


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """Around the server's life: sweep broken uploads, serve the queue; at the end stop the workers."""
    from streamlit.runtime.pages_manager import PagesManager

    from vqa_toolkit import jobs
    from vqa_toolkit.jobs import aside

    # Streamlit takes any folder named pages for its old way of navigating until st.navigation has run once, and
    # greets a deep link that comes first with "page not found" (measured with 1.67).
    PagesManager.uses_pages_directory = False
    await run_in_threadpool(sweep)
    jobs.serve(jobs.device_for("auto"))
    try:
        yield
    finally:
        await run_in_threadpool(jobs.stop_all)
        await run_in_threadpool(aside.stop)
