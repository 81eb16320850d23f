"""A run that has no masterplan does not pay for the toolkit."""

from __future__ import annotations

from tests.pytest_mge.conftest import Sessions

HEAVY = (
    "mge_toolkit.core",
    "mge_toolkit.engine",
    "mge_toolkit.plan",
    "yaml",
    "pydantic",
    "pytest_mge.session",
)


def test_an_unused_plugin_imports_nothing_heavy(sessions: Sessions) -> None:
    (sessions.path / "conftest.py").unlink()
    sessions.test_file(
        f"import sys\ndef test_light():\n    heavy = {HEAVY!r}\n"
        "    assert 'pytest_mge.plugin' in sys.modules\n"
        "    assert not [name for name in sys.modules if name.startswith(heavy)]\n"
    )
    result = sessions.pytester.runpytest_subprocess("test_plain.py", "-p", "no:randomly")
    result.assert_outcomes(passed=1)


def test_collecting_a_plan_does_not_start_the_engine(sessions: Sessions) -> None:
    sessions.conftest(
        "import sys, threading\n"
        "def pytest_collection_finish():\n"
        "    assert 'mge-engine' not in [thread.name for thread in threading.enumerate()]\n"
        "    assert 'pytest_mge.engine' not in sys.modules\n"
    )
    result = sessions.run_apart("--mge-masterplan", "plan.yaml", "--collect-only", "-q")
    assert result.ret == 0, result.stdout.str()
