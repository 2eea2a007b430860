// Findings as a sortable table, incidents as cards, and the selected finding in full.

const GRAVITY = { blocker: 3, issue: 2, fyi: 1 };
const GRAVITY_NAME = { blocker: "Blocker", issue: "Issue", fyi: "FYI" };
const OPINIONS = { confirm: "confirmed", dismiss: "dismissed" };
const COLUMNS = [
  { key: "severity", name: "Severity", value: (f) => -GRAVITY[f.severity] },
  { key: "start", name: "Time", value: (f) => f.start },
  { key: "defect", name: "Defect", value: (f) => f.name },
  { key: "value", name: "Measured", value: (f) => f.value ?? -Infinity, number: true },
  { key: "limit", name: "Limit", value: (f) => f.limit ?? -Infinity, number: true },
];

function badge(severity) { return make("span", { class: `badge ${severity}`, text: GRAVITY_NAME[severity] }); }

class Lists {
  constructor(host) {
    this.host = host; // { pick(id), picked }
    this.order = { key: "start", up: true };
    this.tabs = make("div", { class: "tabs", role: "tablist" });
    this.panel = make("div", { class: "panel", role: "tabpanel" });
    this.root = make("div", { class: "side" }, this.tabs, this.panel);
    this.tab = "findings";
  }

  load(data) { this.data = data; if (this.run !== data.run) { this.run = data.run; this.tab = data.incidents.length ? "incidents" : "findings"; } this.build(); }

  build() {
    const tab = (key, name, count) => make("button", { type: "button", role: "tab", class: "tab", "aria-selected": String(this.tab === key), text: `${name} ${count}`, onclick: () => { this.tab = key; this.build(); } });
    this.tabs.replaceChildren(tab("incidents", "Incidents", this.data.incidents.length), tab("findings", "Findings", this.data.findings.length));
    this.panel.replaceChildren(this.tab === "findings" ? this.table() : this.cards());
    this.mark();
  }

  sorted() {
    const column = COLUMNS.find((c) => c.key === this.order.key), sign = this.order.up ? 1 : -1;
    const key = column.value;
    return [...this.data.findings].sort((x, y) => { const a = key(x), b = key(y); return (a < b ? -sign : a > b ? sign : x.start - y.start); });
  }

  table() {
    if (!this.data.findings.length) return make("p", { class: "empty", text: "Nothing was found. Every detector that could judge this clip was content with it." });
    const head = COLUMNS.map((c) => {
      const active = this.order.key === c.key;
      const button = make("button", { type: "button", text: c.name, onclick: () => { this.order = { key: c.key, up: active ? !this.order.up : true }; this.build(); } });
      return make("th", { class: c.number ? "number" : "", scope: "col", "aria-sort": active ? (this.order.up ? "ascending" : "descending") : "none" }, button);
    });
    const rows = this.sorted().map((f) => {
      const open = make("button", { type: "button", class: "open", text: f.name, "aria-label": `${f.name} at ${clock(f.start)}` });
      const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = f.colour;
      const cells = [
        make("td", {}, badge(f.severity)), make("td", { class: "time", text: `${clock(f.start, 1)}–${clock(f.end, 1)}` }),
        make("td", {}, swatch, open, ...(OPINIONS[f.opinion] ? [make("span", { class: "opinion", text: OPINIONS[f.opinion] })] : [])),
        make("td", { class: "number", text: amount(f.value, f.unit) }), make("td", { class: "number", text: amount(f.limit, f.unit) }),
      ];
      return make("tr", { "data-finding": f.id, onclick: () => this.host.pick(f.id, true) }, ...cells);
    });
    return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
  }

  cards() {
    if (!this.data.incidents.length) return make("p", { class: "empty", text: "No incidents: nothing in this clip needs a person's attention." });
    return make("div", { class: "cards" }, ...this.data.incidents.map((incident) => make("button", { type: "button", class: `card ${incident.severity}`, "data-findings": incident.findings.join(" "), onclick: () => this.host.pick(incident.findings[0], true) },
      make("span", { class: "cardhead" }, badge(incident.severity), make("span", { class: "time", text: `${clock(incident.start, 1)}–${clock(incident.end, 1)}` })),
      make("strong", { text: incident.title }), make("span", { class: "cause", text: incident.cause }))));
  }

  mark() {
    for (const row of this.panel.querySelectorAll("[data-finding]")) row.toggleAttribute("data-picked", row.dataset.finding === this.host.picked);
    for (const card of this.panel.querySelectorAll("[data-findings]")) card.toggleAttribute("data-picked", card.dataset.findings.split(" ").includes(this.host.picked));
    this.panel.querySelector("[data-picked]")?.scrollIntoView({ block: "nearest" });
  }
}

function fact(name, value) { return make("div", { class: "fact" }, make("dt", { text: name }), make("dd", { text: value })); }

function detail(finding, others, go) {
  if (!finding) return [make("p", { class: "hint", text: "Choose a finding to see it here. N and P step through them; press ? for every key." })];
  const margin = finding.value !== null && finding.limit !== null ? amount(+(finding.value - finding.limit).toPrecision(6), finding.unit) : "–";
  const facts = [
    fact("Measured", amount(finding.value, finding.unit)), fact("Limit", amount(finding.limit, finding.unit)), fact("Beyond the limit by", margin.replace("-", "−")),
    fact("Probability", finding.score === null ? "–" : `${Math.round(finding.score * 100)} %`), fact("When", `${clock(finding.start)}–${clock(finding.end)}`), fact("Lasts", `${(finding.end - finding.start).toFixed(2)} s`),
    fact("Detector", finding.detector),
  ];
  if (finding.standards.length) facts.push(fact("Standards", finding.standards.join(" · ")));
  const links = (finding.links || []).map((link) => make("button", { type: "button", class: "go", text: link.label, onclick: () => go(link.page) }));
  const also = others.length ? [make("p", { class: "also", text: `At the same time: ${[...new Set(others.map((f) => f.name))].join(", ")}.` })] : [];
  return [make("div", { class: "headline" }, badge(finding.severity), make("strong", { text: finding.name }), make("span", { text: finding.message })), make("dl", {}, ...facts), ...also, make("div", { class: "links" }, ...links)];
}
