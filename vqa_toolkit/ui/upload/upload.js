// A drop zone that sends one file straight to the app's own route, with progress and a way to stop.
// st.file_uploader would hold the whole clip in the server's memory; this goes to disk as it arrives.

const zones = new WeakMap();

function size(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function left(seconds) {
  if (!Number.isFinite(seconds)) return "";
  return seconds < 60 ? ` · about ${Math.max(1, Math.round(seconds))} s left` : ` · about ${Math.round(seconds / 60)} min left`;
}

class Zone {
  constructor(root) {
    this.root = root.querySelector(".zone");
    this.input = this.root.querySelector("input");
    this.line = this.root.querySelector(".line");
    this.fill = this.root.querySelector(".fill");
    this.bar = this.root.querySelector(".bar");
    this.small = this.root.querySelector(".small");
    this.stop = this.root.querySelector(".stop");
    this.choose = this.root.querySelector(".choose");
    this.choose.addEventListener("click", () => this.input.click());
    this.stop.addEventListener("click", () => this.request?.abort());
    this.input.addEventListener("change", () => { if (this.input.files.length) this.send(this.input.files[0]); this.input.value = ""; });
    for (const name of ["dragenter", "dragover"]) this.root.addEventListener(name, (e) => { e.preventDefault(); this.root.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) this.root.addEventListener(name, (e) => { e.preventDefault(); this.root.classList.remove("over"); });
    this.root.addEventListener("drop", (e) => { if (e.dataTransfer.files.length) this.send(e.dataTransfer.files[0]); });
  }

  load(data, emit) { this.data = data; this.emit = emit; if (!this.request) this.idle(); }

  idle(problem = "") {
    this.request = null;
    this.root.classList.toggle("problem", Boolean(problem));
    this.line.textContent = problem || "Drop a clip here";
    this.small.textContent = problem ? "Nothing was kept. Choose another file, or try again." : `Video or audio, up to ${size(this.data.most)}. It stays on this machine.`;
    this.bar.hidden = true;
    this.stop.hidden = true;
    this.choose.hidden = false;
  }

  send(file) {
    if (this.request) return;
    if (file.size === 0) { this.idle(`${file.name} is empty.`); return; }
    if (file.size > this.data.most) { this.idle(`${file.name} is ${size(file.size)}; at most ${size(this.data.most)} can be uploaded. Open it by its path instead.`); return; }
    const request = new XMLHttpRequest(), began = performance.now();
    this.request = request;
    this.root.classList.remove("problem");
    this.line.textContent = `Uploading ${file.name}`;
    this.bar.hidden = false; this.stop.hidden = false; this.choose.hidden = true; this.fill.style.width = "0";
    request.upload.addEventListener("progress", (e) => {
      const share = e.loaded / e.total, spent = (performance.now() - began) / 1000;
      this.fill.style.width = `${100 * share}%`;
      this.bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
      this.small.textContent = `${size(e.loaded)} of ${size(e.total)}${spent > 1 ? left(spent * (1 / share - 1)) : ""}`;
    });
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.idle("The connection to the app was lost."));
    request.addEventListener("abort", () => this.idle("The upload was stopped."));
    request.open("PUT", `${this.data.base}/vqa/upload?token=${this.data.token}`);
    request.setRequestHeader("x-vqa-name", encodeURIComponent(file.name));
    request.setRequestHeader("content-type", "application/octet-stream");
    request.send(file);
  }

  answered(request) {
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch { /* not ours: reported below */ }
    if (request.status === 200 && answer.clip) { this.idle(); this.emit(answer.clip); } else this.idle(answer.error || `The app answered ${request.status}.`);
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let zone = zones.get(parentElement);
  if (!zone) { zone = new Zone(parentElement); zones.set(parentElement, zone); }
  zone.load(data, (clip) => setTriggerValue("uploaded", clip));
  return () => { zone.request?.abort(); zones.delete(parentElement); };
}
