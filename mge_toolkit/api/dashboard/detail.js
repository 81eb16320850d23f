// One atom with everything: its code, every attempt with what it changed, output, decisions, isolation.

import { ask } from "./client.js";
import { byId, make, mark, plural, seconds, setText, size, tag } from "./dom.js";

export class Detail {
  constructor({ again, refused, closed }) {
    this.refused = refused;
    this.again = again;
    this.dialog = byId("atom");
    this.body = byId("atom-body");
    byId("atom-close").addEventListener("click", () => this.dialog.close());
    byId("atom-again").addEventListener("click", () => this.again(this.atom));
    this.dialog.addEventListener("close", closed);
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  async open(runId, atomId, mayRun) {
    setText(byId("atom-title"), atomId);
    this.body.replaceChildren(make("p", "muted", "Loading …"));
    byId("atom-again").hidden = true;
    if (!this.dialog.open) this.dialog.showModal();
    byId("atom-title").focus();
    try {
      const atom = await ask(`runs/${encodeURIComponent(runId)}/atoms/${encodeURIComponent(atomId)}`);
      this.atom = atom;
      byId("atom-again").hidden = !mayRun(atom);
      this.body.replaceChildren(...this.parts(atom));
      this.body.scrollTop = 0;
    } catch (error) {
      if (this.refused(error)) this.dialog.close();
      else this.body.replaceChildren(make("p", "error-text", error.message));
    }
  }

  parts(atom) {
    const state = atom.outcome ?? atom.state;
    const facts = [
      ["Outcome", make("span", "", mark(state), ` ${state}${atom.healed ? ", healed" : ""}${atom.flaky ? ", flaky" : ""}`)],
      ["Wave", String(atom.wave)],
      ["Language", atom.language],
      ["Where", `${atom.defined_at.file}:${atom.defined_at.line}`],
      ["Part of", [atom.component, atom.module].filter(Boolean).join(" / ") || null],
      ["Needs", atom.depends_on.join(", ") || null],
      ["Time", atom.attempts.length ? seconds(atom.duration) : null],
      ["Isolation", atom.isolation],
      ["Result", atom.result && ("json" in atom.result ? JSON.stringify(atom.result.json) : atom.result.repr)],
      ["Taken from", atom.origin === "executed" ? null : `${atom.origin}${atom.origin_run ? `, run ${atom.origin_run}` : ""}`],
      ["Blocked by", atom.blocked_by],
      ["Cost", atom.spending.usd ? `$${atom.spending.usd.toFixed(4)}` : null],
    ];
    return [
      atom.description && make("p", "", atom.description),
      make("dl", "facts", ...facts.filter(([, value]) => value).map(([name, value]) => make("div", "", make("dt", "", name), make("dd", "", value)))),
      atom.reason && make("p", `note ${state}`, atom.reason),
      ...atom.evidence.map((text) => make("pre", "output", text)),
      ...atom.attempts.map((attempt) => this.attempt(attempt, atom)),
      atom.attempts.length === 0 && section("Code", code(atom.code)),
      atom.check && section("Check", code(atom.check)),
    ].filter(Boolean);
  }

  attempt(attempt, atom) {
    const { failure, decision, usage } = attempt;
    const head = make(
      "div",
      "attempt-head",
      make("h3", "", mark(attempt.passed ? "passed" : "failed"), ` Attempt ${attempt.number}`),
      tag(attempt.number === 1 && attempt.source === "plan" ? "the plan's code" : `by ${attempt.source}`),
      attempt.number > 1 ? tag(`confidence ${Math.round(100 * attempt.confidence)} %`) : null,
      ...attempt.flags.map((flag) => tag(flag.replaceAll("_", " "), "warn")),
      attempt.limit ? tag(`ended by the ${attempt.limit} limit`, "bad") : null,
    );
    const used = [
      `${seconds(usage.wall)} wall`,
      `${seconds(usage.cpu)} CPU`,
      usage.peak_memory === null ? null : size(usage.peak_memory),
      `slot ${attempt.slot}`,
      attempt.exit_code === null ? null : `exit ${attempt.exit_code}`,
      attempt.signal === null ? null : `signal ${attempt.signal}`,
      `isolation ${attempt.isolation}`,
    ];
    const changed = attempt.number > 1 && attempt.diff.length > 0;
    const culprit = failure && failure.culprit !== atom.id ? ` (in ${failure.culprit})` : "";
    const line = failure && failure.role === "code" && failure.culprit === atom.id ? failure.line_in_part : null;
    return make(
      "section",
      `attempt ${attempt.passed ? "passed" : "failed"}`,
      head,
      attempt.explanation ? make("p", "", attempt.explanation) : null,
      failure &&
        make(
          "div",
          "failure",
          tag(`${failure.category}/${failure.kind}`, "bad"),
          make("span", "mono", `${failure.message}${culprit}`),
          failure.cause && make("p", "", failure.cause),
          failure.hint && make("p", "muted", failure.hint),
        ),
      decision &&
        make("p", "decision", tag(`then: ${decision.strategy}`), tag(`confidence ${Math.round(100 * decision.confidence)} %`), make("span", "muted", decision.reason.replaceAll("--mge-", "--"))),
      changed ? sideBySide(attempt.diff) : code(attempt.code, line),
      stream("Standard output", attempt.stdout),
      stream("Standard error", attempt.stderr),
      attempt.raised?.traceback ? fold("Traceback", make("pre", "output", attempt.raised.traceback)) : null,
      attempt.trials.length ? trials(attempt.trials) : null,
      make("p", "muted small", used.filter(Boolean).join(" · ")),
    );
  }
}

const section = (title, ...children) => make("section", "attempt", make("h3", "", title), ...children);

function fold(title, ...children) {
  return make("details", "fold", make("summary", "", title), ...children);
}

function code(text, bad = null) {
  const lines = text.replace(/\n$/, "").split("\n");
  const rows = lines.map((line, place) =>
    make("span", place + 1 === bad ? "code-line bad" : "code-line", make("span", "code-number", String(place + 1)), make("span", "code-text", line || " ")),
  );
  return make("pre", "code", ...rows);
}

function stream(name, { text, bytes, truncated }) {
  if (!bytes) return null;
  const title = `${name} (${size(bytes)}${truncated ? ", cut" : ""})`;
  return make("div", "stream", make("h4", "", title), make("pre", "output", text));
}

function trials(list) {
  const items = list.map((trial) => {
    const verdict = trial.accepted ? "accepted" : trial.refusal ? `refused: ${trial.refusal}` : `failed: ${trial.failure?.message ?? ""}`;
    return make("li", "", tag(trial.source), ` ${trial.explanation} `, make("span", "muted", verdict), fold("Code", code(trial.code)));
  });
  return fold(`${plural(list.length, "candidate")} tried`, make("ol", "trials", ...items));
}

// The lines of a unified diff as two columns: what was there on the left, what is there now on the right.
export function columns(diff) {
  const rows = [];
  let [left, right] = [0, 0];
  let [removed, added] = [[], []];
  const flush = () => {
    for (let place = 0; place < Math.max(removed.length, added.length); place++) {
      rows.push({ left: removed[place] ?? null, right: added[place] ?? null, changed: true });
    }
    [removed, added] = [[], []];
  };
  for (const line of diff) {
    if (line.startsWith("--- ") && !left) continue;
    if (line.startsWith("+++ ") && !right) continue;
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (hunk) {
      flush();
      if (rows.length) rows.push({ gap: true });
      [left, right] = [Number(hunk[1]), Number(hunk[2])];
    } else if (line.startsWith("-")) removed.push({ number: left++, text: line.slice(1) });
    else if (line.startsWith("+")) added.push({ number: right++, text: line.slice(1) });
    else if (line.startsWith("\\")) continue;
    else {
      flush();
      const text = line.slice(1);
      rows.push({ left: { number: left++, text }, right: { number: right++, text }, changed: false });
    }
  }
  flush();
  return rows;
}

function sideBySide(diff) {
  const cell = (found, kind, sign) =>
    make(
      "div",
      `diff-cell ${found ? kind : "none"}`,
      make("span", "code-number", found ? String(found.number) : ""),
      make("span", "diff-sign", found ? sign : " "),
      make("span", "code-text", found ? found.text || " " : ""),
    );
  const rows = columns(diff).flatMap((row) =>
    row.gap
      ? [make("div", "diff-gap", "⋯")]
      : row.changed
        ? [cell(row.left, "removed", "−"), cell(row.right, "added", "+")]
        : [cell(row.left, "same", " "), cell(row.right, "same twin", " ")],
  );
  const table = make("div", "diff mono", make("div", "diff-head", "the plan's code"), make("div", "diff-head twin", "this attempt"), ...rows);
  table.setAttribute("role", "group");
  table.setAttribute("aria-label", "What this attempt changed");
  return table;
}
