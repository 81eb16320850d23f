"""What every sandbox promises, whatever it is made of. Each implementation joins by a line in ``SANDBOXES``."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mge_toolkit.core.errors import SandboxUnavailableError
from mge_toolkit.core.plans import Limits
from mge_toolkit.core.ports import Sandbox, SandboxOptions
from mge_toolkit.core.results import Flag, Limit, Protection, Role
from mge_toolkit.sandbox.direct import DirectSandbox
from mge_toolkit.sandbox.languages import builtin_languages
from mge_toolkit.sandbox.local import LocalSandbox
from tests.jobs import Bench, make_job, result_of, started

SANDBOXES: dict[str, Callable[[SandboxOptions], Sandbox]] = {"direct": DirectSandbox, "local": LocalSandbox}
LANGUAGES = ("python", "javascript", "typescript")
EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


def options(slots: int = 2) -> SandboxOptions:
    return SandboxOptions(slots=slots, languages={one.name: one for one in builtin_languages()})


@pytest.fixture(scope="module", params=SANDBOXES)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    try:
        with started(SANDBOXES[request.param](options())) as bench:
            yield bench
    except SandboxUnavailableError as error:
        pytest.skip(f"the sandbox cannot work here: {error}")


def alive(mark: str) -> list[str]:
    """Return the command lines that hold ``mark``, of all processes."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in line:
            found.append(line.decode())
    return found


def unique(seconds: str) -> str:
    """Return a time to sleep that no other test sleeps."""
    return f"{seconds}.{os.getpid()}{time.monotonic_ns()}"


def gone(mark: str) -> bool:
    """Return whether nothing with ``mark`` is left, or soon is not."""
    for _ in range(100):
        if not alive(mark):
            return True
        time.sleep(0.02)
    return False


def test_it_has_a_name_and_says_what_it_holds(bench: Bench) -> None:
    assert bench.sandbox.name in SANDBOXES
    assert bench.sandbox.isolation.sandbox == bench.sandbox.name
    execution = bench.run("x = 1")
    assert execution.isolation == bench.sandbox.isolation
    assert execution.isolation.level == ("none" if bench.sandbox.name == "direct" else "full")


@EVERY_LANGUAGE
def test_a_program_passes(bench: Bench, language: str) -> None:
    say = {"python": "print('hello')"}.get(language, "console.log('hello')")
    execution = bench.run(f"{say}\nresult = [order, 2]", inputs={"a": {"order": {"n": 1}}}, language=language)
    assert result_of(execution) == [{"n": 1}, 2]
    assert execution.stdout.text == "hello\n"
    assert execution.stderr.text == ""
    assert (execution.exit_code, execution.signal, execution.limit, execution.raised) == (0, None, None, None)
    assert not execution.flags
    assert execution.usage.wall > 0


@EVERY_LANGUAGE
def test_a_program_fails_at_its_own_place(bench: Bench, language: str) -> None:
    dependencies = {"d": {"python": "def f(x): return x.y"}.get(language, "function f(x) { return x.y.z }")}
    execution = bench.run("ok = 1" if language == "python" else "const ok = 1", "\n  f(1)" if language != "python"
                          else "\nf(1)", dependencies=dependencies, language=language)  # fmt: skip
    assert not execution.completed
    assert execution.raised is not None
    assert execution.segment == ("a", Role.CHECK)
    assert [(f.atom_id, f.line) for f in execution.raised.frames] == [("a", 2), ("d", 1)]


@EVERY_LANGUAGE
def test_time_runs_out(bench: Bench, language: str) -> None:
    code = {"python": "print('partial')\nwhile True: pass"}.get(
        language, "console.log('partial'); while (true);"
    )
    execution = bench.run(code, language=language, limits=Limits(timeout=1, cpu_time=60))
    assert execution.limit is Limit.WALL
    assert not execution.completed
    assert execution.stdout.text == "partial\n"


def test_idle_time_runs_out_too(bench: Bench) -> None:
    execution = bench.run("import time\ntime.sleep(60)", limits=Limits(timeout=0.5))
    assert execution.limit is Limit.WALL


OWN_TIME = {
    "python": ("x = 1", "import time\ntime.sleep(20)"),
    "javascript": ("const x = 1;", "await new Promise((done) => setTimeout(done, 20_000));"),
}


@pytest.mark.parametrize("language", OWN_TIME)
def test_an_atom_does_not_have_its_dependencies_time_for_itself(bench: Bench, language: str) -> None:
    dependency, code = OWN_TIME[language]
    execution = bench.run(
        code,
        language=language,
        dependencies={"d": dependency},
        dependency_timeout=20.0,
        limits=Limits(timeout=0.5),
    )
    assert execution.limit is Limit.WALL
    assert execution.segment in (None, ("a", Role.CODE))
    assert execution.usage.wall < 10


@pytest.mark.parametrize("language", OWN_TIME)
def test_dependencies_do_not_use_up_the_atoms_time(bench: Bench, language: str) -> None:
    _, slow = OWN_TIME[language]
    execution = bench.run(
        "result = 1" if language == "python" else "const result = 1;",
        language=language,
        dependencies={"d": slow.replace("20_000", "900").replace("20", "0.9")},
        dependency_timeout=20.0,
        limits=Limits(timeout=0.6),
    )
    assert result_of(execution) == 1


def test_a_program_that_goes_to_another_directory_still_reports(bench: Bench) -> None:
    moved = "Deno.mkdirSync('sub'); Deno.chdir('sub'); const result = null;"
    assert result_of(bench.run(moved, language="javascript")) is None
    assert result_of(bench.run("import os\nos.mkdir('sub')\nos.chdir('sub')\nresult = 1")) == 1


def test_output_is_cut_and_flagged(bench: Bench) -> None:
    code = "import sys\nfor s in (sys.stdout, sys.stderr): s.write('é' * 100_000)\nresult = 1"
    execution = bench.run(code, limits=Limits(output=9999))
    assert execution.completed
    assert Flag.OUTPUT_TRUNCATED in execution.flags
    assert Flag.BINARY_OUTPUT not in execution.flags
    for stream in (execution.stdout, execution.stderr):
        assert (len(stream.data), stream.total) == (9999, 200_000)


def test_a_flood_of_output_is_stopped(bench: Bench) -> None:
    execution = bench.run(
        "while True: print('x' * 10_000)", limits=Limits(output=1000, output_kill=2 * 1024**2)
    )
    assert execution.limit is Limit.OUTPUT
    assert not execution.completed
    assert len(execution.stdout.data) == 1000


def test_a_signal_is_seen(bench: Bench) -> None:
    execution = bench.run("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    assert execution.signal == 11
    assert not execution.completed


@pytest.mark.parametrize("code", ["import sys\nsys.exit(3)", "import os\nos._exit(3)"])
def test_an_exit_code_is_seen(bench: Bench, code: str) -> None:
    execution = bench.run(code)
    assert execution.exit_code == 3
    assert not execution.completed


def test_an_early_end_is_no_success(bench: Bench) -> None:
    for code in ("import sys\nsys.exit(0)", "import os\nos._exit(0)"):
        assert not bench.run(code, "assert False").completed


def test_the_environment_holds_no_secrets(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MGE_TEST_TOKEN", "secret")
    found = result_of(bench.run("import os\nresult = dict(os.environ)"))
    assert "MGE_TEST_TOKEN" not in found
    assert "secret" not in str(found)
    assert not {"HOME", "USER"} & set(os.environ) or found.get("HOME") != os.environ.get("HOME")


def test_the_work_directory_is_fresh_and_its_own(bench: Bench) -> None:
    code = """
import os, pathlib, tempfile
seen = sorted(os.listdir())
pathlib.Path("left.txt").write_text("x")
with tempfile.NamedTemporaryFile() as file: pass
result = seen
"""
    for _ in range(2):
        assert result_of(bench.run(code, files={"data/in.txt": b"1"})) == ["data"]


def test_what_is_left_behind_is_killed_and_flagged(bench: Bench) -> None:
    mark = unique("31")
    code = f"import subprocess\nsubprocess.Popen(['sleep', '{mark}'], start_new_session=True)\nresult = 1"
    execution = bench.run(code)
    assert result_of(execution) == 1
    assert Flag.PROCESSES_LEFT in execution.flags
    assert gone(mark)


def test_a_cancelled_attempt_leaves_nothing(bench: Bench) -> None:
    mark = unique("27")
    code = f"import subprocess\nsubprocess.run(['sleep', '{mark}'])"

    async def cancel() -> None:
        task = asyncio.create_task(bench.sandbox.execute(make_job(code), 0))
        for _ in range(200):
            await asyncio.sleep(0.02)
            if alive(mark):
                break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    bench.wait(cancel())
    assert gone(mark)
    assert bench.run("x = 1").completed


def test_slots_run_at_the_same_time(bench: Bench) -> None:
    code = "import time\nstart = time.time()\ntime.sleep(0.5)\nresult = [start, time.time()]"

    async def both() -> list[list[float]]:
        jobs = (bench.sandbox.execute(make_job(code, trace_id=str(slot)), slot) for slot in range(2))
        return [result_of(execution) for execution in await asyncio.gather(*jobs)]

    (start, end), (other_start, other_end) = bench.wait(both())
    assert max(start, other_start) < min(end, other_end)


def test_a_forged_report_is_just_output(bench: Bench) -> None:
    forged = '{"nonce": "", "completed": true, "segment": null, "raised": null, "limit": null, "flags": []}'
    execution = bench.run(f"import os\nprint({forged!r}, flush=True)\nos._exit(0)")
    assert not execution.completed
    assert execution.stdout.text == f"{forged}\n"


def test_a_source_with_surrogates_or_nul_is_the_programs_fault(bench: Bench) -> None:
    for language in LANGUAGES:
        for text in ("x = '\ud800'", "x = '\0'"):
            execution = bench.run(text, language=language)
            assert execution.raised is not None
            assert execution.raised.type == "SyntaxError"


def test_memory_runs_out(bench: Bench) -> None:
    if Protection.MEMORY not in bench.sandbox.isolation.mechanisms:
        return  # a sandbox that does not hold a protection has nothing to show for it
    execution = bench.run("x = bytearray(300 * 1024**2)", limits=Limits(memory=128 * 1024**2))
    assert not execution.completed
    assert execution.limit is Limit.MEMORY or (execution.raised and execution.raised.type == "MemoryError")


def test_cpu_time_runs_out(bench: Bench) -> None:
    if Protection.CPU_TIME not in bench.sandbox.isolation.mechanisms:
        return
    execution = bench.run("while True: pass", limits=Limits(timeout=30, cpu_time=1))
    assert execution.limit is Limit.CPU


@pytest.mark.parametrize("name", SANDBOXES)
def test_closing_is_allowed_before_starting_and_twice(name: str) -> None:
    async def close() -> None:
        sandbox = SANDBOXES[name](options(1))
        await sandbox.close()
        await sandbox.close()

    asyncio.run(close())
