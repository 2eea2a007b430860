// Heatmaps over the picture: one map per time, coloured on a scale that reads the same for every kind of sight.

const SCALE = [[0, [68, 1, 84]], [0.35, [187, 55, 84]], [0.65, [249, 142, 9]], [1, [252, 255, 164]]];

function heatColour(v) {
  for (let i = 1; i < SCALE.length; i++) {
    const [b, to] = SCALE[i], [a, from] = SCALE[i - 1];
    if (v <= b) return from.map((c, k) => c + ((to[k] - c) * (v - a)) / (b - a));
  }
  return SCALE[SCALE.length - 1][1];
}

class Heat {
  constructor(player) {
    this.player = player;
    this.fetcher = new Fetcher(300);
    this.opacity = 0.6;
    this.slider = make("input", { type: "range", min: "0", max: "100", value: "60", "aria-label": "Heatmap opacity", oninput: () => { this.opacity = this.slider.value / 100; this.draw(this.time, true); } });
    this.select = make("select", { "aria-label": "Heatmap", onchange: () => this.draw(this.time, true) });
    this.root = make("label", { class: "heatbar", hidden: true }, make("span", { text: "Heatmap" }), this.select, this.slider);
  }

  load(data) {
    this.data = data;
    this.root.hidden = !data.maps.length;
    if (this.run === data.run) return;
    this.run = data.run;
    this.select.replaceChildren(...data.maps.map((m, i) => make("option", { value: String(i), text: m.title })));
    if (!data.maps.some((m) => m.found)) { this.slider.value = "0"; this.opacity = 0; } // nothing to see: leave the picture alone
    this.times = data.maps.map((m) => Float64Array.from(m.times));
  }

  draw(t, force = false) {
    this.time = t;
    if (!this.data || !this.data.maps.length) return;
    const which = Number(this.select.value || 0), map = this.data.maps[which];
    const i = lastAt(this.times[which], t + 2e-3);
    const key = `${which}/${i}`;
    if (this.shown === key && !force) return;
    this.shown = key;
    const canvas = this.player.heat;
    if (i < 0 || this.opacity === 0) { canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height); return; }
    const url = `${this.data.base}/vqa/map/${this.data.run}/${map.detector}/${map.signal}/${i}?token=${this.data.token}`;
    this.fetcher.get(url, (r) => r.arrayBuffer()).then((bytes) => { if (bytes && this.shown === key) this.paint(new Uint8Array(bytes), map); });
  }

  paint(bytes, map) {
    const canvas = this.player.heat, g = canvas.getContext("2d");
    canvas.width = map.columns; canvas.height = map.rows;
    canvas.style.width = `${100 * map.extent[0]}%`; canvas.style.height = `${100 * map.extent[1]}%`;
    const image = g.createImageData(map.columns, map.rows);
    for (let i = 0; i < bytes.length; i++) {
      const v = bytes[i] / 255, colour = heatColour(v);
      image.data.set([colour[0], colour[1], colour[2], Math.min(255, 340 * v) * this.opacity], 4 * i);
    }
    g.putImageData(image, 0, 0);
  }
}
