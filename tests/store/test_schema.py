"""The database is made once, however many ask for it at the same moment."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from vqa_toolkit.errors import ResultError
from vqa_toolkit.home import database
from vqa_toolkit.store.schema import opened, reading


def test_many_first_users_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for attempt in range(15):  # one in three failed before
        monkeypatch.setenv("VQA_HOME", str(tmp_path / str(attempt)))
        together, troubles = threading.Barrier(8), list[Exception]()

        def use(k: int, together: threading.Barrier = together, troubles: list[Exception] = troubles) -> None:
            together.wait()
            try:
                with opened() if k % 2 else reading() as db:
                    db.execute("SELECT count(*) FROM runs").fetchone()
            except Exception as error:  # noqa: BLE001  (a thread's failure is the test's)
                troubles.append(error)

        users = [threading.Thread(target=use, args=(k,)) for k in range(8)]
        for user in users:
            user.start()
        for user in users:
            user.join()
        assert troubles == []


def test_what_is_no_database_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VQA_HOME", str(tmp_path))
    database().parent.mkdir(parents=True, exist_ok=True)
    database().write_bytes(b"no database at all" * 100)
    with pytest.raises(ResultError, match="cannot be used as the toolkit's database"), opened():
        pass
