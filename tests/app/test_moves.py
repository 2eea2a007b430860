"""Moving to another finding outlives a rerun that carries the address of before, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from vqa_toolkit.ui import session

OLD, NEW = "0000aaaa", "0000bbbb"


class Query(dict[str, str]):
    def from_dict(self, values: dict[str, str]) -> None:
        self.clear()
        self.update(values)


def test_a_late_rerun_with_the_old_address_does_not_undo_a_move(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    page = SimpleNamespace(query_params=Query(run="1" * 16, finding=OLD, t="3"), session_state={})
    monkeypatch.setattr(session, "st", page)
    monkeypatch.setattr("vqa_toolkit.ui.session.time.monotonic", lambda: clock[0])
    assert session.asked("finding") == OLD
    session.move_to("1" * 16, NEW)
    assert session.asked("finding") == NEW
    page.query_params.from_dict({"run": "1" * 16, "finding": OLD, "t": "3"})  # what the browser still believes
    assert session.asked("finding") == NEW
    assert dict(page.query_params) == {"run": "1" * 16, "finding": NEW}
    session.move_to("1" * 16, OLD)  # and back at once is a move of its own
    assert session.asked("finding") == OLD
    clock[0] += session.STALE_S + 0.1
    page.query_params["finding"] = NEW  # a link followed later
    assert session.asked("finding") == NEW
