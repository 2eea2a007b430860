"""Two captures beside each other, played together: one control moves both, B at its own time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

HTML = """
<div class="pair">
  <figure>
    <video class="a" playsinline preload="auto" aria-label="Capture A"></video><figcaption>A <span></span></figcaption>
  </figure>
  <figure>
    <video class="b" playsinline muted preload="auto" aria-label="Capture B"></video><figcaption>B <span></span></figcaption>
  </figure>
</div>
<div class="bar">
  <button type="button" class="play" aria-label="Play both">Play</button>
  <button type="button" class="back" aria-label="One frame back">&lsaquo;</button>
  <button type="button" class="next" aria-label="One frame on">&rsaquo;</button>
  <input type="range" class="at" min="0" value="0" step="0.04" aria-label="Time in A, seconds">
</div>
"""
CSS = """
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; }
figure { margin: 0; border-radius: 10px; overflow: hidden; border: 1px solid var(--st-border-color); background: #05070a; }
video { display: block; width: 100%; max-height: 40vh; }
figcaption { padding: 4px 10px; font: 13px/1.5 var(--st-font); color: #d5dbe3; font-variant-numeric: tabular-nums; }
.bar { display: flex; gap: 8px; align-items: center; margin-top: 8px; }
.at { flex: 1; accent-color: var(--st-primary-color); }
button { font: 14px var(--st-font); padding: 4px 12px; border-radius: 8px; border: 1px solid var(--st-border-color);
         background: var(--st-background-color); color: var(--st-text-color); cursor: pointer; }
"""
SCRIPT = """
export default function ({ data, parentElement }) {
  const one = s => parentElement.querySelector(s);
  const a = one("video.a"), b = one("video.b"), at = one(".at"), play = one(".play");
  const show = () => {
    one("figure:first-child span").textContent = a.currentTime.toFixed(2) + " s";
    one("figure:last-child span").textContent = b.currentTime.toFixed(2) + " s";
    if (document.activeElement !== at || !a.paused) at.value = a.currentTime;
  };
  const other = () => Math.max(0, a.currentTime - a.shift);
  const follow = far => { if (Math.abs(b.currentTime - other()) > far) b.currentTime = other(); show(); };
  a.shift = data.shift;
  if (a.dataset.url !== data.a) { a.dataset.url = data.a; a.src = data.a; }
  if (b.dataset.url !== data.b) { b.dataset.url = data.b; b.src = data.b; }
  a.onloadedmetadata = () => { at.max = a.duration; a.currentTime = Math.max(0, data.shift); };
  b.onloadedmetadata = () => follow(0);
  a.onseeked = () => follow(0.01);
  a.ontimeupdate = () => follow(a.paused ? 0.01 : 0.12);
  a.onplay = () => { follow(0); b.play(); play.textContent = "Pause"; };
  a.onpause = () => { b.pause(); follow(0); play.textContent = "Play"; };
  b.onseeked = show;
  play.onclick = () => a.paused ? a.play() : a.pause();
  one(".back").onclick = () => { a.pause(); a.currentTime -= 0.04; };
  one(".next").onclick = () => { a.pause(); a.currentTime += 0.04; };
  at.oninput = () => { a.currentTime = Number(at.value); };
  follow(0);
}
"""


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("vqa_side_by_side", html=HTML, css=CSS, js=SCRIPT)


def show_side_by_side(a: str, b: str, shift: float, *, key: str) -> None:
    """Media at addresses ``a`` and ``b``; B's time + ``shift`` (s) is A's."""
    _component()(data={"a": a, "b": b, "shift": shift}, key=key)
