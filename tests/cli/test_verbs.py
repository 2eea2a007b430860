"""The other verbs, the help and the start."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vqa_toolkit.cli import application, main
from vqa_toolkit.cli.train import PURPOSES, changed
from vqa_toolkit.core import limit_fields
from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import ConfigurationError
from vqa_toolkit.report.catalogue import page

Run = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]
START = "import sys; from vqa_toolkit.cli import main; sys.exit(main())"


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_help_loads_nothing_heavy() -> None:
    heavy = ("torch", "streamlit", "plotly", "pandas", "scipy", "av", "cv2", "librosa", "pyarrow")
    script = f"from vqa_toolkit.cli import main; import sys; main(['--help']); print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout.splitlines()[-1] == "[]"
    assert all(verb in ran.stdout for verb in ("analyze", "detectors", "report", "app", "train"))


def test_help_takes_less_than_a_second_of_processor_time() -> None:
    before = os.times()
    assert start("--help").returncode == 0
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent < 1.0  # processor time, because the machine may be busy with something else


def test_version(vqa: Run) -> None:
    from vqa_toolkit import __version__

    assert vqa("--version").out == f"vqa_toolkit {__version__}\n"


def test_an_unexpected_error_is_one_sentence_without_a_traceback() -> None:
    script = "import sys\nfrom vqa_toolkit.cli import app, main\n" + (
        "@app.command()\ndef broken():\n    raise ValueError('odd')\nsys.exit(main(['broken']))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith("vqa: Unexpected ValueError: odd.")


def test_completion_is_offered() -> None:
    environment = {**os.environ, "_VQA_COMPLETE": "complete_bash", "COMP_WORDS": "vqa an", "COMP_CWORD": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout.split() == ["analyze"]


def test_detectors_lists_every_detector_with_its_limits(vqa: Run) -> None:
    listed = json.loads(vqa("detectors", "--format", "json").out)
    assert [d["name"] for d in listed] == list(discover())
    text = vqa("detectors").out
    for name, cls in discover().items():
        assert f"{name} — {cls.title}. Finds: {', '.join(cls.defects)}" in text
        assert all(meta["origin"] in text for _, meta in limit_fields(cls.limits))


def test_one_detector_in_full(vqa: Run) -> None:
    text = vqa("detectors", "black").out
    cls = discover()["black"]
    for name, meta in limit_fields(cls.limits):
        assert f"{name} = {meta['default']:g} {meta['unit']}".rstrip() in text
        assert f"--set black.{name}={meta['default']:g}" in text
        assert meta["doc"] in text
    assert page(cls).startswith(f"# {cls.title}\n\n`black`, version {cls.version}.")


def test_app_runs_streamlit_on_the_packaged_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    called: dict[str, Any] = {}

    def serve(line: list[str], folder: Path, environment: dict[str, str]) -> int:
        called.update(command=line, cwd=folder, env=environment)
        return 0

    monkeypatch.setattr(application, "serve", serve)
    assert main(["app", "--port", "8123", "--host", "0.0.0.0", "--path-root", str(tmp_path), "--no-browser"]) == 0
    assert "http://0.0.0.0:8123" in capsys.readouterr().out
    assert called["command"][:4] == [sys.executable, "-m", "streamlit", "run"]
    assert Path(called["command"][4]) == called["cwd"] / "app.py"
    assert called["command"][5:] == [
        "--server.port", "8123", "--server.address", "0.0.0.0", "--server.headless", "true",
        "--logger.hideWelcomeMessage", "true",
    ]  # fmt: skip
    assert called["env"]["VQA_ROOTS"] == str(tmp_path.resolve())
    assert (called["cwd"] / ".streamlit" / "config.toml").is_file()
    configured = tomllib.loads((called["cwd"] / ".streamlit" / "config.toml").read_text("utf-8"))
    assert configured["server"]["showEmailPrompt"] is False  # a first start must not wait for an answer in the terminal


def test_the_server_takes_the_place_of_the_command(tmp_path: Path) -> None:
    line = [sys.executable, "-c", "import os; print(os.getpid(), os.getcwd(), os.environ['MARK'])"]
    script = (
        "import os; from pathlib import Path; from vqa_toolkit.cli.application import serve; "
        "print(os.getpid(), flush=True); "
        f"serve({line!r}, Path({str(tmp_path)!r}), {{**os.environ, 'MARK': 'here'}})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    before, after = ran.stdout.splitlines()
    assert after.split() == [before, str(tmp_path.resolve()), "here"]


def test_the_app_is_found_inside_an_installed_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = tmp_path / "vqa_toolkit" / "cli" / "application.py"
    packaged = tmp_path / "vqa_toolkit" / "_app"
    for folder in (module.parent, packaged / "pages"):
        folder.mkdir(parents=True)
    (packaged / "app.py").touch()
    monkeypatch.setattr(application, "__file__", str(module))
    assert application.app_folder() == packaged.resolve()


@dataclass(frozen=True)
class Recipe:
    """Stands in for a network's recipe."""

    seed: int = 7
    rate: float = 0.1
    rounds: tuple[float, ...] = (0.5,)


def test_a_recipe_takes_changes_of_its_own_types() -> None:
    assert changed(Recipe(), ["seed=3", "rate=1e-3"]) == Recipe(seed=3, rate=1e-3)
    for wrong, said in (("seed=x", "takes a int"), ("speed=1", "It has: seed"), ("rounds=1", "cannot be set")):
        with pytest.raises(ConfigurationError, match=said):
            changed(Recipe(), [wrong])


@pytest.mark.parametrize("network", PURPOSES)
def test_train_has_a_verb_per_network(vqa: Run, network: str) -> None:
    ran = vqa("train", network, "--help")
    assert ran.code == 0
    assert PURPOSES[network][0] in " ".join(ran.out.replace("│", " ").split())


@pytest.mark.parametrize("network", PURPOSES)
def test_train_calls_the_network_s_own_training(
    vqa: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, network: str
) -> None:
    called: list[Any] = []

    def stand_in(media: Any, out: Path, *, recipe: Recipe, device: str, **tell: Callable[[str], None]) -> None:
        called.append((media, out, recipe, device))
        next(iter(tell.values()))("step 1")

    module = SimpleNamespace(Recipe=Recipe, train=stand_in)
    monkeypatch.setitem(sys.modules, f"vqa_toolkit.train.{network}", module)
    ran = vqa(
        "train", network, PURPOSES[network][1], tmp_path, "-o", tmp_path / "out", "--device", "cpu", "--set", "seed=3"
    )
    assert ran == (0, f"{tmp_path / 'out'}\n", "step 1\n")
    media = [tmp_path] if network == "artifacts" else tmp_path
    assert called == [(media, tmp_path / "out", Recipe(seed=3), "cpu")]


@pytest.mark.parametrize("network", PURPOSES)
def test_every_training_can_be_called_so(network: str) -> None:
    module = importlib.import_module(f"vqa_toolkit.train.{network}")
    media = [Path("x")] if network == "artifacts" else Path("x")
    tell = {"say" if network == "artifacts" else "report": print}
    bound = inspect.signature(module.train).bind(media, Path("out"), recipe=module.Recipe(), device="cpu", **tell)
    assert bound.arguments["out"] == Path("out")
