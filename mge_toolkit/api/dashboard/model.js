// A run as this page knows it: what was asked for at first, brought up to date event by event.

export class RunModel {
  constructor(run) {
    this.run = run;
    this.atoms = new Map();
    this.order = [];
    this.waves = new Map();
    this.spans = []; // of attempts that have ended, in the order in which this page heard of them
    this.going = new Map();
    this.counts = {};
    this.settled = [];
    this.tried = 0;
    this.patterns = new Map();
    this.started = Date.parse(run.started_at);
    this.offset = 0; // of the service's clock before ours, in seconds
    this.healed = 0;
    this.version = 0; // of the atoms' states, for who keeps a choice of them
    for (const wave of run.waves) this.wave(wave.number).planned = wave.planned;
    if (run.elapsed !== null && !this.over) this.offset = run.elapsed - (Date.now() - this.started) / 1000;
  }

  get over() {
    return !["queued", "running"].includes(this.run.status);
  }

  get now() {
    return this.over ? Math.max(this.run.wall, this.end) : (Date.now() - this.started) / 1000 + this.offset;
  }

  get end() {
    return this.last ?? 0;
  }

  wave(number) {
    if (!this.waves.has(number)) this.waves.set(number, { number, planned: 0, settled: 0, failed: 0, running: 0 });
    return this.waves.get(number);
  }

  add(item) {
    const atom = { ...item, spans: undefined };
    this.atoms.set(item.id, atom);
    this.order.push(atom);
    if (this.run.status === "unfinished" || !this.waves.get(item.wave)?.planned) this.wave(item.wave).total = true;
    for (const span of item.spans) {
      if (span.wall === null) this.going.set(item.id, { atom, at: span.at, slot: span.slot });
      else this.addSpan(atom, span.at, span.wall, span.slot, span.passed);
    }
    this.tally(atom, 1);
    if (atom.outcome !== null) this.note(atom, this.lastOf(item));
    this.version++;
  }

  lastOf(item) {
    const span = item.spans.at(-1);
    return span ? span.at + (span.wall ?? 0) : this.end;
  }

  addSpan(atom, at, wall, slot, passed) {
    this.spans.push({ atom, at, wall, slot, passed });
    this.last = Math.max(this.end, at + wall);
  }

  state(atom) {
    return atom.outcome ?? (this.going.has(atom.id) || atom.state === "running" ? "running" : "waiting");
  }

  tally(atom, by) {
    const state = this.state(atom);
    this.counts[state] = (this.counts[state] ?? 0) + by;
    const wave = this.wave(atom.wave);
    if (atom.outcome !== null) wave.settled += by;
    if (atom.outcome === "failed" || atom.outcome === "error") wave.failed += by;
    if (state === "running") wave.running += by;
  }

  // What an atom that is settled adds to the figures; an event that is heard of twice adds nothing.
  note(atom, at) {
    this.settled.push({ at, outcome: atom.outcome, tried: atom.attempts > 0 });
    if (atom.attempts > 0) this.tried++;
    if (atom.healed) this.healed++;
    if (atom.outcome !== "failed" && atom.outcome !== "error") return;
    const label = atom.category ? `${atom.category}/${atom.kind}` : "infrastructure";
    const text = normal(atom.message ?? atom.reason ?? "");
    const key = `${label} ${text}`;
    const found = this.patterns.get(key) ?? { key, label, text, atoms: [] };
    found.atoms.push(atom.id);
    atom.pattern = key;
    this.patterns.set(key, found);
  }

  apply(name, data) {
    switch (name) {
      case "run_started":
        this.run = { ...this.run, status: "running", ...data };
        this.started = Date.parse(data.started_at);
        for (const wave of data.waves) this.wave(wave.number).planned = wave.planned;
        break;
      case "attempt_started":
        this.change(data.atom_id, (atom) => {
          if (atom.outcome === null) this.going.set(atom.id, { atom, at: data.at, slot: data.slot });
        });
        break;
      case "attempt_rescheduled":
        this.change(data.atom_id, (atom) => this.going.delete(atom.id));
        break;
      case "attempt_finished":
        this.change(data.atom_id, (atom) => {
          this.going.delete(atom.id);
          if (data.number <= (atom.heard ?? atom.attempts)) return;
          atom.heard = data.number;
          if (atom.outcome !== null) return;
          atom.state = "running";
          atom.attempts = data.number;
          if (!data.passed) Object.assign(atom, { category: data.category, kind: data.kind, message: data.message });
          const at = (Date.parse(data.started_at) - this.started) / 1000;
          this.addSpan(atom, Math.max(0, at), data.wall, data.slot, data.passed);
        });
        break;
      case "atom_finished":
        this.change(data.id, (atom) => {
          this.going.delete(atom.id);
          if (atom.outcome !== null) return;
          Object.assign(atom, data, { state: "settled" });
          this.last = Math.max(this.end, data.at);
          this.note(atom, data.at);
        });
        break;
      case "wave_finished":
        this.wave(data.number).figures = data;
        break;
      case "run_finished": {
        const status = this.run.cancelling && data.counts.stopped ? "cancelled" : "finished";
        this.going.clear();
        this.run = { ...this.run, ...data, status };
        this.version++;
        break;
      }
      case "run_broken":
        this.going.clear();
        this.run = { ...this.run, status: "broken", error: data.message };
        this.version++;
        break;
    }
  }

  change(id, how) {
    const atom = this.atoms.get(id);
    if (!atom) return;
    this.tally(atom, -1);
    how(atom);
    this.tally(atom, 1);
    this.version++;
  }

  // Atoms executed a second, lately while the run goes on, on the whole once it has ended.
  rate() {
    if (this.over) return this.run.wall ? this.tried / this.run.wall : null;
    const now = this.now;
    const span = Math.min(10, Math.max(1, now));
    let number = 0;
    for (let place = this.settled.length - 1; place >= 0 && this.settled[place].at > now - span; place--) {
      if (this.settled[place].tried) number++;
    }
    return now > 0.5 ? number / span : null;
  }

  left() {
    const rest = this.run.planned - this.settled.length;
    const whole = this.now > 1 ? this.settled.length / this.now : 0;
    const rate = this.rate() || whole;
    return rate ? rest / rate : null;
  }
}

// What messages of the same kind have in common: values in quotes, numbers and addresses are left out.
export function normal(text) {
  return text
    .split("\n", 1)[0]
    .replace(/0x[0-9a-fA-F]+/g, "0x…")
    .replace(/'[^']{0,80}'|"[^"]{0,80}"/g, "'…'")
    .replace(/\d+(\.\d+)?/g, "#")
    .slice(0, 160);
}
