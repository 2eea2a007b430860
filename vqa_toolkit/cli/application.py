"""``vqa app``: the app in a browser, from a checkout or from the files that travel in the wheel."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from vqa_toolkit.errors import MissingExtra, UsageError, VqaError

DEFAULT_PORT = 8501  # streamlit's own
ROOTS_VARIABLE = "VQA_ROOTS"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("app")(launch)


def launch(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens.")] = DEFAULT_PORT,
    host: Annotated[str, typer.Option(help="127.0.0.1 serves this machine only.")] = "127.0.0.1",
    path_root: Annotated[
        list[Path] | None, typer.Option(help="A folder whose clips may be opened by path; may be repeated.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> int:
    """Open the app in a browser."""
    folder = app_folder()
    if find_spec("streamlit") is None:
        raise MissingExtra("streamlit", "app", "The app")
    environment = {**os.environ, **roots(path_root or ())}
    print(f"The app starts at http://{host}:{port}. Ctrl+C ends it.", flush=True)
    return serve(command(folder, host, port, browser=browser), folder, environment)


def serve(line: list[str], folder: Path, environment: dict[str, str]) -> int:
    """Run the server in ``folder``, where its settings lie, in place of this process: signals then reach it directly."""
    if os.name == "posix":
        os.chdir(folder)
        os.execve(line[0], line, environment)
    try:
        return subprocess.call(line, cwd=folder, env=environment)
    except KeyboardInterrupt:
        return 0


def app_folder() -> Path:
    """The folder of ``app.py``: beside the package in a checkout, else inside the installed package.

    Raises:
        VqaError: neither is there.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package.parent, package / "_app"):
        if (folder / "app.py").is_file() and (folder / "pages").is_dir():
            return folder
    raise VqaError("The app's files are not part of this installation. Install vqa_toolkit from its wheel.")


def roots(folders: Sequence[Path]) -> Mapping[str, str]:
    """The environment that lets the app open clips below ``folders``.

    Raises:
        UsageError: one of them is no folder.
    """
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"--path-root {folder} is not a folder. Name one that holds clips.")
    return {ROOTS_VARIABLE: os.pathsep.join(str(f.resolve()) for f in folders)} if folders else {}


def command(folder: Path, host: str, port: int, *, browser: bool) -> list[str]:
    """What is run: streamlit of this very Python, on this app."""
    return [
        sys.executable, "-m", "streamlit", "run", str(folder / "app.py"), "--server.port", str(port),
        "--server.address", host, "--server.headless", "false" if browser else "true",
        "--logger.hideWelcomeMessage", "true",  # which brings hints to app authors into the page
    ]  # fmt: skip
