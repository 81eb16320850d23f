// Runs one composed program and reports what became of it. Self-contained; runs inside the sandbox.
//
// The payload, put in place of the word PAYLOAD below: nonce, program, script (run it as a sloppy script), commonjs, invalid (why the source cannot be
// run at all), segments (atom, role, inputs, timeout in seconds). The report: nonce, completed, segment, raised,
// result, limit, flags, phase ("load" until the program's first segment runs) and final (false while it runs).
// What the program may replace later is bound here, before it is loaded.

const { writeTextFileSync, inspect } = Deno;
const exit = Deno.exit.bind(Deno);
const { setPrototypeOf } = Object;
const stringify = JSON.stringify;
const now = performance.now.bind(performance);
const payload = JSON.parse(PAYLOAD);

const directory = Deno.cwd(); // the program may go elsewhere
// The nonce stands in this file, which the program need not see.
attempt(() => Deno.removeSync(`${directory}/.mge-runner.mjs`), undefined);
const state = { phase: "load", final: false, current: null, ended: 0, raised: null, result: null, limit: null };
const flags = new Set();
let muted = false;
let started = 0;
let timer;
let inputsBefore = [];

Error.stackTraceLimit = 50;

// JSON of what is the runner's own: without prototypes, to which the program may have given a `toJSON`.
function bare(value) {
  if (value === null || typeof value !== "object") return value;
  setPrototypeOf(value, null);
  for (const key in value) value[key] = bare(value[key]);
  return value;
}

function encode(value) {
  return stringify(bare(value));
}

function report() {
  const segment = state.current === null ? null : payload.segments[state.current];
  const record = {
    nonce: payload.nonce,
    completed: state.final && state.raised === null && state.ended === payload.segments.length,
    segment: segment && [segment.atom, segment.role],
    raised: state.raised,
    limit: state.limit,
    flags: [...flags],
    phase: state.phase,
    final: state.final,
  };
  writeTextFileSync(`${directory}/.mge-report.json`, `${encode(record).slice(0, -1)},"result":${state.result}}`);
}

function attempt(action, fallback) {
  try {
    return action();
  } catch {
    return fallback;
  }
}

function cut(text, limit) {
  return text.length <= limit ? text : `${text.slice(0, limit / 2)} … ${text.slice(-limit / 2)}`;
}

// The names of an error's classes, nearest first, then the code that Node's and Deno's own errors carry.
function classNames(error) {
  const names = [];
  for (let at = Object.getPrototypeOf(error); at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    names.push(String(at.constructor.name));
  }
  return names;
}

function describe(error) {
  if (!(error instanceof Error)) {
    const type = error === null ? "null" : attempt(() => error.constructor.name, undefined) ?? typeof error;
    const text = typeof error === "string" ? error : attempt(() => inspect(error), "?");
    return { type: String(type), bases: ["thrown value"], message: cut(text, 4096), stack: "", causes: [] };
  }
  const names = attempt(() => classNames(error), ["Error"]);
  const code = attempt(() => error.code, undefined);
  const causes = [];
  for (let at = error.cause; at instanceof Error && causes.length < 8; at = at.cause) {
    causes.push(cut(attempt(() => String(at.stack), ""), 16384));
  }
  return {
    type: names[0] ?? "Error",
    bases: [...names.slice(1), ...(typeof code === "string" ? [code] : [])],
    message: cut(attempt(() => String(error.message), "?"), 4096),
    stack: cut(attempt(() => String(error.stack), ""), 32768),
    causes,
  };
}

function fail(error) {
  if (state.raised === null) {
    state.raised = attempt(() => describe(error), null) ??
      { type: "Error", bases: [], message: "an error that cannot be described", stack: "", causes: [] };
  }
  exit(1);
}

// How many values JSON may write; sixteen characters of text count as one. What is shared is written each time.
let left = 1024 ** 2;

function isJson(value, depth) {
  left -= typeof value === "string" ? 1 + value.length / 16 : 1;
  if (left < 0) return false;
  if (value === null || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || depth > 400) return false;
  if (typeof value.toJSON === "function") return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1)) && !Object.keys(value).some(isNaN);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.entries(value).every(([key, item]) =>
    key.isWellFormed() && (item === undefined || isJson(item, depth + 1))
  );
}

function capture(value) {
  const text = attempt(() => isJson(value, 0) && stringify(value), undefined);
  if (typeof text === "string" && text.length <= 16 * 1024 ** 2) {
    state.result = `{"json":${text}}`;
    return;
  }
  flags.add("result_not_json");
  const shown = attempt(
    () => cut(left < 0 ? inspect(value, { depth: 0, strAbbreviateSize: 100 }) : inspect(value), 4096),
    "a value that cannot be shown",
  );
  state.result = encode({ repr: String(shown).toWellFormed() });
}

function bind(name, value) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: true });
}

function timedOut() {
  state.limit = "wall";
  exit(1);
}

// What the glue between the segments calls.
const glue = {
  begin(index) {
    const segment = payload.segments[index];
    state.phase = "run";
    state.current = index;
    report();
    if (payload.started !== null && segment.role === "code") writeTextFileSync(`${directory}/${payload.started}`, "");
    started = now();
    muted = segment.role === "dependency";
    if (muted) {
      timer = setTimeout(timedOut, segment.timeout * 1000);
      Deno.unrefTimer(timer);
    }
    inputsBefore = Object.keys(segment.inputs)
      .map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
    for (const [name, value] of Object.entries(segment.inputs)) bind(name, value);
  },

  // A dependency's inputs and result are unbound again; a code segment's stay for the check.
  end(index, read) {
    const segment = payload.segments[index];
    if (segment.role === "code") {
      const own = attempt(read, undefined);
      const value = own === undefined ? globalThis.result : own;
      if (value !== undefined) capture(value);
    }
    if (segment.role === "dependency") {
      clearTimeout(timer);
      if (now() - started > segment.timeout * 1000) timedOut();
      for (const [name, descriptor] of inputsBefore) {
        delete globalThis[name];
        if (descriptor !== undefined) Object.defineProperty(globalThis, name, descriptor);
      }
      bind("result", undefined);
      muted = false;
    }
    state.ended += 1;
  },
};
Object.defineProperty(globalThis, "__mge__", { value: Object.freeze(glue) });
bind("result", undefined);

class AssertionError extends Error {
  code = "ERR_ASSERTION";
  name = "AssertionError";
}

console.assert = function assert(condition, ...details) {
  if (condition) return;
  const message = details.map((one) => typeof one === "string" ? one : inspect(one)).join(" ");
  const error = new AssertionError(message || "Assertion failed");
  Error.captureStackTrace(error, assert);
  throw error;
};

// A dependency's output is thrown away. Wrapped once, for a dependency may keep a reference to a method.
function silence(target, name, instead) {
  const original = target[name];
  if (typeof original === "function") {
    target[name] = (...args) => muted ? instead(...args) : original.apply(target, args);
  }
}

if (payload.segments.some((segment) => segment.role === "dependency")) {
  for (const name of Object.keys(console)) if (name !== "assert") silence(console, name, () => undefined);
  for (const stream of [Deno.stdout, Deno.stderr]) {
    silence(stream, "writeSync", (data) => data.length);
    silence(stream, "write", (data) => Promise.resolve(data.length));
  }
}

// CommonJS, made only when it is used: creating a real `require` costs as much as starting Deno.
function lazily(name, make) {
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() {
      const value = make();
      bind(name, value);
      return value;
    },
    set(value) {
      bind(name, value);
    },
  });
}

const exported = {};
lazily("module", () => ({ exports: exported, id: ".", filename: `${directory}/${payload.program}`, children: [] }));
lazily("exports", () => exported);
lazily("__dirname", () => directory);
lazily("__filename", () => `${directory}/${payload.program}`);
lazily("require", () => {
  let real;
  const require = (name) => {
    const builtin = typeof name === "string" ? process.getBuiltinModule(name) : undefined;
    if (builtin !== undefined) return builtin;
    if (!/^\.{0,2}\//.test(name)) {
      const error = new Error(`Cannot find module '${name}'`);
      error.code = "MODULE_NOT_FOUND";
      Error.captureStackTrace(error, require);
      throw error;
    }
    real ??= process.getBuiltinModule("module").createRequire(`${directory}/${payload.program}`);
    return real(name);
  };
  require.main = globalThis.module;
  require.cache = {};
  return require;
});

addEventListener("error", (event) => {
  event.preventDefault();
  fail(event.error);
});
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(event.reason);
});
addEventListener("unload", () => {
  state.final = true;
  report();
});

async function load() {
  if (payload.invalid !== null) throw new SyntaxError(payload.invalid);
  const program = `./${payload.program}`;
  if (payload.script) {
    try {
      return (0, eval)(`${Deno.readTextFileSync(program)}\n//# sourceURL=file://${directory}/${payload.program}`);
    } catch (error) {
      // Nothing ran: loaded as a module, the same mistake comes with its position.
      if (state.phase !== "load" || !(error instanceof SyntaxError)) throw error;
    }
  }
  await import(program);
}

load().catch(fail);
