"""What games the check, in Python, is refused with a reason that a reviewer understands."""

from __future__ import annotations

import pytest

from tests.retry.gate.cases import judged

BEFORE = """
def gross(net, rate=0.2):
    assert net >= 0
    if rate > 1:
        raise ValueError("no rate")
    total = net * rate
    return round(total, 2)
"""
CHECK = """
def close(a, b):
    return abs(a - b) < 1e-6
assert gross(100, 0.21) == 121.0
got = gross(50)
assert close(got, 60.5)
"""


def with_(*lines: str, old: str = "    total = net * rate\n") -> str:
    """Return the code with ``old`` replaced by ``lines``."""
    assert old in BEFORE
    return BEFORE.replace(old, "".join(f"{line}\n" for line in lines))


REPLACED = """
def gross(net, rate=0.2):
    assert net >= 0
    if rate > 1:
        raise ValueError("no rate")
    {}
"""


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (with_(old="    assert net >= 0\n"), "deletes or disables the assertion on line 3"),
        (
            with_("    assert True", old="    assert net >= 0\n"),
            "deletes or disables the assertion on line 3",
        ),
        (
            with_("    assert net >= 0 or True", old="    assert net >= 0\n"),
            "disables the assertion on line 3",
        ),
        (with_("    assert net == net", old="    assert net >= 0\n"), "disables the assertion on line 3"),
        (
            with_("    assert (net >= 0, 'no')", old="    assert net >= 0\n"),
            "disables the assertion on line 3",
        ),
        (with_("    assert net >= -100", old="    assert net >= 0\n"), "changes the assertion on line 3"),
        (
            with_("    if False:", "        assert net >= 0", old="    assert net >= 0\n"),
            "disables the assertion",
        ),
        (
            with_("        pass", old='        raise ValueError("no rate")\n'),
            "the raise of ValueError on line 5",
        ),
        (with_("    if rate > 1 and False:", old="    if rate > 1:\n"), "the raise of ValueError on line 5"),
        (
            with_("    try:", "        total = 1 / 0", "    except:", "        total = 1"),
            "swallows every exception",
        ),
        (
            with_("    try:", "        total = net", "    except Exception:", "        return 1"),
            "swallows every",
        ),
        (
            with_("    try:", "        total = net", "    except (KeyError, Exception):", "        pass"),
            "swallows every exception on line 8",
        ),
        (with_("    try:", "        total = net", "    finally:", "        return 1"), "leaving 'finally'"),
        (
            with_("    import contextlib", "    with contextlib.suppress(Exception):", "        total = net"),
            "suppresses every exception on line 7",
        ),
        (BEFORE + "import sys\nsys.exit(0)\n", "ends the program early (sys.exit)"),
        (with_("    import os", "    os._exit(0)"), "ends the program early (os._exit)"),
        (with_("    from os import _exit as done", "    done(0)"), "ends the program early (os._exit)"),
        (with_("    import os", "    getattr(os, '_exit')(0)"), "ends the program early (os._exit)"),
        (with_("    raise SystemExit"), "ends the program early (SystemExit)"),
        (BEFORE + "quit()\n", "ends the program early (quit)"),
        (REPLACED.format("return 121.0"), "returns 121.0 on line 6, which the check expects"),
        (
            with_("    if net > 60:", "        return 121.0"),
            "returns 121.0 on line 7, which the check expects",
        ),
        (with_("    total = 120.0 + 1"), "binds 121.0 on line 6, which the check expects"),
        (with_("    if net == 50:", "        return 60.5"), "returns 60.5 for the check's own input 50"),
        (with_("    if net in (50, 51):", "        return 60.5"), "for the check's own input 50"),
        (with_("    if str(net) == '50':", "        return 60.5"), "for the check's own input 50"),
        (with_("    if net != 50:", "        return net", "    return 60.5"), "for the check's own input 50"),
        (with_("    return 60.5 if net == 50 else net * rate"), "for the check's own input 50"),
        (
            with_("    match net:", "        case 50:", "            return 60.5", "    total = net * rate"),
            "for the check's own input 50",
        ),
        (with_("    total = {100: 121.0, 50: 60.5}[net]"), "looks up 121.0 for the check's own input 100"),
        (with_("    total = {'100': 121.0, '50': 60.5}.get(str(net))"), "looks up"),
        (
            BEFORE.replace("net, rate=0.2", "net, rate"),
            "removes the default of the parameter 'rate' of 'gross'",
        ),
        (BEFORE.replace("net, rate=0.2", "rate, net=0.2"), "reorders the parameters of 'gross'"),
        (
            "def gross(net):\n    assert net >= 0\n    rate = 0.2\n    if rate > 1:\n        raise ValueError\n"
            "    return net * rate\n",
            "removes the parameter 'rate' of 'gross'",
        ),
        (BEFORE.replace("net", "sum_"), "renames the parameter 'net' of 'gross' to 'sum_'"),
        (BEFORE.replace("gross", "nett"), "removes the function 'gross'"),
        (REPLACED.format("return None"), "replaces the body of 'gross'"),
        (REPLACED.format("return len('abc')"), "no longer uses the parameters"),
        ("AssertionError = ValueError\n" + BEFORE, "replaces AssertionError on line 1"),
        (BEFORE + "import builtins\nbuiltins.abs = lambda x: 0\n", "replaces builtins.abs"),
        (BEFORE + "def abs(x):\n    return 0\n", "replaces the built-in 'abs', which the check uses"),
        (
            BEFORE + "def close(a, b):\n    return True\n",
            "defines 'close' on line 8, which the check defines itself",
        ),
        (BEFORE + "import math\nmath.isclose = max\n", "replaces math.isclose on line 9"),
        (BEFORE + "import json as j\nj.loads = max\n", "replaces json.loads on line 9"),
        (BEFORE + "import sys\nsys.modules['math'] = None\n", "sys.modules"),
        (BEFORE + "import unittest\nsetattr(unittest, 'main', None)\n", "replaces unittest.main"),
        (BEFORE + "globals()['close'] = max\n", "globals"),
        (
            with_(
                "    class E(float):",
                "        def __eq__(self, o):",
                "            return True",
                "    total = E(net)",
            ),
            "every comparison holds",
        ),
        (BEFORE + "class E:\n    def __eq__(self, o):\n        return True\n", "defines '__eq__' on line 9"),
        (BEFORE + "class E:\n    def __bool__(self):\n        return True\n", "defines '__bool__' on line 9"),
        (with_("    import sys", "    total = sys._getframe(1).f_locals"), "looks at the call stack"),
        (with_("    import inspect", "    total = inspect.stack()"), "looks at the call stack"),
        (with_("    import gc", "    total = gc.get_objects()"), "looks at the call stack"),
        (with_("    import ctypes", "    total = ctypes.pythonapi"), "looks at the call stack"),
        (with_("    total = gross.__globals__"), "looks at the call stack"),
        (with_("    total = open(__file__).read()"), "reads files or the environment"),
        (with_("    import os", "    total = os.environ"), "reads files or the environment"),
        (with_("    import time", "    time.sleep(1)"), "sleeps (time.sleep) on line 7"),
        (with_("    total = eval('net * rate')"), "runs code that is made from text (eval)"),
        (with_("    exec('total = 1')"), "runs code that is made from text (exec)"),
        ("import unittest\nraise unittest.SkipTest('no')\n" + BEFORE, "marks a test as skipped"),
        ("from unittest import mock\n" + BEFORE, "replaces names behind"),
    ],
)
def test_gaming_is_refused(after: str, reason: str) -> None:
    said = judged(BEFORE, after, check=CHECK)
    assert said is not None, after
    assert reason in said


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("result = sum(order)", "result = 60.5", "binds 60.5 on line 1, which the check expects"),
        ("result = sum(order)", "x = 60.5\nresult = x", "binds 60.5 on line 1"),
        ("result = sum(order)\n", "result = 121 / 2", "binds 60.5"),
        (
            "def f(n):\n    return n * 2\nresult = f(3)",
            "def f(n):\n    return n * 2\nresult = 60.5",
            "binds 60.5",
        ),
    ],
)
def test_an_expected_result_is_computed(before: str, after: str, reason: str) -> None:
    said = judged(before, after, result=60.5)
    assert said is not None
    assert reason in said


def test_even_a_common_result_is_computed() -> None:
    said = judged("result = len(xs)", "result = 0", result=0)
    assert said == "binds 'result' to a constant on line 1, instead of computing it"


@pytest.mark.parametrize("after", ["print('total: 60.5')", "import sys\nsys.stdout.write('total: 60.5\\n')"])
def test_expected_output_is_computed(after: str) -> None:
    said = judged("print('total:', sum(xs)", after, stdout="total: 60.5\n")
    assert said is not None
    assert "prints the expected output" in said


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("def f(a, b):\n    return 7\n", "replaces the body of 'f'"),
        ("def g(a, b):\n    x = a\n    x += b\n    return x\n", "removes the function 'f'"),
        ("def f(a):\n    x = a\n    x += 1\n    return x\n", "removes the parameter 'b' of 'f'"),
        (
            "def f(a, b):\n    try:\n        return a + b\n    except Exception:\n        pass\n",
            "swallows every",
        ),
        ("def f(a, b):\n    x = a\n    x += b\n    return x\nexit()\n", "ends the program early"),
        (
            "def f(a, b):\n    x = a\n    if x == 9: return 77\n    return x + b\n",
            "for the check's own input 9",
        ),
    ],
)
def test_code_that_does_not_parse_is_kept_as_far_as_it_can_be_read(after: str, reason: str) -> None:
    before = "def f(a, b)\n    x = a\n    x += b\n    x -= 1\n    return x\n"
    said = judged(before, after, check="assert f(9, 1) == 77")
    assert said is not None
    assert reason in said


def test_an_assertion_of_code_that_does_not_parse_stays() -> None:
    assert judged("x = (1\nassert x == 1\n", "x = (1)\n") == "deletes an assertion"
    assert (
        judged("if x\n    raise ValueError('no')\n", "if x:\n    pass\n") == "deletes the raise of ValueError"
    )


def test_a_class_is_kept() -> None:
    before = "class Stack:\n    def push(self, x):\n        self.items.append(x)\n"
    assert judged(before, "class Heap:\n    pass\n") == "removes the class 'Stack'"
    assert judged(before, "class Stack:\n    pass\n") == "removes the function 'Stack.push'"


def test_one_example_may_not_go_alone() -> None:
    before = "def f(n):\n    return n\nassert f(1) == 2\nassert f(2) == 4\n"
    after = "def f(n):\n    return n + n - 1\nassert f(1) == 2\n"
    said = judged(before, after, check="assert f(3) == 5")
    assert said == "deletes or disables the assertion on line 4"


def test_examples_stay_where_nothing_else_checks() -> None:
    said = judged("def f(n):\n    return n\nassert f(1) == 2\n", "def f(n):\n    return n + n\n")
    assert said == "deletes or disables the assertion on line 3"
