// Small things every part of the bench uses. Names from outside are only ever written with textContent.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  previous: "M6 5v14M19 5 9 12l10 7z", next: "M18 5v14M5 5l10 7-10 7z", back: "M15 5l-8 7 8 7", forward: "M9 5l8 7-8 7",
  play: "M7 4.5v15l13-7.5z", pause: "M7 5h4v14H7zM13.5 5h4v14h-4z", loop: "M4 11a7 7 0 0 1 12-5l2 2M18 4v4h-4M20 13a7 7 0 0 1-12 5l-2-2M6 20v-4h4",
  sound: "M4 9.5v5h4l5 4.5V5L8 9.5zM16.5 9a4.5 4.5 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11", mute: "M4 9.5v5h4l5 4.5V5L8 9.5zM17 9.5l5 5M22 9.5l-5 5",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4.2 4.2 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4.2 4.2 0 0 0 6 6l1-1",
  second_back: "M11 6l-6 6 6 6M19 6l-6 6 6 6", second_on: "M5 6l6 6-6 6M13 6l6 6-6 6", over: "M3 19l5-7 4 3 4-10 2 4M3 9h10M17 9h4M18.5 21V13M15.5 16l3-3 3 3",
  wider: "M5 12h14", closer: "M5 12h14M12 5v14", fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5", keys: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8",
};
const FILLED = new Set(["play", "pause"]);

function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  if (FILLED.has(name)) path.setAttribute("class", "filled");
  svg.append(path);
  return svg;
}

function iconButton(name, label, keys, act) {
  const title = keys ? `${label} (${keys})` : label;
  return make("button", { class: "icon", type: "button", "aria-label": label, title, onclick: act }, icon(name));
}

function clock(seconds, digits = 3) {
  if (!Number.isFinite(seconds)) return "–";
  const scale = 10 ** digits;
  const whole = Math.round(Math.max(0, seconds) * scale);
  const s = (whole % (60 * scale)) / scale;
  const m = Math.floor(whole / (60 * scale));
  const two = (n) => String(n).padStart(2, "0");
  const tail = s.toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return m >= 60 ? `${Math.floor(m / 60)}:${two(m % 60)}:${tail}` : `${two(m)}:${tail}`;
}

function parseClock(text) {
  const parts = text.trim().split(":").map(Number);
  if (!text.trim() || parts.some((n) => !Number.isFinite(n) || n < 0) || parts.length > 3) return null;
  return parts.reduce((sum, n) => sum * 60 + n, 0);
}

function amount(value, unit) {
  if (value === null || value === undefined) return "–";
  const text = Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-4) ? value.toPrecision(3) : String(+value.toPrecision(4));
  return unit ? `${text} ${unit}` : text;
}

// Index of the last item that is not later than the time; -1 before the first.
function lastAt(times, t) {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle + 1; else high = middle;
  }
  return low - 1;
}

function later(milliseconds, act) {
  let timer = 0;
  const soon = (...values) => { clearTimeout(timer); timer = setTimeout(() => act(...values), milliseconds); };
  soon.cancel = () => clearTimeout(timer);
  return soon;
}

// Fetches with a small memory: the newest answers by address.
class Fetcher {
  constructor(most) { this.most = most; this.kept = new Map(); }

  get(url, read) {
    if (this.kept.has(url)) return this.kept.get(url);
    const answer = fetch(url, { credentials: "same-origin" }).then((r) => (r.ok ? read(r) : null)).catch(() => null);
    this.kept.set(url, answer);
    if (this.kept.size > this.most) this.kept.delete(this.kept.keys().next().value);
    return answer;
  }
}
