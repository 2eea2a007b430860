"""The last line before a person: a deliberate error is one sentence on the page, never a traceback."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Protocol

import streamlit as st

from vqa_toolkit.errors import VqaError
from vqa_toolkit.home import home
from vqa_toolkit.ui.words import plain

LOOKS = Path(__file__).parent
"""Where the app's icon and logo lie."""


class Runnable(Protocol):
    """A page that navigation chose."""

    def run(self) -> None:
        """Draw it."""


def show(page: Runnable) -> None:
    """Draw a page; say what went wrong when it cannot be drawn."""
    try:
        page.run()
    except VqaError as error:
        st.error(plain(str(error)), icon=":material/error:")
    except (OSError, sqlite3.OperationalError) as error:
        sentence = f"The data folder {home()} cannot be used ({error}). Check its disk and its permissions."
        st.error(plain(sentence), icon=":material/error:")
