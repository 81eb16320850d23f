"""Which plans and atoms a session has, and what they are called."""

from __future__ import annotations

import pytest

from tests.pytest_mge.conftest import Sessions, node_ids

ALL = [
    "plan.yaml::catalog::pricing::tax",
    "plan.yaml::catalog::pricing::gross",
    "plan.yaml::catalog::pricing::net",
    "plan.yaml::cart::lines::total",
    "plan.yaml::loose",
]


def test_collect_only_prints_stable_node_ids_and_runs_nothing(sessions: Sessions) -> None:
    sessions.conftest("def ANSWER(job): raise KeyboardInterrupt('something ran')")
    first, second = (sessions.run_plan("--collect-only", "-q") for _ in range(2))
    assert node_ids(first) == node_ids(second) == ALL
    assert first.ret == 0


def test_the_option_without_paths_collects_only_plans(sessions: Sessions) -> None:
    sessions.test_file()
    assert node_ids(sessions.run_plan("--collect-only", "-q")) == ALL


def test_the_option_with_paths_collects_both(sessions: Sessions) -> None:
    sessions.test_file()
    found = node_ids(sessions.run_plan("--collect-only", "-q", "test_plain.py"))
    assert sorted(found) == sorted([*ALL, "test_plain.py::test_plain"])
    assert sorted(node_ids(sessions.run_plan("--collect-only", "-q", "."))) == sorted(found)


def test_the_ini_setting_collects_both(sessions: Sessions) -> None:
    sessions.test_file()
    sessions.pytester.makeini("[pytest]\nmge_masterplan =\n    plan.yaml\n")
    assert sorted(node_ids(sessions.run("--collect-only", "-q"))) == sorted(
        [*ALL, "test_plain.py::test_plain"]
    )
    assert node_ids(sessions.run("--collect-only", "-q", "test_plain.py::test_plain")) == [
        "test_plain.py::test_plain"
    ]


def test_ini_paths_are_relative_to_the_ini_file(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions.pytester.makeini("[pytest]\nmge_masterplan = plan.yaml\n")
    below = sessions.pytester.mkdir("below")
    monkeypatch.chdir(below)
    result = sessions.run()
    result.assert_outcomes(passed=5)


def test_the_option_replaces_the_ini_setting(sessions: Sessions) -> None:
    sessions.pytester.makeini("[pytest]\nmge_masterplan = plan.yaml\n")
    sessions.plan("atoms: {one: {code: pass}}", "other.yaml")
    found = node_ids(sessions.run("--collect-only", "-q", "--mge-masterplan", "other.yaml"))
    assert found == ["other.yaml::one"]


def test_a_stray_plan_in_a_collected_directory_is_left_alone(sessions: Sessions) -> None:
    sessions.test_file()
    sessions.plan("not: a plan", "data.yaml")
    assert node_ids(sessions.run("--collect-only", "-q", ".")) == ["test_plain.py::test_plain"]
    assert node_ids(sessions.run("--collect-only", "-q")) == ["test_plain.py::test_plain"]


@pytest.mark.parametrize("argument", ["plan.yaml", "./plan.yaml", "plan.yaml::catalog", *ALL])
def test_a_plan_or_a_printed_node_id_is_an_argument_like_any_other(sessions: Sessions, argument: str) -> None:
    sessions.test_file()
    found = node_ids(sessions.run("--collect-only", "-q", argument))
    assert found == [name for name in ALL if name.startswith(argument.removeprefix("./"))]


def test_a_node_id_beside_the_option_picks_out_the_atom(sessions: Sessions) -> None:
    assert node_ids(sessions.run_plan("--collect-only", "-q", ALL[1])) == [ALL[1]]


def test_a_node_id_runs_the_atom_alone(sessions: Sessions) -> None:
    result = sessions.run(ALL[1], "-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"{ALL[1]} PASSED*"])


def test_an_unknown_node_id_is_a_usage_error(sessions: Sessions) -> None:
    result = sessions.run("plan.yaml::catalog::pricing::grass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: not found: *grass*"])


def test_several_plans_in_one_session(sessions: Sessions) -> None:
    sessions.plan("atoms: {tax: {code: pass}, two: {code: pass, depends_on: [tax]}}", "plans/other.yaml")
    result = sessions.run_plan("--mge-masterplan", "plans/other.yaml", "-v")
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(["plans/other.yaml::two PASSED*"])


def test_a_plan_named_twice_is_collected_once(sessions: Sessions) -> None:
    assert node_ids(sessions.run_plan("--mge-masterplan", "./plan.yaml", "--collect-only", "-q")) == ALL


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plan.json", '{"masterplan": "j", "atoms": {"one": {"code": "pass"}}}'),
        ("plan.jsonl", '{"id": "one", "code": "pass"}\n'),
        ("plan.yml", "atoms: {one: {code: pass}}"),
    ],
)
def test_every_format_of_plans_is_an_argument(sessions: Sessions, name: str, text: str) -> None:
    sessions.plan(text, name)
    result = sessions.run(name, "-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"{name}::one PASSED*"])


def test_a_plan_outside_the_root_directory(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = sessions.pytester.mkdir("inner")
    (inner / "pytest.ini").write_text("[pytest]\n")
    (inner / "conftest.py").write_text((sessions.path / "conftest.py").read_text())
    monkeypatch.chdir(inner)
    result = sessions.run("--mge-masterplan", "../plan.yaml", f"--rootdir={inner}")
    result.assert_outcomes(passed=5)


def test_conftest_files_beside_the_plan_take_part(sessions: Sessions) -> None:
    sessions.plan("atoms: {one: {code: pass}}", "plans/one.yaml")
    beside = sessions.path / "plans" / "conftest.py"
    beside.write_text(
        "def pytest_addoption(parser): parser.addoption('--beside', action='store_true')\n"
        "def pytest_mge_settings(config, settings): assert config.getoption('beside'); print('beside!')\n"
    )
    result = sessions.run("--mge-masterplan", "plans/one.yaml", "--beside", "-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*beside!*"])


def test_conftest_files_beside_a_plan_of_the_ini_file_take_part(sessions: Sessions) -> None:
    sessions.pytester.makeini("[pytest]\nmge_masterplan = plans/one.yaml\n")
    sessions.plan("atoms: {one: {code: pass}}", "plans/one.yaml")
    (sessions.path / "plans" / "conftest.py").write_text(
        "def pytest_mge_masterplan(config, masterplan): print('beside!')\n"
    )
    result = sessions.run("-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*beside!*"])


def test_a_plan_in_a_directory_that_is_not_searched(sessions: Sessions) -> None:
    sessions.test_file()
    sessions.plan("atoms: {one: {code: pass}}", "build/one.yaml")
    found = node_ids(sessions.run("--mge-masterplan", "build/one.yaml", ".", "--collect-only", "-q"))
    assert sorted(found) == ["build/one.yaml::one", "test_plain.py::test_plain"]


def test_setup_plan_and_setup_only_start_nothing(sessions: Sessions) -> None:
    sessions.conftest("def ANSWER(job): raise KeyboardInterrupt('something ran')")
    for option in ("--setup-plan", "--setup-only"):
        result = sessions.run_plan(option)
        assert result.ret == 0
        result.stdout.fnmatch_lines(["*plan.yaml::catalog::pricing::gross*"])


def test_setup_show_shows_the_atom(sessions: Sessions) -> None:
    result = sessions.run_plan("--setup-show")
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(["*plan.yaml::catalog::pricing::gross*"])
