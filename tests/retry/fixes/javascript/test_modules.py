"""Imports that are missing, misspelt, or ask for what is not there."""

from __future__ import annotations

import pytest

from mge_toolkit.core.results import Role
from mge_toolkit.retry.fixes.javascript.modules import JavaScriptModulesFixer
from tests.retry.fixes.cases import codes
from tests.retry.fixes.failures import failed_script as failed

FIXER = JavaScriptModulesFixer()
NO_EXPORT = "SyntaxError: The requested module '{}' does not provide an export named '{}'"

CASES = {
    "built-in": (
        "const x = fs.existsSync('a');",
        "ReferenceError: fs is not defined",
        (),
        "import fs from \"node:fs\";\nconst x = fs.existsSync('a');",
    ),
    "export of a built-in": (
        "const f = () => readFileSync('a');",
        "ReferenceError: readFileSync is not defined",
        (),
        "import { readFileSync } from \"node:fs\";\nconst f = () => readFileSync('a');",
    ),
    "class of a built-in": (
        "const e = new EventEmitter();",
        "ReferenceError: EventEmitter is not defined",
        (),
        'import { EventEmitter } from "node:events";\nconst e = new EventEmitter();',
    ),
    "beside require": (
        "const fs = require('fs');\nconst p = path.join('a', 'b');",
        "ReferenceError: path is not defined",
        (),
        "const path = require(\"path\");\nconst fs = require('fs');\nconst p = path.join('a', 'b');",
    ),
    "misspelt built-in": (
        "import p from 'node:pth';\nf(p);",
        "TypeError: No such built-in module: node:pth",
        ("ERR_UNKNOWN_BUILTIN_MODULE",),
        "import p from 'node:path';\nf(p);",
    ),
    "misspelt bare built-in": (
        "const p = require('pth');",
        "Error: Cannot find module 'pth'",
        ("MODULE_NOT_FOUND",),
        "const p = require('path');",
    ),
    "misspelt export": (
        "import { jion } from 'node:path';\nf(jion);",
        NO_EXPORT.format("node:path", "jion"),
        ("ERR_MISSING_EXPORT",),
        "import { join as jion } from 'node:path';\nf(jion);",
    ),
    "module asked for as its own export": (
        "import { fs } from 'fs';\nf(fs);",
        NO_EXPORT.format("fs", "fs"),
        ("ERR_MISSING_EXPORT",),
        "import fs from 'fs';\nf(fs);",
    ),
    "export of another module": (
        "import { promisify } from 'fs';\nf(promisify);",
        NO_EXPORT.format("fs", "promisify"),
        ("ERR_MISSING_EXPORT",),
        'import { promisify } from "node:util";\nf(promisify);',
    ),
    "namespace called": (
        "import * as assert from 'assert';\nassert(true);",
        "TypeError: assert is not a function",
        (),
        "import assert from 'assert';\nassert(true);",
    ),
}


@pytest.mark.parametrize(("code", "said", "bases", "meant"), CASES.values(), ids=CASES)
def test_imports_are_put_right(code: str, said: str, bases: tuple[str, ...], meant: str) -> None:
    assert meant in codes(FIXER, failed(code, said, line=1, bases=bases))[:2]


def test_what_only_the_check_uses_is_imported_for_it() -> None:
    case = failed(
        "const f = () => 1;",
        "ReferenceError: assert is not defined",
        line=1,
        role=Role.CHECK,
        check="assert.equal(f(), 1);",
    )
    assert codes(FIXER, case) == ['import assert from "node:assert";\nconst f = () => 1;']


def test_all_missing_built_ins_are_imported_at_once() -> None:
    code = "const f = () => path.join(os.tmpdir(), 'a');"
    found = codes(FIXER, failed(code, "ReferenceError: path is not defined", line=1))
    assert found == [f'import path from "node:path";\nimport os from "node:os";\n{code}']


def test_an_import_of_what_a_dependency_provides_goes() -> None:
    case = failed(
        "import { add } from './math.js';\nconst f = () => add(1, 2);",
        'TypeError: Module not found "file:///w/math.js".',
        line=1,
        bases=("ERR_MODULE_NOT_FOUND",),
        dependencies=["export const add = (a, b) => a + b;"],
    )
    assert codes(FIXER, case)[0] == "\nconst f = () => add(1, 2);"


def test_an_import_that_nothing_provides_stays() -> None:
    case = failed(
        "import { add } from './math.js';\nconst f = () => add(1, 2);",
        'TypeError: Module not found "file:///w/math.js".',
        line=1,
        bases=("ERR_MODULE_NOT_FOUND",),
    )
    assert all("add } from" in code for code in codes(FIXER, case))


def test_ordinary_words_are_no_reason_to_import() -> None:
    assert codes(FIXER, failed("f(parse);", "ReferenceError: parse is not defined", line=1)) == []
    assert codes(FIXER, failed("f(value);", "ReferenceError: value is not defined", line=1)) == []


@pytest.mark.parametrize(
    ("imported", "used", "expected"),
    [
        ('const fs = require("fs");\n', "existsSync", ('const fs = require("fs");\n', "fs.existsSync")),
        (
            'import * as fs from "node:fs";\n',
            "existsSync",
            ('import * as fs from "node:fs";\n', "fs.existsSync"),
        ),
        ('import fs from "fs";\n', "existsSync", ('import fs from "fs";\n', "fs.existsSync")),
        (
            'const { readFileSync } = require("fs");\n',
            "existsSync",
            ('const { readFileSync, existsSync } = require("fs");\n', "existsSync"),
        ),
        (
            'import { readFileSync } from "node:fs";\n',
            "existsSync",
            ('import { readFileSync, existsSync } from "node:fs";\n', "existsSync"),
        ),
        (
            'const path = require("path");\n',
            "existsSync",
            ('const { existsSync } = require("fs");\nconst path = require("path");\n', "existsSync"),
        ),
        (
            'function g() { const fs = require("fs"); }\n',
            "existsSync",
            (
                'const { existsSync } = require("fs");\nfunction g() { const fs = require("fs"); }\n',
                "existsSync",
            ),
        ),
    ],
)
def test_a_module_that_is_imported_is_used(imported: str, used: str, expected: tuple[str, str]) -> None:
    body = "const f = () => {}({});\n".replace("{}", "{}", 1)
    code = imported + body.format(used, "'x'")
    found = codes(JavaScriptModulesFixer(), failed(code, f"ReferenceError: {used} is not defined", line=2))
    assert found[0] == expected[0] + body.format(expected[1], "'x'")
