"""Segments of a Python program share one namespace, which is that of a real ``__main__``."""

from __future__ import annotations

from mge_toolkit.core.results import Role
from tests.jobs import Bench, result_of


def test_dependencies_code_is_there(bench: Bench) -> None:
    dependencies = {"d": "def tax(): return 0.21", "e": "def gross(n): return n * (1 + tax())"}
    assert result_of(bench.run("result = gross(100)", dependencies=dependencies)) == 121.0


def test_inputs_are_bound_for_code_and_check(bench: Bench) -> None:
    inputs = {"a": {"order": {"net": 50}, "names": ["x", None, True, 1.5]}}
    ended = bench.run("result = [order['net'], names]", "assert order['net'] == 50", inputs=inputs)
    assert result_of(ended) == [50, ["x", None, True, 1.5]]


def test_a_dependencys_inputs_and_result_are_unbound(bench: Bench) -> None:
    ended = bench.run(
        "result = [used, 'k' in globals(), 'result' in globals()]",
        dependencies={"d": "used = k + 1\nresult = 5"},
        inputs={"d": {"k": 1}},
    )
    assert result_of(ended) == [2, False, False]


def test_a_dependencys_input_gives_back_the_name_it_covered(bench: Bench) -> None:
    dependencies = {"d": "rate = 2\ndef f(): return rate", "e": "seen = rate"}
    ended = bench.run("result = [f(), seen]", dependencies=dependencies, inputs={"e": {"rate": 9}})
    assert result_of(ended) == [2, 9]


def test_the_result_is_the_codes_own_whatever_the_check_does(bench: Bench) -> None:
    ended = bench.run("result = [1]", "result.append(2)\nresult = 3")
    assert result_of(ended) == [1]


def test_a_result_of_the_check_alone_is_none(bench: Bench) -> None:
    ended = bench.run("x = 1", "result = 3")
    assert ended.completed
    assert ended.result is None


def test_main_is_a_real_module(bench: Bench) -> None:
    code = """
import pickle, sys, typing, dataclasses, inspect
@dataclasses.dataclass
class Point:
    x: int
    next: "Point | None" = None
def f(p: "Point") -> None:
    return None
result = [
    __name__,
    sys.modules["__main__"].Point is Point,
    pickle.loads(pickle.dumps(Point(3))).x,
    typing.get_type_hints(f)["p"] is Point,
    inspect.getsource(f),
    inspect.getsource(Point).splitlines()[1],
]
"""
    source = 'def f(p: "Point") -> None:\n    return None\n'
    assert result_of(bench.run(code)) == ["__main__", True, 3, True, source, "class Point:"]


def test_future_imports_belong_to_their_segment(bench: Bench) -> None:
    dependency = "from __future__ import annotations\ndef g(x: Unknown): return 1"
    ended = bench.run(
        "from __future__ import annotations\ndef f(x: AlsoUnknown): return 2\nresult = f(0) + g(0)",
        "from __future__ import division\nassert result == 3",
        dependencies={"d": dependency},
    )
    assert result_of(ended) == 3
    assert bench.run("def h(x: Unknown): pass", dependencies={"d": dependency}).raised is not None


def test_code_under_a_main_guard_runs(bench: Bench) -> None:
    assert result_of(bench.run("if __name__ == '__main__':\n    result = 1")) == 1


def test_the_arguments_and_the_import_path_are_a_scripts(bench: Bench) -> None:
    code = "import sys, helper\nresult = [len(sys.argv), helper.x]"
    assert result_of(bench.run(code, files={"helper.py": b"x = 4"})) == [1, 4]


def test_a_data_file_is_read_only(bench: Bench) -> None:
    code = "import os\nresult = [open('data/in.txt').read(), os.stat('data/in.txt').st_mode & 0o222]"
    assert result_of(bench.run(code, files={"data/in.txt": b"hello"})) == ["hello", 0]


def test_multiprocessing_works(bench: Bench) -> None:
    code = """
import multiprocessing
def double(x): return 2 * x
with multiprocessing.get_context("fork").Pool(2) as pool:
    result = pool.map(double, [1, 2, 3])
"""
    assert result_of(bench.run(code)) == [2, 4, 6]


def test_a_unittest_main_ends_the_program_well(bench: Bench) -> None:
    check = """
import unittest
class Tests(unittest.TestCase):
    def test(self): self.assertEqual(f(), {})
unittest.main()
"""
    assert bench.run("def f(): return 1", check.format(1)).completed
    failed = bench.run("def f(): return 2", check.format(1))
    assert not failed.completed
    assert failed.exit_code == 1
    assert b"AssertionError" in failed.stderr.data


def test_a_unittest_main_before_the_check_does_not_pass(bench: Bench) -> None:
    ended = bench.run("import unittest\nunittest.main()", "assert False")
    assert not ended.completed
    assert ended.segment == ("a", Role.CODE)
