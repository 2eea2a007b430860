"""The app: page configuration and navigation. The server imports this file and serves ``app``; visitors run it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.starlette import App

from vqa_toolkit.ui.gate import BrowserCookie
from vqa_toolkit.ui.guard import LOOKS, show
from vqa_toolkit.ui.places import SECTIONS
from vqa_toolkit.ui.routes import lifespan, routes

if __name__ == "__main__":
    st.set_page_config(page_title="vqa toolkit", page_icon=str(LOOKS / "icon.svg"), layout="wide")
    st.logo(str(LOOKS / "logo.svg"), size="large", icon_image=str(LOOKS / "icon.svg"))
    first = SECTIONS[""][0]
    pages = {
        section: [
            st.Page(
                page.path, title=page.title, icon=f":material/{page.icon}:", url_path=page.name, default=page is first
            )
            for page in shown
        ]
        for section, shown in SECTIONS.items()
    }
    show(st.navigation(pages, position="top"))
else:
    app = App(Path(__file__), routes=routes(), middleware=[Middleware(BrowserCookie)], lifespan=lifespan)
