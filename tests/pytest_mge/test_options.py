"""Settings from the command line and the ini file, and what is wrong with them: one usage error, no traceback."""

from __future__ import annotations

import pytest

from tests.pytest_mge.conftest import Sessions

SHOW = "def pytest_mge_settings(config, settings): print(repr(settings))"


def usage_error(result: pytest.RunResult) -> str:
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stderr.str() + result.stdout.str()
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text
    assert text.count("ERROR:") == 1
    return text


def test_every_option_reaches_the_settings(sessions: Sessions) -> None:
    sessions.conftest(SHOW)
    result = sessions.run_plan(
        *("--mge-slots", "3", "--mge-schedule", "waves", "--mge-wave-threshold", "40%"),
        *("--mge-timeout", "7.5", "--mge-allow-degraded", "-s"),
    )
    result.stdout.fnmatch_lines(
        ["*slots=3, sandbox='fake', schedule=*waves*, wave_threshold=0.4, timeout=7.5, allow_degraded=True*"]
    )
    result.stdout.fnmatch_lines(["mge: sandbox fake, 3 slots, schedule waves"])


def test_every_ini_setting_is_a_default(sessions: Sessions) -> None:
    sessions.conftest(SHOW)
    sessions.pytester.makeini(
        "[pytest]\nmge_slots = 3\nmge_schedule = sequential\nmge_wave_threshold = 0.25\nmge_timeout = 9\n"
        "mge_allow_degraded = true\nmge_sandbox = nowhere\n"
    )
    result = sessions.run_plan("-s", "--mge-slots", "2")
    result.stdout.fnmatch_lines(
        [
            "*slots=2, sandbox='fake', schedule=*sequential*, *threshold=0.25, timeout=9.0, allow_degraded=True*"
        ]
    )


def test_an_ini_sandbox_is_used(sessions: Sessions) -> None:
    sessions.pytester.makeini("[pytest]\nmge_sandbox = fake\n")
    result = sessions.pytester.runpytest_inprocess("plan.yaml", "-p", "no:randomly")
    result.assert_outcomes(passed=5)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--mge-slots", "none", "slots: 'none' is neither 'auto' nor a whole number from 1 to 1024"),
        ("--mge-slots", "0", "slots: '0'"),
        ("--mge-schedule", "random", "schedule: 'random' is none of ready, waves, sequential"),
        ("--mge-wave-threshold", "150%", "wave threshold: '150%'"),
        ("--mge-wave-threshold", "half", "wave threshold: 'half'"),
        ("--mge-timeout", "-1", "timeout: '-1'"),
        ("--mge-annotations", "maybe", "invalid choice: 'maybe'"),
    ],
)
def test_a_wrong_option_value(sessions: Sessions, option: str, value: str, message: str) -> None:
    text = usage_error(sessions.run_plan(f"{option}={value}"))
    assert message in text
    assert option in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mge_slots", "none"),
        ("mge_schedule", "random"),
        ("mge_wave_threshold", "half"),
        ("mge_timeout", "soon"),
        ("mge_annotations", "maybe"),
    ],
)
def test_a_wrong_ini_value(sessions: Sessions, name: str, value: str) -> None:
    sessions.pytester.makeini(f"[pytest]\n{name} = {value}\n")
    text = usage_error(sessions.run_plan())
    assert name in text
    assert f"'{value}'" in text
    assert "tox.ini" in text


def test_an_unknown_sandbox(sessions: Sessions) -> None:
    text = usage_error(sessions.run_plan("--mge-sandbox", "sandpit"))
    assert "unknown sandbox 'sandpit': choose one of" in text


def test_a_missing_plan(sessions: Sessions) -> None:
    text = usage_error(sessions.run("--mge-masterplan", "plam.yaml"))
    assert "plam.yaml:1: there is no such file (did you mean 'plan.yaml'?)" in text


def test_an_unreadable_plan(sessions: Sessions) -> None:
    (sessions.path / "plan.yaml").write_bytes(b"masterplan: \xff\n")
    assert "plan.yaml:1: byte 0xff is not UTF-8" in usage_error(sessions.run_plan())


def test_a_directory_as_a_plan(sessions: Sessions) -> None:
    sessions.pytester.mkdir("plans.yaml")
    assert "a directory" in usage_error(sessions.run("--mge-masterplan", "plans.yaml"))


@pytest.mark.parametrize("how", ["option", "argument", "ini"])
def test_all_mistakes_of_all_plans_are_listed_and_nothing_runs(sessions: Sessions, how: str) -> None:
    sessions.conftest("def ANSWER(job): raise KeyboardInterrupt('something ran')")
    sessions.test_file("def test_runs(): raise KeyboardInterrupt('something ran')")
    sessions.plan("atoms:\n  one: {code: pass, depend_on: [two]}\n  two: {}\n")
    sessions.plan(
        "atoms:\n  a: {code: pass, depends_on: [b]}\n  b: {code: pass, depends_on: [a]}\n", "b.yaml"
    )
    match how:
        case "option":
            result = sessions.run_plan("--mge-masterplan", "b.yaml")
        case "argument":
            result = sessions.run("plan.yaml", "b.yaml", "test_plain.py")
        case _:
            sessions.pytester.makeini("[pytest]\nmge_masterplan =\n    plan.yaml\n    b.yaml\n")
            result = sessions.run()
    text = usage_error(result)
    assert "plan.yaml:2: atom 'one': unknown key 'depend_on' (did you mean 'depends_on'?)" in text
    assert "plan.yaml:3: atom 'two': " in text
    assert "b.yaml:2: atom 'a': dependency cycle a -> b -> a" in text


def test_an_unavailable_sandbox_ends_the_session_before_any_atom(sessions: Sessions) -> None:
    sessions.conftest(
        "class Missing(FakeSandbox):\n"
        "    async def start(self):\n"
        "        raise SandboxUnavailableError('network: missing; remedy; --mge-allow-degraded')\n"
        "def pytest_mge_sandboxes(config): return {'missing': Missing}\n"
    )
    result = sessions.run_plan("--mge-sandbox", "missing")
    assert "network: missing; remedy; --mge-allow-degraded" in usage_error(result)
    assert "passed" not in result.stdout.str()


def test_the_plugin_can_be_left_out(sessions: Sessions) -> None:
    sessions.test_file()
    result = sessions.pytester.runpytest_inprocess(
        "-p", "no:mge", "-p", "no:randomly", "--noconftest", "test_plain.py"
    )
    result.assert_outcomes(passed=1)


def test_help_describes_the_options(sessions: Sessions) -> None:
    sessions.run("--help").stdout.fnmatch_lines(["*--mge-masterplan*", "*--mge-wave-threshold*"])
