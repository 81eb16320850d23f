// Draws the waves as lanes over time, and below them how many atoms were settled when.
//
// Attempts that have ended are drawn once, and again only when the scale or the size changes; what goes on is drawn
// on a second canvas above, which is small work however many atoms there are.

import { byId, count, make, mark, seconds, setText } from "./dom.js";

const LEFT = 0;
const RIGHT = 10;
const TALLEST = 380;
const BINS = 120;
const AT_ONCE = 2500; // attempts drawn in one picture: the rest is drawn in the next ones

const CEILINGS = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

export function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 0.001)));
  return CEILINGS.map((factor) => factor * power).find((limit) => limit >= value) ?? 10 * power;
}

export function ticks(domain, number) {
  const rough = domain / number;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const found = [];
  for (let place = 0; place <= domain * 1.0001; place += step) found.push(Number(place.toPrecision(6)));
  return found;
}

function tickText(value, domain) {
  if (domain < 0.02) return `${(value * 1000).toFixed(value && domain < 0.005 ? 1 : 0)} ms`;
  if (domain < 1) return `${Math.round(value * 1000)} ms`;
  if (domain < 120) return `${Number(value.toFixed(2))} s`;
  return `${Number((value / 60).toFixed(1))} min`;
}

export class Lanes {
  constructor(open) {
    this.open = open;
    this.base = byId("lane-base");
    this.over = byId("lane-over");
    this.rate = byId("rate");
    this.names = byId("lane-names");
    this.plot = byId("lane-plot");
    this.tip = byId("lane-tip");
    this.scroll = byId("lanes-scroll");
    this.scale = "";
    this.unfinished = false;
    this.labels = new Map();
    this.readColours();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.readColours();
      this.scale = "";
      this.draw();
    });
    new ResizeObserver(() => {
      this.scale = "";
      this.draw();
    }).observe(byId("lanes"));
    this.plot.addEventListener("pointermove", (event) => this.point(event));
    this.plot.addEventListener("pointerleave", () => this.point(null));
    this.plot.addEventListener("click", () => this.pointed && this.open(this.pointed.atom.id));
  }

  readColours() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.colours = Object.fromEntries(
      ["passed", "failed", "error", "running", "line", "faint", "muted", "text", "lane"].map((n) => [n, colour(n)]),
    );
    this.font = `11px ${style.getPropertyValue("--sans")}`;
  }

  show(model) {
    this.model = model;
    this.scale = "";
    this.pointed = null;
    this.names.replaceChildren();
    this.labels.clear();
    this.scroll.scrollTop = 0;
    this.draw();
  }

  draw() {
    const model = this.model;
    if (!model || !this.plot.clientWidth) return;
    this.measure();
    const context = this.base.getContext("2d");
    const scale = `${this.domain} ${this.width} ${this.height} ${this.slots} ${this.numbers.length}`;
    if (scale !== this.scale) {
      this.scale = scale;
      this.fit(this.base, this.width, this.height);
      this.fit(this.over, this.width, this.height);
      this.fit(this.rate, this.width, 56);
      this.drawn = 0;
      this.placeNames();
      this.drawGround(context);
    }
    const until = Math.min(model.spans.length, this.drawn + AT_ONCE);
    while (this.drawn < until) this.drawSpan(context, model.spans[this.drawn++]);
    this.unfinished = this.drawn < model.spans.length;
    this.drawOver();
    this.drawRate();
    this.writeNames();
  }

  measure() {
    const model = this.model;
    this.numbers = [...model.waves.keys()].sort((a, b) => a - b);
    this.width = this.plot.clientWidth;
    this.domain = ceiling(Math.max(model.now, model.end, 0.002));
    this.slots = Math.max(1, model.run.slots, ...(model.over ? [] : [...model.going.values()].map((g) => g.slot + 1)));
    const lanes = Math.max(1, this.numbers.length);
    const wanted = Math.min(46, Math.max(18, 8 + 7 * Math.min(this.slots, 6)));
    this.lane = Math.max(8, Math.min(wanted, Math.floor(TALLEST / lanes)));
    this.height = lanes * this.lane + 22;
    this.places = new Map(this.numbers.map((number, place) => [number, place]));
  }

  fit(canvas, width, height) {
    const dense = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.getContext("2d").setTransform(dense, 0, 0, dense, 0, 0);
  }

  x(at) {
    return LEFT + (at / this.domain) * (this.width - LEFT - RIGHT);
  }

  box(wave, slot) {
    const gap = this.lane >= 14 ? 3 : 1;
    const row = (this.lane - 2 * gap) / this.slots;
    const top = this.places.get(wave) * this.lane + gap + slot * row;
    return { top, tall: Math.max(1, row - (row > 4 ? 1.5 : 0)) };
  }

  drawGround(context) {
    context.clearRect(0, 0, this.width, this.height);
    const bottom = this.numbers.length * this.lane;
    this.numbers.forEach((_, place) => {
      if (place % 2) return;
      context.fillStyle = this.colours.lane;
      context.fillRect(0, place * this.lane, this.width, this.lane);
    });
    context.font = this.font;
    context.fillStyle = this.colours.muted;
    context.strokeStyle = this.colours.line;
    context.lineWidth = 1;
    context.textBaseline = "top";
    const marks = ticks(this.domain, Math.max(2, Math.floor(this.width / 110)));
    marks.forEach((at, place) => {
      const x = Math.round(this.x(at)) + 0.5;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, bottom + 4);
      context.stroke();
      const last = x > this.width - 40;
      context.textAlign = place === 0 ? "left" : last ? "right" : "center";
      context.fillText(tickText(at, this.domain), last ? this.width - 1 : x, bottom + 7);
    });
  }

  drawSpan(context, span) {
    const place = this.places.get(span.atom.wave);
    if (place === undefined) return;
    const { top, tall } = this.box(span.atom.wave, span.slot);
    const left = this.x(span.at);
    const wide = Math.max(1.5, this.x(span.at + span.wall) - left - 0.5);
    context.fillStyle = span.passed ? this.colours.passed : this.colours.failed;
    context.fillRect(left, top, wide, tall);
  }

  drawOver() {
    const context = this.over.getContext("2d");
    context.clearRect(0, 0, this.width, this.height);
    const bottom = this.numbers.length * this.lane;
    if (!this.model.over) {
      const now = this.model.now;
      context.fillStyle = this.colours.running;
      for (const { atom, at, slot } of this.model.going.values()) {
        if (!this.places.has(atom.wave)) continue;
        const { top, tall } = this.box(atom.wave, slot);
        context.fillRect(this.x(at), top, Math.max(2, this.x(now) - this.x(at)), tall);
      }
      context.fillRect(Math.round(this.x(now)), 0, 1, bottom);
    }
    if (this.pointed) {
      const { top, tall } = this.box(this.pointed.atom.wave, this.pointed.slot);
      const left = this.x(this.pointed.at);
      context.strokeStyle = this.colours.text;
      context.lineWidth = 1.5;
      context.strokeRect(left - 1, top - 1, Math.max(3, this.x(this.pointed.at + this.pointed.wall) - left + 2), tall + 2);
    }
  }

  drawRate() {
    const context = this.rate.getContext("2d");
    const tall = 46;
    context.clearRect(0, 0, this.width, 56);
    const all = new Float64Array(BINS);
    const bad = new Float64Array(BINS);
    for (const { at, outcome, tried } of this.model.settled) {
      if (!tried) continue;
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor((at / this.domain) * BINS)));
      all[bin]++;
      if (outcome === "failed" || outcome === "error") bad[bin]++;
    }
    const most = Math.max(...all, 1);
    const step = (this.width - LEFT - RIGHT) / BINS;
    for (let bin = 0; bin < BINS; bin++) {
      if (!all[bin]) continue;
      const whole = (all[bin] / most) * tall;
      const failed = (bad[bin] / most) * tall;
      context.fillStyle = this.colours.passed;
      context.fillRect(LEFT + bin * step, 52 - whole, Math.max(1, step - 1), whole - failed);
      context.fillStyle = this.colours.failed;
      context.fillRect(LEFT + bin * step, 52 - failed, Math.max(1, step - 1), failed);
    }
    context.fillStyle = this.colours.line;
    context.fillRect(0, 53, this.width, 1);
    context.font = this.font;
    context.textBaseline = "top";
    context.textAlign = "right";
    context.fillStyle = this.colours.muted;
    const peak = most / (this.domain / BINS);
    if (this.model.settled.length) context.fillText(`peak ${peak >= 10 ? count(Math.round(peak)) : peak.toFixed(1)}/s`, this.width - 2, 0);
  }

  placeNames() {
    const every = Math.ceil(16 / this.lane);
    this.names.replaceChildren();
    this.labels.clear();
    this.names.style.height = `${this.height}px`;
    this.numbers.forEach((number, place) => {
      if (place % every) return;
      const name = make("span", "lane-title", make("span", "lane-word", "wave "), String(number));
      const figure = make("span", "lane-figure");
      const label = make("div", "lane-name", name, figure);
      label.style.top = `${place * this.lane}px`;
      label.style.height = `${Math.max(this.lane, 16)}px`;
      this.names.append(label);
      this.labels.set(number, figure);
    });
  }

  writeNames() {
    for (const [number, figure] of this.labels) {
      const wave = this.model.waves.get(number);
      setText(figure, `${count(wave.settled)}/${count(wave.planned)}`);
      figure.className = `lane-figure${wave.failed ? " bad" : ""}`;
    }
    const parts = this.numbers.slice(0, 50).map((number) => {
      const wave = this.model.waves.get(number);
      return `wave ${number}: ${wave.settled} of ${wave.planned} settled${wave.failed ? `, ${wave.failed} failed` : ""}`;
    });
    this.base.setAttribute("aria-label", `Waves over time. ${parts.join("; ")}`);
    this.base.removeAttribute("aria-labelledby");
  }

  point(event) {
    const found = event && this.spanAt(event);
    if (found !== this.pointed) {
      this.pointed = found || null;
      this.drawOver();
    }
    this.plot.classList.toggle("pointing", Boolean(found));
    this.tip.hidden = !found;
    if (!found) return;
    const { atom, wall } = found;
    const state = this.model.state(atom);
    this.tip.replaceChildren(mark(state), make("strong", "mono", atom.id), ` ${state} · ${seconds(wall)} · slot ${found.slot}`);
    const frame = byId("lanes").getBoundingClientRect();
    const left = Math.min(event.clientX - frame.left + 12, frame.width - this.tip.offsetWidth - 4);
    this.tip.style.left = `${Math.max(0, left)}px`;
    this.tip.style.top = `${event.clientY - frame.top + 16}px`;
  }

  spanAt(event) {
    const frame = this.base.getBoundingClientRect();
    const x = event.clientX - frame.left;
    const wave = this.numbers[Math.floor((event.clientY - frame.top) / this.lane)];
    if (wave === undefined) return null;
    const y = event.clientY - frame.top;
    let best = null;
    let nearest = 5;
    for (let place = this.model.spans.length - 1; place >= 0; place--) {
      const span = this.model.spans[place];
      if (span.atom.wave !== wave) continue;
      const { top, tall } = this.box(wave, span.slot);
      if (y < top - 1 || y > top + tall + 1) continue;
      const left = this.x(span.at);
      const right = Math.max(left + 1.5, this.x(span.at + span.wall));
      const far = x < left ? left - x : x > right ? x - right : 0;
      if (far < nearest) {
        nearest = far;
        best = span;
        if (!far) break;
      }
    }
    return best;
  }
}
