"""JavaScript and TypeScript programs run as their authors mean them, whatever dialect they are written in."""

from __future__ import annotations

import pytest

from mge_toolkit.core.plans import UNSET, Limits, Network
from mge_toolkit.core.results import Flag, Limit, Role
from tests.jobs import Bench, result_of

LANGUAGES = pytest.mark.parametrize("language", ["javascript", "typescript"])


@LANGUAGES
@pytest.mark.parametrize(
    "code",
    [
        "const result = f(order)",
        "let result; result = f(order)",
        "var result = f(order)",
        "result = f(order)",
        "globalThis.result = f(order)",
        "export const result = f(order);",
        "const { result } = { result: f(order) }",
        "const result = await Promise.resolve(f(order))",
    ],
)
def test_result_and_inputs_are_bound_in_any_way(bench: Bench, language: str, code: str) -> None:
    ended = bench.run(
        code,
        "if (result !== 42 || order !== 41) throw new Error('no')",
        language=language,
        dependencies={"d": "const result = k; function f(n) { return n + one } const one = k"},
        inputs={"d": {"k": 1}, "a": {"order": 41}},
    )
    assert result_of(ended) == 42


@LANGUAGES
def test_a_dependencys_result_and_inputs_are_gone(bench: Bench, language: str) -> None:
    for dependency in ("const result = k", "result = k", "globalThis.result = k", "var result = k"):
        ended = bench.run(
            "const seen = [typeof result, typeof k]; result = seen",
            language=language,
            dependencies={"d": dependency},
            inputs={"d": {"k": 1}},
        )
        assert result_of(ended) == ["undefined", "undefined"]


@LANGUAGES
def test_an_input_covers_what_a_dependency_declared(bench: Bench, language: str) -> None:
    dependency = "const rate = 2; const getRate = () => rate"
    code = "result = [rate, getRate()]"
    ended = bench.run(code, language=language, dependencies={"d": dependency}, inputs={"a": {"rate": 9}})
    assert result_of(ended) == [9, 2]


@LANGUAGES
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("const x = 1", "const x = 2"),
        ("let x = 1", "var x = 2"),
        ("var x = 1", "let x = 2"),
        ("function x() {}", "const x = 2"),
        ("class x {}", "var x = 2; for (var i = 0; i < 1; i++) {}"),
        ("const { y: [x] } = { y: [1] }", "const x = 2"),
        ("export const x = 1", "export const x = 2"),
        ("import x from 'fs'", "const x = 2"),
        ("const x = 1", "export default 5; export { x }; const x = 2"),
    ],
)
def test_a_name_may_be_declared_again(bench: Bench, language: str, first: str, second: str) -> None:
    dependencies = {"d": f"{first}; const before = () => typeof x", "e": "const other = 1"}
    ended = bench.run(f"{second}\nconst result = [x, before() !== 'undefined', other]", language=language,
                      dependencies=dependencies)  # fmt: skip
    assert result_of(ended) == [2, True, 1]


@LANGUAGES
def test_imports_are_merged_and_may_stand_anywhere(bench: Bench, language: str) -> None:
    ended = bench.run(
        "const y = 1;\nimport fs, { readFileSync } from 'fs';\nimport * as path from 'node:path'\n"
        "result = [typeof fs.statSync, typeof readFileSync, path.join('a', 'b')]",
        "import * as assert from 'assert';\nimport fs from 'fs'\nimport 'node:os'\nassert.ok(fs);",
        language=language,
        dependencies={
            "d": "import fs from 'fs'; import { join as path } from 'path'; const p = path",
            "e": "import fs from 'fs'; import assert from 'node:assert'; const y = 2; assert.ok(true)",
        },
    )
    assert result_of(ended) == ["function", "function", "a/b"]


@LANGUAGES
def test_commonjs_works_alone_and_beside_imports(bench: Bench, language: str) -> None:
    ended = bench.run(
        "const assert = require('assert'); const os = require('node:os');\nmodule.exports = { assert };\n"
        "exports.x = 1; assert.equal(__dirname.length > 0, true);\n"
        "if (require.main === module) globalThis.result = [typeof os.EOL, Object.keys(module.exports)]",
        language=language,
        dependencies={"d": "import fs from 'fs'; const path = require('path')"},
    )
    assert result_of(ended) == ["string", ["assert"]]


def test_sloppy_scripts_work(bench: Bench) -> None:
    code = """
count = 010;
with ({ inner: 1 }) { count += inner }
function who() { return this === globalThis }
var result = [count, who(), (function () { return typeof arguments.callee })()]
"""
    assert result_of(bench.run(code, language="javascript")) == [9, True, "function"]


def test_sloppy_scripts_compose(bench: Bench) -> None:
    dependencies = {"d": "total = 1; const x = 1; var result = 3; function get() { return x }"}
    code = "var x = 2; total += 1; result = [x, get(), total, typeof k]"
    ended = bench.run(code, "if (result[0] !== 2) throw 1", language="javascript", dependencies=dependencies)
    assert result_of(ended) == [2, 1, 2, "undefined"]


def test_typescripts_own_constructs_work(bench: Bench) -> None:
    code = """
enum Color { Red, Green = "g" }
namespace Shapes { export const sides: number = 4 }
abstract class Base { constructor(protected readonly x: number, public y = 2) {} abstract f(): number }
class Derived extends Base { f(): number { return this.x + this.y } }
interface Order { net: number }
type Pair<T> = [T, T];
function over(a: string): string;
function over(a: number): number;
function over(a: any): any { return a }
const pair = [1, over(2)] satisfies Pair<number>;
const order = { net: 3 } as Order;
declare const ambient: number;
result = [Color.Red, Color.Green, Shapes.sides, new Derived(1).f(), pair, order!.net, <number>over(5)];
"""
    dependencies = {
        "d": "namespace Shapes { export const sides = 3 }\nenum Color { Blue }; interface Order { a: 1 }"
    }
    ended = bench.run(code, language="typescript", dependencies=dependencies)
    assert result_of(ended) == [0, "g", 4, 3, [1, 2], 3, 5]


def test_a_program_is_the_main_module(bench: Bench) -> None:
    assert result_of(bench.run("if (import.meta.main) result = 1", language="javascript")) == 1


@LANGUAGES
def test_output_is_the_atoms_own(bench: Bench, language: str) -> None:
    dependency = """
const log = console.log; log("hidden"); console.error("hidden"); process.stdout.write("hidden");
Deno.stdout.writeSync(new TextEncoder().encode("hidden")); console.table([1]);
const say = () => log("shown");
"""
    code = "say(); process.stdout.write('more\\n'); console.error('bad')"
    ended = bench.run(code, language=language, dependencies={"d": dependency})
    assert ended.completed, ended
    assert ended.stdout.text == "shown\nmore\n"
    assert ended.stderr.text == "bad\n"


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("NaN", "NaN"),
        ("[1, Infinity]", "[ 1, Infinity ]"),
        ("10n", "10n"),
        ("new Map([[1, 2]])", "Map(1) { 1 => 2 }"),
        ("() => 1", "[Function: result]"),
        ("'\\ud800'", '"\ufffd"'),
        ("(() => { const a = []; a.push(a); return a })()", "<ref *1> [ [Circular *1] ]"),
        ("({ get x() { throw 1 } })", "{ x: [Getter] }"),
    ],
)
def test_what_json_cannot_hold_is_shown(bench: Bench, expression: str, shown: str) -> None:
    ended = bench.run(f"const result = {expression}", language="javascript")
    assert ended.completed
    assert ended.result is not None
    assert ended.result.json is UNSET
    assert ended.result.repr == shown
    assert Flag.RESULT_NOT_JSON in ended.flags


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "code",
    [
        "let x = 1; for (let i = 0; i < 40; i++) x = [x, x]; const result = x",
        "let x = 1; for (let i = 0; i < 40; i++) x = { a: x, b: x }; const result = x",
        "const x = []; x.push(x, x); const result = x",
        "const x = 'x'.repeat(1e6); const result = Array(1e5).fill(x)",
    ],
    ids=["array", "object", "cycle", "text"],
)
def test_a_result_too_large_for_json_is_shown_in_short(bench: Bench, code: str) -> None:
    ended = bench.run(code, language="javascript")
    assert ended.completed, ended
    assert ended.result is not None
    assert ended.result.json is UNSET
    assert len(ended.result.repr or "") <= 4200
    assert Flag.RESULT_NOT_JSON in ended.flags


@pytest.mark.parametrize("owner", ["Object", "Array"])
def test_a_patched_to_json_does_not_reach_the_report(bench: Bench, owner: str) -> None:
    patch = f"{owner}.prototype.toJSON = () => 5;"
    assert result_of(bench.run(f"{patch} const result = 'fine'", language="javascript")) == "fine"
    ended = bench.run(f"{patch} const result = [1]", language="javascript")
    assert ended.completed, ended
    assert Flag.RESULT_NOT_JSON in ended.flags
    ended = bench.run(f"{patch} throw new RangeError('no')", language="javascript")
    assert ended.raised is not None
    assert ended.raised.type == "RangeError"


def test_json_comes_back(bench: Bench) -> None:
    value = {"a": [1, -2.5, None, True, "é😀\n"], "": {}, "n": 1e300}
    assert (
        result_of(bench.run("const result = value", language="javascript", inputs={"a": {"value": value}}))
        == value
    )


@LANGUAGES
def test_a_failed_console_assert_fails(bench: Bench, language: str) -> None:
    ended = bench.run(
        "console.assert(true, 'fine')", "console.assert(1 > 2, 'odd', {a: 1})", language=language
    )
    assert ended.raised is not None
    assert (ended.raised.type, ended.raised.message) == ("AssertionError", "odd { a: 1 }")
    assert "ERR_ASSERTION" in ended.raised.bases


@pytest.mark.parametrize("call", ["process.exit(0)", "Deno.exit(0)", "Deno.exit(3)", "process.exit()"])
def test_leaving_early_is_not_completing(bench: Bench, call: str) -> None:
    ended = bench.run(call, "const x = 1", language="javascript")
    assert not ended.completed
    assert ended.exit_code == (3 if "3" in call else 0)
    assert ended.segment == ("a", Role.CODE)


def test_an_exit_code_is_a_failure_an_exit_at_the_end_is_none(bench: Bench) -> None:
    assert not bench.run("process.exitCode = 4", language="javascript").completed
    assert bench.run("setTimeout(() => process.exit(0), 1)", language="javascript").completed


def test_work_left_is_waited_for(bench: Bench) -> None:
    ended = bench.run("setTimeout(() => console.log('late'), 50)", language="javascript")
    assert ended.completed
    assert ended.stdout.text == "late\n"


def test_an_await_that_never_ends_is_an_error(bench: Bench) -> None:
    ended = bench.run("const x = 1;\n  await new Promise(() => {})", language="typescript")
    assert ended.raised is not None
    assert ended.raised.type == "UnsettledTopLevelAwait"
    assert [(frame.line, frame.column) for frame in ended.raised.frames] == [(2, 3)]


def test_v8s_heap_limit_is_a_memory_limit(bench: Bench) -> None:
    code = "const a = []; while (true) a.push(new Array(1000).fill(1.5))"
    ended = bench.run(code, language="javascript", limits=Limits(memory=128 * 1024**2))
    assert ended.limit is Limit.MEMORY
    assert not ended.completed


@pytest.mark.parametrize("body", ["await new Promise((done) => setTimeout(done, 60000))", "while (true);"])
def test_a_dependency_has_a_time_limit_of_its_own(bench: Bench, body: str) -> None:
    ended = bench.run(
        "const x = 1",
        language="javascript",
        dependencies={"d": "const ok = 1", "e": body},
        dependency_timeout=0.4,
        limits=Limits(timeout=0.4),
    )
    assert ended.limit is Limit.WALL
    assert ended.segment == ("e", Role.DEPENDENCY)


@pytest.mark.parametrize(
    "code",
    [
        "Deno.readTextFileSync('/etc/passwd')",
        "Deno.writeTextFileSync('/tmp/mge-should-not-exist', '')",
        "new Deno.Command('/bin/true').outputSync()",
        "await fetch('http://127.0.0.1:8999')",
        "Deno.hostname()",
    ],
)
def test_deno_itself_denies_what_no_atom_needs(bench: Bench, code: str) -> None:
    ended = bench.run(code, language="javascript")
    assert ended.raised is not None
    assert ended.raised.type in ("NotCapable", "TypeError")
    assert "equires" in ended.raised.message


def test_a_loopback_network_is_allowed_on_request(bench: Bench) -> None:
    code = """
const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response("pong"));
result = await (await fetch(`http://127.0.0.1:${server.addr.port}`)).text();
await server.shutdown();
"""
    assert result_of(bench.run(code, language="javascript", network=Network.LOOPBACK)) == "pong"


def test_the_work_directory_and_its_data_can_be_used(bench: Bench) -> None:
    code = "Deno.writeTextFileSync('out.txt', Deno.readTextFileSync('in.txt')); import fs from 'fs';" \
        " result = fs.readFileSync('out.txt', 'utf8')"  # fmt: skip
    assert result_of(bench.run(code, language="javascript", files={"in.txt": b"data"})) == "data"
    module = {"lib.mjs": b"export const x = 5"}
    assert (
        result_of(bench.run("import { x } from './lib.mjs'; result = x", language="javascript", files=module))
        == 5
    )


def test_nothing_is_downloaded(bench: Bench) -> None:
    for specifier in ("npm:left-pad", "jsr:@std/assert", "https://example.org/x.js", "left-pad"):
        ended = bench.run(f"import x from '{specifier}'; x()", language="javascript")
        assert ended.raised is not None
        assert "ERR_MODULE_NOT_FOUND" in ended.raised.bases, specifier


def test_types_are_checked_on_request(bench: Bench) -> None:
    code = "const x: number = 1;\n  const y: string = order + x; const z: number = 'no';"
    inputs = {"a": {"order": 1}}
    assert bench.run(code, language="typescript", inputs=inputs).completed
    ended = bench.run(code, language="typescript", inputs=inputs, typecheck=True)
    assert ended.raised is not None
    assert ended.raised.type == "TS2322"
    assert [(frame.line, frame.column) for frame in ended.raised.frames] == [(2, 38)]
    good = bench.run(
        "const y: number = order; result = y", language="typescript", inputs=inputs, typecheck=True
    )
    assert result_of(good) == 1
    assert good.stderr.data == b""


@LANGUAGES
def test_a_large_source_works(bench: Bench, language: str) -> None:
    line = "total += 'a line of some sixty characters to fill the source up'.length;\n"
    code = "export let total = 0;\nconst name1 = 5;\n" + line * (10 * 1024**2 // len(line))
    dependencies = {"d": "const name1 = 1; const kept = 2"}
    limits = Limits(memory=1024**3)
    ended = bench.run(code + "result = kept", language=language, dependencies=dependencies, limits=limits)
    assert result_of(ended) == 2
