"""How Python programs end: threads, handlers, children, streams, dependencies that fail or hang."""

from __future__ import annotations

import pytest

from mge_toolkit.core.results import Flag, Limit, Role
from tests.jobs import Bench, result_of


def test_threads_are_waited_for_and_handlers_run(bench: Bench) -> None:
    code = """
import atexit, threading, time
atexit.register(print, "handler")
threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
print("end")
"""
    ended = bench.run(code)
    assert ended.completed
    assert ended.stdout.text == "end\nthread\nhandler\n"


def test_handlers_run_after_an_exception_too(bench: Bench) -> None:
    ended = bench.run("import atexit\natexit.register(print, 'handler')\n1 / 0")
    assert ended.stdout.text == "handler\n"
    assert ended.raised is not None


def test_a_handler_that_leaves_takes_the_report_along(bench: Bench) -> None:
    ended = bench.run("import atexit, os\natexit.register(os._exit, 0)")
    assert not ended.completed


def test_a_forked_child_that_runs_on_reports_nothing(bench: Bench) -> None:
    ended = bench.run(
        "import os\npid = os.fork()\nif pid: os.waitpid(pid, 0)\nresult = pid > 0\nprint(result)"
    )
    assert result_of(ended) is True
    assert ended.stdout.text == "False\nTrue\n"


def test_a_forked_child_fails_by_itself(bench: Bench) -> None:
    code = "import os\npid = os.fork()\nif not pid: 1 / 0\nresult = os.WEXITSTATUS(os.waitpid(pid, 0)[1])"
    ended = bench.run(code)
    assert result_of(ended) == 1
    assert "ZeroDivisionError" in ended.stderr.text


def test_any_text_can_be_printed(bench: Bench) -> None:
    ended = bench.run("import sys\nprint('é😀\\ud800')\nprint('\\udcff', file=sys.stderr)")
    assert ended.completed
    assert ended.stdout.text == "é😀\\ud800\n"
    assert ended.stderr.text == "\\udcff\n"
    assert not ended.flags


def test_binary_output_is_flagged(bench: Bench) -> None:
    ended = bench.run("import sys\nsys.stdout.buffer.write(b'\\xff\\x00\\xfe')")
    assert ended.completed
    assert ended.stdout.data == b"\xff\x00\xfe"
    assert Flag.BINARY_OUTPUT in ended.flags


def test_standard_input_is_empty(bench: Bench) -> None:
    assert result_of(bench.run("import sys\nresult = sys.stdin.read()")) == ""
    ended = bench.run("input()")
    assert ended.raised is not None
    assert ended.raised.type == "EOFError"


def test_closed_streams_are_flagged(bench: Bench) -> None:
    for code in (
        "import sys; sys.stdout.close()",
        "import os; os.close(1)",
        "import os; os.closerange(0, 50)",
    ):
        ended = bench.run(code)
        assert ended.completed, code
        assert Flag.STREAM_CLOSED in ended.flags, code


def test_a_replaced_stream_is_none_of_our_business(bench: Bench) -> None:
    ended = bench.run(
        "import io, sys\nsys.stdout = io.StringIO()\nprint('x')\nresult = sys.stdout.getvalue()"
    )
    assert result_of(ended) == "x\n"
    assert ended.stdout.data == b""
    assert not ended.flags


def test_a_forged_report_is_just_output(bench: Bench) -> None:
    ended = bench.run('print(\'{"nonce": "", "completed": true, "result": {"json": 1}}\')\nraise ValueError')
    assert not ended.completed
    assert ended.raised is not None
    assert ended.result is None


def test_a_report_written_by_the_program_is_not_believed(bench: Bench) -> None:
    code = "import os\nopen('.mge-report.json', 'w').write('{\"nonce\": \"?\", \"completed\": true}')\nos._exit(0)"
    ended = bench.run(code)
    assert not ended.completed
    assert Flag.REPORT_FORGED in ended.flags


def test_a_dependencys_output_is_thrown_away(bench: Bench) -> None:
    dependency = """
import ctypes, os, subprocess, sys
print("hidden"); print("hidden", file=sys.stderr); os.write(1, b"hidden"); os.system("echo hidden")
ctypes.CDLL(None).puts(b"hidden")
def say(): print("shown")
"""
    ended = bench.run("say()", dependencies={"d": dependency})
    assert ended.completed
    assert ended.stdout.text == "shown\n"
    assert ended.stderr.data == b""


def test_a_dependencys_exception_is_its_own(bench: Bench) -> None:
    ended = bench.run("x = 1", dependencies={"d": "ok = 1", "e": "y = 1\nboom()"})
    assert ended.segment == ("e", Role.DEPENDENCY)
    assert ended.raised is not None
    assert [(f.atom_id, f.role, f.line) for f in ended.raised.frames] == [("e", Role.DEPENDENCY, 2)]


def test_a_dependency_has_a_time_limit_of_its_own(bench: Bench) -> None:
    hanging = {"d": "ok = 1", "e": "try:\n    while True: pass\nexcept BaseException: pass"}
    ended = bench.run("x = 1", dependencies=hanging, dependency_timeout=0.3)
    assert ended.segment == ("e", Role.DEPENDENCY)
    assert ended.limit is Limit.WALL
    assert not ended.completed


def test_a_dependencys_time_limit_ends_with_it(bench: Bench) -> None:
    ended = bench.run("import time\ntime.sleep(0.6)", dependencies={"d": "x = 1"}, dependency_timeout=0.3)
    assert ended.completed


@pytest.mark.parametrize(
    "code",
    [
        "import sys\ndel sys.stdout",
        "import sys\ndel sys.stderr",
        "import sys\nfrom types import ModuleType\nsys.modules['threading'] = ModuleType('threading')",
        "import builtins\nbuiltins.len = builtins.sorted = builtins.isinstance = builtins.all = None",
        "import json\njson.JSONEncoder.default = json.JSONEncoder.iterencode = None",
    ],
)
def test_what_a_program_takes_away_does_not_fail_it(bench: Bench, code: str) -> None:
    assert result_of(bench.run(f"{code}\nresult = [5]")) == [5]


def test_a_patched_encoder_does_not_say_what_json_is(bench: Bench) -> None:
    ended = bench.run("import json\njson.JSONEncoder.default = lambda *_: 1\nresult = {2}")
    assert Flag.RESULT_NOT_JSON in ended.flags


def test_a_metaclass_that_raises_hides_no_error(bench: Bench) -> None:
    meta = "class M(type):\n    __module__ = property(lambda self: 1 / 0)\n"
    ended = bench.run(meta + "class E(Exception, metaclass=M): pass\nraise E('no')")
    assert ended.raised is not None
    assert ended.raised.message == "no"
