"""The command ``vqa``: one thin file per verb, found by walking this folder; each exports ``register(app)``.

Exit codes: 0 pass · 1 incomplete or error · 2 a finding at or above ``--fail-on`` · 3 bad configuration · 5 bad usage.
Data goes to stdout; progress and errors go to stderr, an error as one sentence and never as a traceback.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from types import TracebackType

import typer
from typer._click.exceptions import ClickException

from vqa_toolkit.errors import VqaError

EXIT_ERROR, EXIT_FOUND, EXIT_CONFIGURATION, EXIT_USAGE = 1, 2, 3, 5
INTERRUPTED = 130  # what typer makes of Ctrl-C


def build() -> typer.Typer:
    """The command line with every verb of this folder."""
    built = typer.Typer(
        name="vqa", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich",
        help="Says what is wrong with a video, when, how badly, and shows it.",
        context_settings={"help_option_names": ["-h", "--help"]},
    )  # fmt: skip
    built.callback()(_version_option)
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")):
        importlib.import_module(f"{__name__}.{module}").register(built)
    return built


def _show_version(wanted: bool) -> None:
    if wanted:
        from vqa_toolkit.version import __version__

        print(f"vqa_toolkit {__version__}")
        raise typer.Exit


def _version_option(
    version: bool = typer.Option(False, "--version", help="Print the version.", callback=_show_version, is_eager=True),
) -> None:
    """Says what is wrong with a video, when, how badly, and shows it."""


app = build()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (``sys.argv`` when None) and return its exit code."""
    if not os.environ.get("VQA_TRACEBACK"):
        sys.excepthook = _unexpected
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows a replacement, not a traceback
    try:
        # Not app(): that would put typer's own traceback printer in place of ours.
        code = typer.main.get_command(app).main(None if argv is None else list(argv), "vqa", standalone_mode=False)
        sys.stdout.flush()
    except ClickException as exc:
        return _fail(f"{exc.format_message()} Try: vqa --help", EXIT_USAGE)
    except VqaError as exc:
        return _fail(str(exc), exc.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return _fail("Stopped.", EXIT_ERROR)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains when it closes
        return EXIT_ERROR
    except OSError as exc:
        return _fail(f"{exc.filename or 'A file'}: {exc.strerror or exc}.", EXIT_ERROR)
    if code == INTERRUPTED:
        return _fail("Stopped.", EXIT_ERROR)
    return code if isinstance(code, int) else 0


def _fail(sentence: str, code: int) -> int:
    from vqa_toolkit.figures.clock import printable

    print(f"vqa: {printable(sentence)}", file=sys.stderr)
    return code


def _unexpected(kind: type[BaseException], error: BaseException, _where: TracebackType | None) -> None:
    _fail(
        f"Unexpected {kind.__name__}: {error}. This is a fault of vqa_toolkit: please report it, with what "
        "VQA_TRACEBACK=1 shows when set.",
        EXIT_ERROR,
    )
