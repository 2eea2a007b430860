"""Who may fetch what: a browser is known by a cookie, its requests by a signed token and by where they come from."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "vqa_browser"
COOKIE_DAYS = 3650
TOKEN_HOURS = 12.0
"""A token outlives a working day in one tab; a reload brings a new one."""

LOCAL_OWNER = "local"
"""Owner where no browser is involved: tests and scripts."""

_SECRET = secrets.token_bytes(32)
_COOKIE_VALUE = re.compile(r"[0-9a-f]{32}")


class BarredError(Exception):
    """A request that may not be served: HTTP status and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        self.sentence = sentence
        super().__init__(sentence)


def owner_of_cookie(value: object) -> str:
    """The owner that a browser's cookie stands for; the stored name does not reveal the cookie."""
    if not isinstance(value, str) or not _COOKIE_VALUE.fullmatch(value):
        return LOCAL_OWNER
    return hashlib.sha256(value.encode()).hexdigest()[:24]


def issue_token(owner: str, now: float | None = None) -> str:
    """A token ``owner.expiry.signature`` that our routes accept from this owner until it expires."""
    expiry = int((time.time() if now is None else now) + TOKEN_HOURS * 3600)
    return f"{owner}.{expiry}.{_signature(owner, expiry)}"


def owner_of_token(token: str, now: float | None = None) -> str:
    """The owner a token was issued to.

    Raises:
        BarredError: 403 when it was not issued by this server or has expired.
    """
    owner, _, rest = token.partition(".")
    expiry, _, signature = rest.partition(".")
    genuine = expiry.isdigit() and hmac.compare_digest(signature, _signature(owner, int(expiry)))
    if not genuine or int(expiry) < (time.time() if now is None else now):
        raise BarredError(403, "This page was opened before the app was restarted, or long ago. Reload it.")
    return owner


def admit(request: Request) -> str:
    """The owner behind a request to our routes.

    Raises:
        BarredError: 403 for a request that another site caused, or without a valid token.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none"):
        raise BarredError(403, "Only the app's own pages may ask for this.")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise BarredError(403, "Only the app's own pages may ask for this.")
    return owner_of_token(request.query_params.get("token", ""))


def _signature(owner: str, expiry: int) -> str:
    return hmac.new(_SECRET, f"{owner}|{expiry}".encode(), hashlib.sha256).hexdigest()


class BrowserCookie:
    """Gives every browser that has none a random cookie (not readable by scripts) on its first page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the cookie to the answer where it is due."""
        if scope["type"] != "http" or scope["method"] != "GET" or self._known(scope):
            await self.app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    value, age = secrets.token_hex(16), COOKIE_DAYS * 86400
                    headers.append("set-cookie", f"{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax")
            await send(message)

        await self.app(scope, receive, with_cookie)

    @staticmethod
    def _known(scope: Scope) -> bool:
        return _COOKIE_VALUE.fullmatch(HTTPConnection(scope).cookies.get(COOKIE, "")) is not None
