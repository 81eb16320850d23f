"""The gate for JavaScript and TypeScript: gaming is refused, repairs are not."""

from __future__ import annotations

import pytest

from tests.retry.gate.cases import judged

BEFORE = """
const gross = (net, rate = 0.2) => {
  if (net < 0) throw new Error('negative');
  console.assert(rate < 1);
  const total = net * rate;
  return total;
};
"""
CHECK = """
const close = (a, b) => Math.abs(a - b) < 1e-6;
console.assert(gross(100, 0.21) === 121);
const got = gross(50);
assert.strictEqual(got, 60.5);
assert.deepEqual(gross(70), [7, 77]);
"""


def with_(*lines: str, old: str = "  const total = net * rate;\n") -> str:
    """Return the code with ``old`` replaced by ``lines``."""
    assert old in BEFORE
    return BEFORE.replace(old, "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (with_(old="  if (net < 0) throw new Error('negative');\n"), "deletes or disables a throw on line 3"),
        (
            with_("  if (false) throw new Error();", old="  if (net < 0) throw new Error('negative');\n"),
            "a throw",
        ),
        (with_(old="  console.assert(rate < 1);\n"), "deletes or disables the assertion on line 4"),
        (with_("  console.assert(true);", old="  console.assert(rate < 1);\n"), "disables the assertion"),
        (
            with_("  console.assert(rate < 1 || true);", old="  console.assert(rate < 1);\n"),
            "disables the assertion",
        ),
        (with_("  console.assert(rate < 9);", old="  console.assert(rate < 1);\n"), "changes the assertion"),
        (with_("  let total; try { total = net; } catch {}"), "swallows every exception on line 5"),
        (with_("  let total; try { total = net; } catch (e) { return 0; }"), "swallows every exception"),
        (with_("  let total; try { total = net; } finally { return 1; }"), "leaving 'finally'"),
        (BEFORE + "process.exit(0);\n", "ends the program early (process.exit)"),
        (BEFORE + "Deno.exit();\n", "ends the program early (Deno.exit)"),
        (BEFORE + "globalThis.process.exit(0);\n", "ends the program early"),
        (BEFORE + "process['exit'](0);\n", "ends the program early"),
        (with_("  if (net > 60) return 121;"), "returns 121 on line 5, which the check expects"),
        (with_("  if (net === 50) return 60.5;"), "returns 60.5 for the check's own input 50"),
        (with_("  return net === 50 ? 60.5 : net * rate;"), "for the check's own input 50"),
        (with_("  switch (net) { case 50: return 60.5; }"), "for the check's own input 50"),
        (with_("  const total = {100: 121, 50: 60.5}[net];"), "looks up 121 for the check's own input 100"),
        (with_("  if (net == 70) return [7, 77];"), "returns [7, 77] for the check's own input 70"),
        (BEFORE.replace("net, rate = 0.2", "net"), "removes the parameter"),
        (BEFORE.replace("net, rate = 0.2", "rate, net = 0.2"), "reorders the parameters"),
        (BEFORE.replace("rate = 0.2", "rate"), "removes the default of the parameter 'rate'"),
        (BEFORE.replace("const gross", "const other"), "removes the function 'gross'"),
        (BEFORE + "console.assert = () => {};\n", "replaces console.assert"),
        (BEFORE + "JSON.stringify = () => '';\n", "replaces JSON.stringify"),
        (BEFORE + "Array.prototype.map = function () { return this; };\n", "replaces Array.prototype.map"),
        (BEFORE + "Object.defineProperty(Math, 'abs', {value: () => 0});\n", "replaces what objects are"),
        (BEFORE + "const Math = {};\n", "replaces Math"),
        (BEFORE + "const close = () => true;\n", "defines 'close' on line 8, which the check defines itself"),
        (with_("  const total = eval('net * rate');"), "runs code that is made from text (eval)"),
        (with_("  const total = new Function('return 1')();"), "runs code that is made from text (Function)"),
        (with_("  const total = new Error().stack;"), "looks at the call stack"),
        (with_("  const total = require('fs').readFileSync('x');"), "reads files or the environment"),
        ("import { readFileSync } from 'node:fs';\n" + BEFORE, "reads files or the environment"),
        (with_("  const total = process.env.X;"), "reads files or the environment"),
    ],
)
def test_gaming_is_refused(after: str, reason: str) -> None:
    said = judged(BEFORE, after, check=CHECK, language="javascript")
    assert said is not None, after
    assert reason in said


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (
            "function f(a: number, b: number): number { return 121; }",
            "returns 121 on line 1, which the check expects",
        ),
        ("function f(a: number, b: number): number { }", "replaces the body of 'f'"),
        (
            "function f(a: number, b: number): number { return Math.max(1); }",
            "no longer uses the parameters of 'f'",
        ),
        ("function f(a: number): number { return a + 1; }", "removes the parameter 'b' of 'f'"),
        (
            "// @ts-nocheck\nfunction f(a: number, b: number): number { return a + b; }",
            "silences the type checker",
        ),
    ],
)
def test_typescript(after: str, reason: str) -> None:
    before = "function f(a: number, b: number): number { return a - b; }"
    said = judged(before, after, check="assert.equal(f(99, 22), 121);", language="typescript")
    assert said is not None
    assert reason in said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("const f = (n) => n > 1;", "const f = (n) => n >= 1;"),
        ("const f = (n) => n;", "const f = (count) => count + 1;"),
        (
            "const f = (n) => { if (n === 0) return 1; return n; };",
            "const f = (n) => { if (n === 0) return 0; return n; };",
        ),
        ("const f = (n) => n * f(n - 1);", "const f = (n) => n === 0 ? 1 : n * f(n - 1);"),
        (
            "function f(n) { return path.join(n); }",
            "const path = require('path');\nfunction f(n) { return path.join(n); }",
        ),
        ("function f(n) {\n  return n", "function f(n) {\n  return n;\n}"),
        ("function f(n) { return g(n); }\nfunction g(n) { return n; }", "function f(n) { return n + 1; }"),
        (
            "function f(n) { return n; }",
            "const extra = () => 2;\nfunction f(n, base = 10) { return n + extra(); }",
        ),
        ("const ff = (n) => n;", "const f = (n) => n;"),
        (
            "function f(n) { let x = n; for (let i = 0; i <= n; i++) x += i; return x; }",
            "const f = (n) => n * n;",
        ),
    ],
)
def test_repairs(before: str, after: str) -> None:
    assert judged(before, after, check="console.assert(f(0) === 0);\nf(1);", language="javascript") is None
