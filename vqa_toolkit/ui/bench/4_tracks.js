// One row per detector over one axis of time, and one cursor over all rows.

const ROW_PX = 54, LABEL_PX = 176, MIN_FRAMES_PX = 8, WHEEL_STEP = 1.2;

async function readStrip(answer) {
  const [rows, columns] = answer.headers.get("x-vqa-shape").split("x").map(Number);
  const bytes = new Uint8Array(await answer.arrayBuffer()), image = new ImageData(columns, rows);
  for (let i = 0; i < bytes.length; i++) image.data.set([...heatColour(bytes[i] / 255), 255], 4 * i);
  return createImageBitmap(image);
}

class Tracks {
  constructor(host) {
    this.host = host; // { seek(t), pick(id), state }
    this.rows = [];
    this.fetcher = new Fetcher(400);
    this.all = false;
    this.ruler = make("canvas", { class: "ruler", "aria-hidden": "true" });
    this.list = make("div", { class: "rows" });
    this.cursor = make("div", { class: "cursor", "aria-hidden": "true" });
    this.readout = make("div", { class: "readout", "aria-hidden": "true", hidden: true });
    this.more = make("button", { class: "quiet", type: "button", onclick: () => { this.all = !this.all; this.build(); } });
    this.body = make("div", { class: "tracks", role: "group", "aria-label": "Timeline, one row per detector" }, this.ruler, this.list, this.cursor, this.readout);
    this.root = make("div", {}, this.body, this.more);
    this.redraw = later(60, () => this.draw());
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.body);
    this.body.addEventListener("wheel", (e) => this.onWheel(e), { passive: false });
    this.body.addEventListener("pointerdown", (e) => this.onDown(e));
    this.body.addEventListener("pointermove", (e) => this.onHover(e));
    this.body.addEventListener("pointerleave", () => { this.readout.hidden = true; });
    this.body.addEventListener("dblclick", (e) => { if (this.inside(e)) this.show(0, this.duration); });
  }

  load(data) {
    this.data = data;
    if (this.run !== data.run) { this.run = data.run; this.duration = data.duration; this.a = 0; this.b = data.duration; this.choice = {}; }
    this.build();
  }

  build() {
    const chosen = this.data.only; // a page of evidence shows its own detectors, whatever they found
    const tracks = this.data.tracks.filter((t) => !chosen || t.pinned || chosen.includes(t.detector));
    const busy = chosen ? tracks : tracks.filter((t) => t.findings > 0 || t.pinned);
    const found = busy.some((t) => t.findings > 0);
    const shown = this.all || !found ? tracks : busy;
    const rest = tracks.length - busy.length;
    this.more.hidden = Boolean(chosen) || !found || !rest;
    this.more.textContent = this.all ? "Show only detectors with findings" : `Show all detectors (${rest} more, nothing found)`;
    const injected = this.data.injected.length ? [{ detector: "", title: "Injected faults", findings: this.data.injected.length, signals: [], reason: "what the simulator did", injected: true }] : [];
    this.rows = [...injected, ...shown].map((track) => this.row(track));
    this.list.replaceChildren(...this.rows.map((r) => r.node));
    this.activate(this.active);
    this.draw();
  }

  row(track) {
    const canvas = make("canvas", { role: "img", "aria-label": `${track.title}: ${track.findings} findings` });
    const label = make("div", { class: "label" }, make("span", { class: "name", text: track.title, title: track.title }));
    const signals = track.signals;
    const chosen = signals.find((s) => s.name === this.choice[track.detector]) || signals[0] || null;
    if (signals.length > 1) {
      const select = make("select", { "aria-label": `Measurement of ${track.title}`, onchange: () => { this.choice[track.detector] = select.value; this.build(); } });
      select.append(...signals.map((s) => make("option", { value: s.name, text: s.unit ? `${s.label} (${s.unit})` : s.label, selected: s === chosen })));
      label.append(select);
    } else label.append(make("span", { class: "unit", text: chosen ? (chosen.unit ? `${chosen.label} (${chosen.unit})` : chosen.label) : track.reason || "no curve" }));
    return { track, canvas, signal: chosen, points: null, node: make("div", { class: "row", "data-detector": track.detector }, label, canvas) };
  }

  // The row whose limit "next over the limit" goes by: the one chosen last, else the selected finding's, else the first that has one.
  get measured() {
    const able = this.rows.filter((r) => r.signal && r.signal.kind === "curve" && r.signal.limits.length);
    return able.find((r) => r.track.detector === this.active) || able[0] || null;
  }

  activate(detector) {
    this.active = detector;
    for (const row of this.rows) row.node.toggleAttribute("data-active", row.track.detector === detector);
  }

  get width() { return Math.max(60, this.body.clientWidth - LABEL_PX); }
  x(t) { return ((t - this.a) / (this.b - this.a)) * this.width; }
  t(x) { return this.a + (x / this.width) * (this.b - this.a); }
  inside(e) { return e.clientX - this.body.getBoundingClientRect().left >= LABEL_PX; }
  at(e) { return this.t(e.clientX - this.body.getBoundingClientRect().left - LABEL_PX); }

  show(a, b) {
    const frame = this.data.frame_seconds || 0.04;
    const least = Math.min(this.duration, (this.width / MIN_FRAMES_PX) * frame);
    const span = Math.min(this.duration, Math.max(least, b - a));
    const start = Math.min(Math.max(0, (a + b - span) / 2), this.duration - span);
    this.a = start; this.b = start + span;
    this.draw();
  }

  zoom(factor, around = this.time) { this.show(around - (around - this.a) * factor, around + (this.b - around) * factor); }

  follow(t) {
    this.time = t;
    if (t < this.a || t > this.b) { const half = (this.b - this.a) / 2; this.show(t - half, t + half); }
    this.place();
  }

  place() {
    const x = this.x(this.time || 0);
    this.cursor.style.transform = `translateX(${LABEL_PX + x}px)`;
    this.cursor.hidden = x < 0 || x > this.width;
  }

  onWheel(e) {
    if (!this.inside(e) || (!e.ctrlKey && !e.shiftKey && !e.altKey)) return; // a bare wheel scrolls the page
    e.preventDefault();
    if (e.shiftKey) { const d = ((e.deltaX || e.deltaY) / this.width) * (this.b - this.a); this.show(this.a + d, this.b + d); } else this.zoom(e.deltaY > 0 ? WHEEL_STEP : 1 / WHEEL_STEP, this.at(e));
  }

  onDown(e) {
    if (!this.inside(e) || e.button !== 0) return;
    const from = e.clientX, a = this.a, b = this.b;
    let dragged = false;
    const move = (m) => {
      if (Math.abs(m.clientX - from) > 4) dragged = true;
      if (dragged) { const d = ((from - m.clientX) / this.width) * (b - a); this.show(a + d, b + d); }
    };
    const up = (u) => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", up);
      if (!dragged) this.click(u);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
  }

  click(e) {
    const t = this.at(e), row = this.rows.find((r) => { const box = r.node.getBoundingClientRect(); return e.clientY >= box.top && e.clientY < box.bottom; });
    const near = 4 * ((this.b - this.a) / this.width);
    const hit = row && this.data.findings.find((f) => f.detector === row.track.detector && t >= f.start - near && t <= f.end + near);
    this.host.seek(t);
    if (row) this.activate(row.track.detector);
    if (hit) this.host.pick(hit.id, false);
  }

  onHover(e) {
    const row = this.rows.find((r) => r.node.contains(e.composedPath()[0]));
    if (!this.inside(e) || !row || !row.points) { this.readout.hidden = true; return; }
    const t = this.at(e), i = lastAt(row.points.t, t);
    const value = i >= 0 ? row.points.v[i] : null;
    this.readout.textContent = `${clock(t)} · ${amount(value, row.signal ? row.signal.unit : "")}`;
    const frame = this.body.getBoundingClientRect();
    this.readout.style.left = `${Math.min(frame.width - 150, e.clientX - frame.left + 12)}px`;
    this.readout.style.top = `${e.clientY - frame.top + 14}px`;
    this.readout.hidden = false;
  }

  draw() {
    if (!this.data || !this.body.clientWidth) return;
    const style = getComputedStyle(this.body);
    this.ink = { text: style.getPropertyValue("--ink"), muted: style.getPropertyValue("--muted"), grid: style.getPropertyValue("--line"), curve: style.getPropertyValue("--curve"), limit: style.getPropertyValue("--limit"), back: style.getPropertyValue("--st-background-color") };
    this.drawRuler();
    for (const row of this.rows) { this.drawRow(row); this.fetch(row); }
    this.place();
  }

  fetch(row) {
    if (!row.signal) return;
    const margin = row.signal.kind === "strip" ? 0 : (this.b - this.a) * 0.02;
    const strip = row.signal.kind === "strip";
    const columns = strip ? 100 * Math.ceil(this.width / 100) : Math.round(this.width); // a strip is stretched: few widths are few requests
    const q = `from=${(this.a - margin).toFixed(3)}&to=${(this.b + margin).toFixed(3)}&columns=${columns}&token=${this.data.token}`;
    const url = `${this.data.base}/vqa/${strip ? "strip" : "track"}/${this.data.run}/${row.track.detector}/${row.signal.name}?${q}`;
    if (row.url === url) return;
    row.url = url;
    row.node.setAttribute("aria-busy", "true");
    if (strip) { this.fetcher.get(url, readStrip).then((image) => { if (row.url === url) { row.image = image; row.failed = !image; row.node.removeAttribute("aria-busy"); this.drawRow(row); } }); return; }
    this.fetcher.get(url, (r) => r.json()).then((points) => { if (row.url !== url) return; row.node.removeAttribute("aria-busy"); if (points) { row.points = points; this.drawRow(row); } });
  }

  surface(canvas, height) {
    const scale = window.devicePixelRatio || 1;
    const w = Math.round(this.width * scale), h = Math.round(height * scale);
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; canvas.style.width = `${this.width}px`; canvas.style.height = `${height}px`; }
    const g = canvas.getContext("2d");
    g.setTransform(scale, 0, 0, scale, 0, 0);
    g.clearRect(0, 0, this.width, height);
    return g;
  }

  drawRuler() {
    const g = this.surface(this.ruler, 22), raw = (this.b - this.a) / Math.max(2, this.width / 110);
    const step = [0.02, 0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].find((s) => s >= raw) || 7200;
    g.fillStyle = this.ink.muted; g.strokeStyle = this.ink.grid; g.font = "11px system-ui, sans-serif";
    for (let k = Math.ceil(this.a / step); k * step <= this.b; k++) {
      const x = this.x(k * step);
      g.beginPath(); g.moveTo(x + 0.5, 16); g.lineTo(x + 0.5, 22); g.stroke();
      g.fillText(clock(k * step, step < 0.1 ? 2 : step < 1 ? 1 : 0), x + 3, 13);
    }
  }

  drawRow(row) {
    const g = this.surface(row.canvas, ROW_PX), top = 7, bottom = ROW_PX - 6;
    if (row.image) g.drawImage(row.image, 0, 0, this.width, ROW_PX);
    if (row.track.injected) for (const x of this.data.injected) this.drawInjected(g, x);
    for (const f of this.data.findings) if (f.detector === row.track.detector) this.drawSpan(g, f);
    if (!row.signal) return;
    const [low, high] = row.signal.range;
    if (row.signal.kind === "strip" && !row.image) { this.write(g, row.failed ? "cannot be drawn" : "drawing …", 6, ROW_PX / 2 + 3, this.ink.muted); return; }
    if (row.signal.kind === "strip") { this.drawEnds(g, low, high, bottom, top); return; }
    const y = (v) => bottom - ((v - low) / (high - low || 1)) * (bottom - top);
    this.drawLimits(g, row.signal, y, low, high);
    if (row.points) this.drawCurve(g, row.points, y);
    this.drawEnds(g, low, high, bottom, top);
  }

  drawEnds(g, low, high, bottom, top) {
    const short = (v) => amount(+v.toPrecision(3));
    this.write(g, short(high), this.width - 3, top + 4, this.ink.muted, "right");
    this.write(g, short(low), this.width - 3, bottom + 2, this.ink.muted, "right");
  }

  // Text on a patch of the background, so that it can be read over lines and spans.
  write(g, text, x, y, colour, align = "left") {
    g.font = "10px system-ui, sans-serif"; g.textAlign = align;
    const wide = g.measureText(text).width;
    g.globalAlpha = 0.78; g.fillStyle = this.ink.back; g.fillRect(align === "right" ? x - wide - 2 : x - 2, y - 9, wide + 4, 12); g.globalAlpha = 1;
    g.fillStyle = colour; g.fillText(text, x, y);
    g.textAlign = "left";
  }

  drawSpan(g, f) {
    const x = this.x(f.start), w = Math.max(3, this.x(f.end) - x);
    if (x > this.width || x + w < 0) return;
    g.fillStyle = f.colour;
    g.globalAlpha = f.id === this.host.picked ? 0.42 : 0.2;
    g.fillRect(x, 0, w, ROW_PX);
    g.globalAlpha = 1;
    g.fillRect(x, 0, w, f.id === this.host.picked ? 5 : 3);
  }

  drawInjected(g, x) {
    const left = this.x(x.start), width = Math.max(3, this.x(x.end) - left);
    g.globalAlpha = 0.3; g.fillStyle = x.colour; g.fillRect(left, 8, width, ROW_PX - 16); g.globalAlpha = 1;
    g.strokeStyle = x.colour; g.lineWidth = 1.5; g.setLineDash(x.found ? [] : [4, 3]); g.strokeRect(left, 8, width, ROW_PX - 16); g.setLineDash([]);
    g.save(); g.beginPath(); g.rect(left, 0, width, ROW_PX); g.clip();
    this.write(g, `${x.found ? "✓" : "✕"} ${x.name}`, left + 4, ROW_PX / 2 + 4, this.ink.text);
    g.restore();
  }

  drawLimits(g, signal, y, low, high) {
    g.strokeStyle = this.ink.limit; g.setLineDash([5, 4]); g.lineWidth = 1;
    for (const limit of signal.limits) {
      if (limit.value < low || limit.value > high) continue;
      g.beginPath(); g.moveTo(0, Math.round(y(limit.value)) + 0.5); g.lineTo(this.width, Math.round(y(limit.value)) + 0.5); g.stroke();
    }
    g.setLineDash([]);
    for (const limit of signal.limits) {
      if (limit.value < low || limit.value > high) continue;
      const line = y(limit.value);
      this.write(g, `${limit.name} ${amount(limit.value)}`, 4 + 130 * signal.limits.indexOf(limit), line < 18 ? line + 11 : line - 3, this.ink.limit);
    }
  }

  drawCurve(g, points, y) {
    g.strokeStyle = this.ink.curve; g.lineWidth = 1.25; g.beginPath();
    let pen = false;
    for (let i = 0; i < points.t.length; i++) {
      const v = points.v[i];
      if (v === null) { pen = false; continue; }
      const x = this.x(points.t[i]);
      if (pen) g.lineTo(x, y(v)); else { g.moveTo(x, y(v)); pen = true; }
    }
    g.stroke();
  }

  close() { this.observer.disconnect(); }
}
