// One run: its head, its figures, its lanes, its atoms and why they failed.

import { ask } from "./client.js";
import { STATES, byId, count, make, percent, plural, rest, seconds, setText } from "./dom.js";
import { verdict } from "./runs.js";

const BAR = ["passed", "failed", "error", "blocked", "stopped", "skipped", "running"];
const SHOWN = 40;

export class View {
  constructor({ lanes, atoms, refused, cancelled }) {
    this.lanes = lanes;
    this.atoms = atoms;
    this.refused = refused;
    this.cancelled = cancelled;
    this.makeBar();
    this.makeTiles();
    this.makeLegend();
    byId("cancel").addEventListener("click", () => this.cancel());
  }

  show(model) {
    this.model = model;
    this.seen = -1;
    byId("nothing").hidden = true;
    byId("view").hidden = false;
    byId("cancel").disabled = false;
    this.lanes.show(model);
    this.atoms.show(model);
    this.write();
    this.writePatterns();
  }

  makeBar() {
    this.parts = new Map(
      BAR.map((state) => {
        const part = make("span", `part ${state}`);
        byId("bar").append(part);
        return [state, part];
      }),
    );
  }

  makeTiles() {
    const names = [
      ["rate", "Success rate"],
      ["throughput", "Throughput"],
      ["elapsed", "Time"],
      ["healed", "Healed"],
      ["parallel", "Parallelism"],
      ["isolation", "Isolation"],
    ];
    this.tiles = new Map(
      names.map(([key, name]) => {
        const value = make("dd", "tile-value");
        const more = make("dd", "tile-more");
        byId("tiles").append(make("div", "tile", make("dt", "", name), value, more));
        return [key, { value, more }];
      }),
    );
  }

  makeLegend() {
    for (const [state, text] of [
      ["passed", "passed"],
      ["failed", "failed attempt"],
      ["running", "running"],
    ]) {
      byId("legend").append(make("li", "", make("span", `swatch ${state}`), text));
    }
  }

  // Everything that costs the same however many atoms there are: written for every picture.
  write() {
    const { model } = this;
    const { run } = model;
    const word = verdict(run);
    const what = run.kind === "atom" ? `atom ${run.target}` : run.kind === "wave" ? `wave ${run.target}` : "";
    setText(byId("run-title"), what ? `${run.masterplan} · ${what}` : run.masterplan);
    const schedule = { ready: "as soon as they can", waves: "wave by wave", sequential: "one at a time" }[run.schedule];
    const begun = new Date(run.started_at).toLocaleString();
    setText(byId("run-sub"), `run ${run.run_id} · ${begun} · atoms start ${schedule}`);
    const chip = byId("run-status");
    setText(chip, run.cancelling && !model.over ? "cancelling" : word);
    chip.className = `chip large ${word}`;
    byId("cancel").hidden = model.over || !run.live;
    this.writeProgress();
    this.writeTiles();
    const note = run.error ?? run.records_error ?? run.stop_reason;
    byId("run-note").hidden = !note;
    setText(byId("run-note"), note ?? "");
    document.title = `${model.over ? word : percent(model.settled.length / Math.max(1, run.planned))} · ${run.masterplan}`;
  }

  writeProgress() {
    const { model } = this;
    const { run, counts } = model;
    const total = Math.max(1, run.planned);
    for (const [state, part] of this.parts) part.style.width = `${(100 * (counts[state] ?? 0)) / total}%`;
    const told = STATES.filter((state) => counts[state]).map((state) => `${count(counts[state])} ${state}`);
    byId("bar").setAttribute("aria-label", told.join(", "));
    setText(byId("progress-text"), `${count(model.settled.length)} of ${plural(run.planned, "atom")} settled`);
    const left = model.over || run.status === "queued" ? null : model.left();
    const text = run.status === "queued" ? "waiting for its turn" : left === null ? "" : `about ${rest(left)} left`;
    setText(byId("left-text"), text);
  }

  writeTiles() {
    const { model } = this;
    const { run, counts } = model;
    const passed = counts.passed ?? 0;
    const decided = passed + (counts.failed ?? 0);
    const tile = (key, value, more) => {
      const found = this.tiles.get(key);
      setText(found.value, value);
      setText(found.more, more);
    };
    tile("rate", percent(decided ? passed / decided : null), `${count(passed)} of ${count(decided)} decided`);
    const rate = model.rate();
    tile("throughput", rate === null ? "–" : `${rate >= 10 ? count(Math.round(rate)) : rate.toFixed(1)}/s`, model.over ? "atoms, on average" : "atoms, lately");
    tile("elapsed", seconds(run.status === "queued" ? null : model.over ? run.wall : model.now), model.over ? "from start to end" : "so far");
    tile("healed", count(model.healed), "by changed code");
    const busy = model.over ? run.parallelism : model.going.size;
    const shown = model.over ? busy.toFixed(2) : String(busy);
    tile("parallel", run.slots ? `${shown} of ${run.slots}` : "–", model.over ? "slots, on average" : "slots, now");
    const missing = Object.keys(run.isolation.missing);
    tile("isolation", run.status === "queued" ? "–" : run.isolation.level, missing.length ? `without ${missing.join(", ")}` : run.isolation.sandbox === "none" ? "" : `sandbox ${run.isolation.sandbox}`);
  }

  // What costs more with more atoms, done a few times a second at most.
  writeRest() {
    if (this.seen === this.model.version) return;
    this.seen = this.model.version;
    this.atoms.refresh();
    this.writePatterns();
  }

  writePatterns() {
    const found = [...this.model.patterns.values()].sort((a, b) => b.atoms.length - a.atoms.length);
    byId("patterns-empty").hidden = found.length > 0;
    const key = found.map((pattern) => `${pattern.key}${pattern.atoms.length}`).join("\n");
    if (key === this.patternsKey) return;
    this.patternsKey = key;
    const focused = document.activeElement?.dataset?.pattern;
    const most = found[0]?.atoms.length ?? 1;
    const items = found.slice(0, SHOWN).map((pattern) => this.patternItem(pattern, most));
    if (found.length > SHOWN) items.push(make("li", "muted", `and ${count(found.length - SHOWN)} more`));
    byId("patterns").replaceChildren(...items);
    if (focused) [...byId("patterns").querySelectorAll("button")].find((b) => b.dataset.pattern === focused)?.focus();
  }

  patternItem(pattern, most) {
    const bar = make("span", "pattern-bar");
    bar.style.width = `${Math.max(2, (100 * pattern.atoms.length) / most)}%`;
    const button = make(
      "button",
      "pattern",
      make("span", "pattern-line", make("span", "tag bad", pattern.label), make("span", "pattern-count", plural(pattern.atoms.length, "atom"))),
      make("span", "pattern-text mono", pattern.text || "no message"),
      make("span", "pattern-track", bar),
    );
    button.type = "button";
    button.dataset.pattern = pattern.key;
    button.title = "Show these atoms";
    button.addEventListener("click", () => {
      this.atoms.search.value = "";
      this.atoms.choose({ state: "all", pattern: pattern.key });
      byId("atoms").focus();
    });
    return make("li", "", button);
  }

  async cancel() {
    byId("cancel").disabled = true;
    try {
      await ask(`runs/${encodeURIComponent(this.model.run.run_id)}/cancel`, { method: "POST" });
      this.model.run.cancelling = true;
      this.write();
      this.cancelled();
    } catch (error) {
      byId("cancel").disabled = false;
      if (!this.refused(error)) setText(byId("run-note"), error.message);
    }
  }
}
