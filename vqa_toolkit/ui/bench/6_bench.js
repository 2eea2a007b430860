// The bench: player, lists, tracks and keys made into one instrument.

const KEYS = [
  ["Space, K", "play, pause"], ["J, L", "backwards, forwards; again for faster"], [", .", "one frame back, on"], ["← →", "one second back, on"],
  ["N, P", "next, previous finding"], ["T, ⇧T", "next, previous place beyond the limit of the marked row"], ["O", "loop the finding"], ["G", "go to a time"],
  ["W", "wipe between faulty and clean"], ["M", "sound on or off"], ["+ − 0", "zoom in, out, whole clip"], ["?", "these keys"],
];

class Bench {
  constructor(parent, emit, went) {
    this.emit = later(250, emit);
    this.went = (to) => { this.emit.cancel(); went(to); }; // a pick that came after would call the page back that is being left
    this.picked = null;
    this.player = new Player((t) => this.onTime(t));
    this.tracks = new Tracks(this);
    this.lists = new Lists(this);
    this.heat = new Heat(this.player);
    this.detail = make("section", { class: "detail", "aria-live": "polite", "aria-label": "Selected finding" });
    this.root = make("div", { class: "bench", tabindex: "-1" }, make("div", { class: "stage" }, make("div", { class: "watch" }, this.player.screen, this.controls()), this.lists.root), this.detail, this.zoombar(), this.tracks.root);
    parent.append(this.root);
    this.onKey = (e) => this.key(e);
    document.addEventListener("keydown", this.onKey);
  }

  controls() {
    this.seekbar = make("input", { type: "range", class: "seek", min: "0", max: "1", step: "0.001", value: "0", "aria-label": "Position", oninput: () => this.player.seek(Number(this.seekbar.value)) });
    this.playButton = iconButton("play", "Play or pause", "K or space", () => this.player.toggle());
    this.now = make("output", { class: "now", "aria-label": "Time on screen" });
    this.frameNow = make("span", { class: "frame" });
    this.goto = make("input", { class: "goto", type: "text", placeholder: "Go to…", "aria-label": "Go to time, minutes:seconds", onkeydown: (e) => { e.stopPropagation(); if (e.key === "Enter") this.jump(); } });
    this.loopButton = iconButton("loop", "Loop the selected finding", "O", () => this.toggleLoop());
    this.loopButton.setAttribute("aria-pressed", "false");
    this.muteButton = iconButton("sound", "Sound on or off", "M", () => this.toggleSound());
    this.wipeSlider = make("input", { type: "range", min: "0", max: "100", value: "50", "aria-label": "Wipe between the faulty and the clean picture", oninput: () => this.player.wipe(this.wipeSlider.value / 100) });
    this.wipebar = make("label", { class: "heatbar", hidden: true }, make("span", { text: "Faulty | clean" }), this.wipeSlider);
    this.linkButton = iconButton("link", "Copy a link to this view", "", () => this.copyLink());
    this.keysButton = iconButton("keys", "Keys", "?", () => this.showKeys());
    this.keys = make("dl", { class: "keys", hidden: true }, ...KEYS.flatMap(([key, what]) => [make("dt", { text: key }), make("dd", { text: what })]));
    return make("div", { class: "controls" }, this.seekbar, make("div", { class: "buttons" },
      iconButton("previous", "Previous finding", "P", () => this.step(-1)), iconButton("second_back", "One second back", "←", () => this.seek(this.player.at - 1)),
      iconButton("back", "One frame back", ",", () => this.player.step(-1)), this.playButton, iconButton("forward", "One frame on", ".", () => this.player.step(1)),
      iconButton("second_on", "One second on", "→", () => this.seek(this.player.at + 1)), iconButton("next", "Next finding", "N", () => this.step(1)),
      iconButton("over", "Next beyond the limit", "T", () => this.overLimit(1)),
      this.now, this.frameNow, make("span", { class: "grow" }), this.goto, this.loopButton, this.muteButton, this.linkButton, this.keysButton), this.keys,
      make("div", { class: "overlays" }, this.wipebar, this.heat.root));
  }

  wipeTo(share) { this.wipeSlider.value = String(Math.round(100 * share)); this.player.wipe(share); }

  zoombar() {
    return make("div", { class: "zoombar" }, make("h3", { text: "Timeline" }), make("span", { class: "hint", text: "Click to go there · drag to move · Ctrl + wheel to zoom" }), make("span", { class: "grow" }),
      iconButton("wider", "Zoom out", "-", () => this.tracks.zoom(2)), iconButton("closer", "Zoom in", "+", () => this.tracks.zoom(0.5)), iconButton("fit", "Whole clip", "0", () => this.tracks.show(0, this.data.duration)));
  }

  load(data) {
    const first = !this.data || this.data.run !== data.run;
    this.data = data;
    this.root.dataset.mode = this.mode();
    for (const f of data.findings) f.colour = f.colours[this.root.dataset.mode];
    if (first) this.loadFrames();
    this.seekbar.max = String(data.duration || 1);
    this.player.badge.hidden = !data.proxy;
    this.player.load(data.media_url, data.duration, data.aspect);
    this.root.classList.toggle("soundonly", !data.has_picture);
    this.root.classList.toggle("alone", data.view === "player");
    this.player.compare(data.clean_url);
    this.wipebar.hidden = !data.clean_url;
    if (first || data.clean_url !== this.beside) this.wipeTo(0.5);
    this.beside = data.clean_url;
    for (const x of data.injected) x.colour = x.colours[this.root.dataset.mode];
    this.heat.load(data);
    const look = JSON.stringify([this.root.dataset.mode, data.run, data.view, data.only, data.box, data.findings.map((f) => [f.id, f.opinion])]);
    const changed = look !== this.look; // a page that is drawn again as it was must not take a button away under the pointer
    this.look = look;
    if (changed) { this.lists.load(data); this.tracks.load(data); } else { this.lists.data = data; this.tracks.data = data; }
    if (first || (data.finding && data.finding !== this.told && data.finding !== this.picked)) { this.open(data.finding, data.time); this.describe(); this.lists.mark(); }
    else if (data.goto && data.goto.wish !== this.wish) this.goTo(data.goto.t);
    this.told = data.finding;
    this.wish = data.goto?.wish;
    if (changed) this.describe();
  }

  // A page that names a time later on (a worst frame, a cue) moves the player there; the same wish is granted once.
  goTo(t) { this.player.shuttle(0); this.setLoop(false); this.seek(t); }

  // Light or dark is read off the page's own background, so that it follows the theme menu too.
  mode() {
    const rgb = getComputedStyle(document.querySelector(".stApp") || document.body).backgroundColor.match(/[\d.]+/g)?.map(Number) || [255, 255, 255];
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] < 128 ? "dark" : "light";
  }

  async loadFrames() {
    const run = this.data.run;
    this.player.times = new Float64Array(0);
    const answer = await fetch(`${this.data.base}/vqa/frames/${run}?token=${this.data.token}`).catch(() => null);
    if (!answer?.ok || this.data.run !== run) return;
    this.player.times = new Float64Array(await answer.arrayBuffer());
    if (this.player.video.paused) this.player.seek(this.target ?? this.player.shown);
    this.onTime(this.player.shown);
  }

  open(finding, time) {
    this.picked = this.data.findings.some((f) => f.id === finding) ? finding : null;
    const chosen = this.data.findings.find((f) => f.id === this.picked);
    const t = time ?? chosen?.start ?? 0;
    this.seek(t);
    if (chosen) { this.frameUp(chosen); this.tracks.activate(chosen.detector); this.tracks.draw(); }
  }

  seek(t) { this.target = t; this.player.seek(t); }

  pick(id, go) {
    const finding = this.data.findings.find((f) => f.id === id);
    if (!finding) return;
    this.picked = id;
    this.player.shuttle(0);
    this.setLoop(false);
    if (go) { this.seek(finding.start); this.frameUp(finding); }
    this.tracks.activate(finding.detector);
    this.describe();
    this.lists.mark();
    this.tracks.draw();
    this.emit(id);
  }

  frameUp(finding) {
    const inView = finding.start >= this.tracks.a && finding.end <= this.tracks.b;
    if (!inView) { const half = Math.max((this.tracks.b - this.tracks.a) / 2, finding.end - finding.start); this.tracks.show(finding.start - half, finding.start + half); }
  }

  step(direction) {
    const list = this.data.findings;
    if (!list.length) return;
    const here = list.findIndex((f) => f.id === this.picked);
    const from = here >= 0 ? here : list.findIndex((f) => f.start > this.player.shown) - (direction > 0 ? 1 : 0);
    this.pick(list[(from + direction + list.length) % list.length].id, true);
  }

  describe() {
    const finding = this.data.findings.find((f) => f.id === this.picked);
    const others = finding ? this.data.findings.filter((f) => f !== finding && f.start < finding.end && f.end > finding.start && f.defect !== finding.defect) : [];
    this.detail.replaceChildren(...detail(finding, others, (page) => this.went({ page, finding: finding.id, t: this.player.shown })));
    const region = this.data.box || finding?.region;
    this.player.box.hidden = !region;
    if (region) Object.assign(this.player.box.style, { left: `${region[0] * 100}%`, top: `${region[1] * 100}%`, width: `${region[2] * 100}%`, height: `${region[3] * 100}%` });
  }

  onTime(t) {
    this.now.textContent = clock(t);
    const i = this.player.frame;
    this.frameNow.textContent = i >= 0 ? `frame ${i}` : "";
    this.root.dataset.time = t.toFixed(4);
    this.root.dataset.frame = String(i);
    if (this.root.getRootNode().activeElement !== this.seekbar) this.seekbar.value = String(t);
    const speed = this.player.speed;
    this.playButton.replaceChildren(icon(speed === 0 ? "play" : "pause"));
    this.playButton.dataset.speed = speed === 0 || speed === 1 ? "" : `${speed}×`;
    if (this.tracks.data) this.tracks.follow(t);
    this.heat.draw(t);
  }

  // The next time at which the marked row's curve passes its limit, asked of the server: what is drawn is thinned out.
  async overLimit(direction) {
    const row = this.tracks.measured;
    if (!row) { this.say("No row shows a curve with a limit."); return; }
    this.tracks.activate(row.track.detector);
    const limits = row.signal.limits.map((l) => `limit=${l.value}`).join("&");
    const url = `${this.data.base}/vqa/beyond/${this.data.run}/${row.track.detector}/${row.signal.name}?after=${this.player.at}&direction=${direction}&${limits}&token=${this.data.token}`;
    const answer = await fetch(url).then((r) => (r.ok ? r.json() : null)).catch(() => null);
    if (!answer || answer.t === null) { this.say(`${row.track.title}: nothing beyond the limit ${direction > 0 ? "after" : "before"} this.`); return; }
    this.player.shuttle(0);
    this.setLoop(false);
    this.seek(answer.t);
  }

  say(text) { this.player.say(text); clearTimeout(this.silence); this.silence = setTimeout(() => this.player.say(this.player.lasting || ""), 2500); }

  showKeys() { this.keys.hidden = !this.keys.hidden; this.keysButton.setAttribute("aria-expanded", String(!this.keys.hidden)); }

  jump() { const t = parseClock(this.goto.value); if (t !== null) { this.seek(t); this.goto.value = ""; this.goto.blur(); } else this.goto.setAttribute("aria-invalid", "true"); }

  toggleLoop() { this.setLoop(!this.player.loop); }

  setLoop(on) {
    const finding = this.data.findings.find((f) => f.id === this.picked);
    this.player.loop = on && finding ? [Math.max(0, finding.start - 0.5), finding.end + 0.5] : null;
    this.loopButton.setAttribute("aria-pressed", String(Boolean(this.player.loop)));
    if (this.player.loop) { this.player.seek(this.player.loop[0]); this.player.shuttle(1); }
  }

  toggleSound() { const v = this.player.video; v.muted = !v.muted; this.muteButton.replaceChildren(icon(v.muted ? "mute" : "sound")); }

  copyLink() {
    const url = new URL(this.data.link, location.href);
    if (this.picked) url.searchParams.set("finding", this.picked);
    url.searchParams.set("t", this.player.shown.toFixed(3));
    navigator.clipboard?.writeText(url.href).then(() => { this.linkButton.dataset.done = "Copied"; setTimeout(() => delete this.linkButton.dataset.done, 1500); });
  }

  key(e) {
    const target = e.composedPath()[0];
    if (e.ctrlKey || e.metaKey || e.altKey || target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target !== this.seekbar) return;
    if (e.key === " " && target.tagName === "BUTTON") return;
    if (e.shiftKey && e.key === "T") { e.preventDefault(); this.overLimit(-1); return; }
    const act = {
      t: () => this.overLimit(1), "?": () => this.showKeys(), " ": () => this.player.toggle(), k: () => this.player.shuttle(0), l: () => this.player.faster(), j: () => this.player.slower(),
      ",": () => this.player.step(-1), ".": () => this.player.step(1), ArrowLeft: () => this.seek(this.player.at - 1), ArrowRight: () => this.seek(this.player.at + 1),
      w: () => this.wipeTo(this.wipeSlider.value > 75 ? 0 : this.wipeSlider.value < 25 ? 0.5 : 1), n: () => this.step(1), p: () => this.step(-1), o: () => this.toggleLoop(), m: () => this.toggleSound(), g: () => this.goto.focus(),
      "+": () => this.tracks.zoom(0.5), "-": () => this.tracks.zoom(2), 0: () => this.tracks.show(0, this.data.duration),
    }[e.key.length === 1 ? e.key.toLowerCase() : e.key];
    if (act) { e.preventDefault(); act(); }
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
    clearTimeout(this.silence);
    this.tracks.close();
    this.player.close();
    this.root.remove();
  }
}

const benches = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let bench = benches.get(parentElement);
  if (!bench) { bench = new Bench(parentElement, (id) => setTriggerValue("picked", id), (to) => setTriggerValue("went", to)); benches.set(parentElement, bench); }
  bench.load(data);
  return () => { bench.close(); benches.delete(parentElement); };
}
