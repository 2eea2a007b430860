// The picture: exact times from the table of frames and requestVideoFrameCallback's mediaTime, never from a frame rate.

const SHUTTLE = [-8, -4, -2, -1, 0, 1, 2, 4, 8];
const IN_STEP_S = 0.06; // two pictures further apart than this are brought together: a frame and a half
const REVERSE_STEP_MS = 80; // browsers play no video backwards: seek this often instead
const SETTLE_MS = 300; // after a seek, by which a frame callback has come if it comes at all

class Player {
  constructor(onTime) {
    this.onTime = onTime;
    this.times = new Float64Array(0);
    this.offset = 0; // browser time − our time, seconds
    this.shown = 0; // time of the frame on screen, our clock
    this.speed = 0;
    this.loop = null;
    this.video = make("video", { playsinline: true, preload: "auto", tabindex: "-1", "aria-label": "Clip" });
    this.heat = make("canvas", { class: "heat", "aria-hidden": "true" });
    this.box = make("div", { class: "box", "aria-hidden": "true", hidden: true });
    this.clean = make("video", { class: "clean", playsinline: true, preload: "auto", muted: true, tabindex: "-1", "aria-hidden": "true", hidden: true });
    this.clean.muted = true;
    this.seam = make("div", { class: "seam", "aria-hidden": "true", hidden: true }, make("span", { text: "faulty" }), make("span", { text: "clean" }));
    this.badge = make("div", { class: "proxy", hidden: true, text: "proxy", title: "Browsers cannot play the original. This is a copy with every frame at its own time; findings were made on the original." });
    this.note = make("div", { class: "note", hidden: true });
    this.screen = make("div", { class: "screen" }, this.video, this.clean, this.heat, this.seam, this.box, this.badge, this.note);
    this.video.addEventListener("timeupdate", () => this.onClock());
    this.video.addEventListener("seeked", () => { this.onClock(); this.settle(); });
    this.video.addEventListener("pause", () => this.stand());
    this.video.addEventListener("ended", () => this.shuttle(0));
    this.video.addEventListener("error", () => this.tell("This browser cannot play the file. Findings and curves are complete; open the clip in a player to watch it."));
    this.video.addEventListener("loadedmetadata", () => this.fit());
    for (const event of ["loadedmetadata", "seeked"]) this.clean.addEventListener(event, () => this.keepInStep());
    this.video.addEventListener("click", () => this.toggle());
    if (this.video.requestVideoFrameCallback) this.watchFrames();
  }

  watchFrames() {
    const seen = (_now, facts) => {
      this.shown = facts.mediaTime - this.offset;
      if (this.aim !== undefined && Math.abs(this.shown - this.aim) < 5e-3) this.aim = undefined; // arrived
      this.onTime(this.shown);
      this.keepInStep();
      this.video.requestVideoFrameCallback(seen);
    };
    this.video.requestVideoFrameCallback(seen);
  }

  load(url, duration, aspect) {
    if (this.url === url) return;
    if (this.url && url) this.wanted = this.shown; // another version of the same clip goes on where this one was
    this.url = url;
    this.duration = duration;
    this.screen.style.aspectRatio = aspect > 0 ? String(aspect) : "16 / 9";
    this.tell("");
    if (url) this.video.src = url; else this.tell("The media file is no longer there. Its stored results can still be read.");
  }

  // A second picture of the clean clip, right of the seam, kept in step with the first.
  compare(url) {
    if (this.cleanUrl === url) return;
    this.cleanUrl = url;
    this.clean.hidden = !url;
    this.seam.hidden = !url;
    if (url) this.clean.src = url;
  }

  wipe(share) {
    this.clean.style.clipPath = `inset(0 0 0 ${100 * share}%)`;
    this.seam.style.left = `${100 * share}%`;
    const reach = parseFloat(this.heat.style.width) / 100 || 1; // cells may go beyond the picture's edge
    this.heat.style.clipPath = this.cleanUrl ? `inset(0 ${100 * (1 - share / reach)}% 0 0)` : ""; // the map is not the clean picture's
  }

  keepInStep() {
    if (!this.cleanUrl || this.clean.readyState < 1) return;
    const apart = Math.abs(this.clean.currentTime - this.video.currentTime);
    if (this.video.paused) { this.clean.pause(); if (apart > 1e-3 && !this.clean.seeking) this.clean.currentTime = this.video.currentTime; return; }
    this.clean.playbackRate = this.video.playbackRate;
    if (this.clean.paused) this.clean.play().catch(() => {});
    if (apart > IN_STEP_S) this.clean.currentTime = this.video.currentTime;
  }

  say(text) { this.note.textContent = text; this.note.hidden = !text; }

  // Said for as long as it is true; a passing remark gives way to it again.
  tell(text) { this.lasting = text; this.say(text); }

  // The first frame that the browser shows tells whether its clock starts where ours does.
  fit() {
    this.video.muted = this.video.muted || false;
    if (this.wanted !== undefined) { this.seek(this.wanted); this.wanted = undefined; }
  }

  onClock() {
    this.keepInStep();
    if (!this.times.length || !this.video.requestVideoFrameCallback) {
      this.shown = this.video.currentTime - this.offset;
      this.onTime(this.shown);
    }
    const now = this.video.currentTime - this.offset;
    if (this.loop && now > this.loop[1]) this.seek(this.loop[0]);
  }

  get frame() { return this.times.length ? Math.max(0, lastAt(this.times, this.shown + 2e-3)) : -1; }

  // On a busy machine requestVideoFrameCallback may stay silent for the picture that a seek ends on: the table of frames knows it.
  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (!this.video.paused || this.video.seeking || !this.times.length) return;
      this.aim = undefined;
      const i = Math.max(0, lastAt(this.times, this.video.currentTime - this.offset + 1e-4));
      if (i !== this.frame) { this.shown = this.times[i]; this.onTime(this.shown); }
    }, SETTLE_MS);
  }

  // A browser may stop on a picture later than the last one it told of: asking for the one at its clock settles which it is.
  stand() { if (!this.video.seeking && !this.video.ended && this.times.length) this.seek(this.video.currentTime - this.offset); }

  // Where the picture is going, until it is told to have arrived: keys pressed faster than that add up instead of being lost.
  get at() { return this.video.paused && this.aim !== undefined ? this.aim : this.shown; }

  // Seek to the middle of the frame that is on screen at t: no rounding can land on its neighbour.
  seek(t) {
    const end = Number.isFinite(this.video.duration) ? this.video.duration : this.duration;
    const at = Math.min(Math.max(0, t), Math.max(0, end - 1e-3));
    if (this.video.readyState < 1) { this.wanted = at; this.shown = at; this.onTime(at); return; }
    const i = this.times.length ? Math.max(0, lastAt(this.times, at + 1e-4)) : -1;
    this.aim = i < 0 ? at : this.times[i];
    if (i < 0) { this.video.currentTime = at + this.offset; return; }
    const next = i + 1 < this.times.length ? this.times[i + 1] : this.times[i] + 0.02;
    this.video.currentTime = Math.max(this.times[i], Math.min((this.times[i] + next) / 2, this.times[i] + 0.02)) + this.offset;
  }

  step(frames) {
    this.shuttle(0);
    if (!this.times.length) { this.seek(this.at + frames * 0.04); return; }
    const i = Math.min(this.times.length - 1, Math.max(0, lastAt(this.times, this.at + 2e-3) + frames));
    this.seek(this.times[i]);
  }

  toggle() { this.shuttle(this.speed === 0 ? 1 : 0); }

  faster() { this.shuttle(SHUTTLE[Math.min(SHUTTLE.length - 1, Math.max(SHUTTLE.indexOf(this.speed), 4) + 1)]); }

  slower() { this.shuttle(SHUTTLE[Math.max(0, Math.min(SHUTTLE.indexOf(this.speed), 4) - 1)]); }

  shuttle(speed) {
    this.speed = speed;
    clearInterval(this.reversing);
    if (speed > 0) {
      this.video.playbackRate = speed;
      this.video.play().catch(() => { this.speed = 0; this.onTime(this.shown); });
    } else {
      this.video.pause();
      if (speed < 0) this.reversing = setInterval(() => this.seek(this.shown + (speed * REVERSE_STEP_MS) / 1000), REVERSE_STEP_MS);
    }
    this.onTime(this.shown);
  }

  close() {
    clearInterval(this.reversing);
    clearTimeout(this.settling);
    for (const video of [this.video, this.clean]) { video.pause(); video.removeAttribute("src"); video.load(); }
  }
}
