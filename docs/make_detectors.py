"""Write docs/detectors/: one page per detector and an index, wholly from what the classes declare.

``python docs/make_detectors.py`` writes them; ``--check`` only says whether they are current (exit code 1 when not).
"""

from __future__ import annotations

import sys
from pathlib import Path

from vqa_toolkit.detectors import discover
from vqa_toolkit.report.catalogue import index, page

FOLDER = Path(__file__).resolve().parent / "detectors"


def pages() -> dict[str, str]:
    """File name → Markdown."""
    known = discover()
    return {"README.md": index(known.values()), **{f"{name}.md": page(cls) for name, cls in known.items()}}


def stale(folder: Path = FOLDER) -> list[str]:
    """Names of pages in ``folder`` that are missing, differ, or belong to no detector."""
    wanted = pages()
    there = {p.name: p.read_text("utf-8") for p in folder.glob("*.md")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(folder: Path = FOLDER) -> list[str]:
    """Make ``folder`` current; returns the names of what changed."""
    changed = stale(folder)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for name in changed:
        if name in wanted:
            (folder / name).write_text(wanted[name], "utf-8")
        else:
            (folder / name).unlink()
    return changed


def main() -> int:
    """Write or check."""
    if "--check" in sys.argv[1:]:
        found = stale()
        print("\n".join(f"{name} is not current: run python docs/make_detectors.py" for name in found))
        return 1 if found else 0
    print("\n".join(f"wrote {name}" for name in write()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
