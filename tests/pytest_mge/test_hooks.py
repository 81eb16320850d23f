"""The hooks for conftest files, and the forwarding of what they offer to the toolkit."""

from __future__ import annotations

from tests.pytest_mge.conftest import Sessions


def test_a_plan_can_be_replaced(sessions: Sessions) -> None:
    sessions.conftest(
        "from types import MappingProxyType\n"
        "def pytest_mge_masterplan(config, masterplan):\n"
        "    atoms = {name: atom for name, atom in masterplan.atoms.items() if atom.component == 'catalog'}\n"
        "    return dataclasses.replace(masterplan, atoms=MappingProxyType(atoms))\n"
    )
    sessions.run_plan().assert_outcomes(passed=3)


def test_a_plan_whose_references_broke_is_refused(sessions: Sessions) -> None:
    sessions.conftest(
        "def pytest_mge_masterplan(config, masterplan):\n"
        "    atoms = {name: atom for name, atom in masterplan.atoms.items() if name != 'tax'}\n"
        "    return dataclasses.replace(masterplan, atoms=atoms)\n"
    )
    result = sessions.run_plan()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*pytest_mge_masterplan returned a plan whose atom 'gross' needs 'tax'*"])


def test_settings_can_be_replaced(sessions: Sessions) -> None:
    sessions.conftest(
        "def pytest_mge_settings(config, settings): return dataclasses.replace(settings, slots=7)\n"
    )
    sessions.run_plan().stdout.fnmatch_lines(["mge: sandbox fake, 7 slots*"])


def test_sandboxes_fixers_and_policies_reach_the_engine(sessions: Sessions) -> None:
    sessions.conftest(
        "from mge_toolkit.core.results import RetryDecision, Strategy\n"
        "class Policy:\n"
        "    def decide(self, case):\n"
        "        return RetryDecision(strategy=Strategy.FIX, confidence=1.0, reason='mine')\n"
        "def pytest_mge_sandboxes(config):\n"
        "    script = {'tax': [failing('a'), failing('b'), PASSED]}\n"
        "    return {'mine': lambda options: FakeSandbox(options, script)}\n"
        "def pytest_mge_fixers(config): return [ScriptedFixer({'tax': ['1', '2']})]\n"
        "def pytest_mge_retry_policy(config): return Policy()\n"
    )
    result = sessions.run_plan("--mge-sandbox", "mine")
    result.assert_outcomes(passed=5)
    assert result.parseoutcomes()["rerun"] == 2


def test_languages_reach_the_plan(sessions: Sessions) -> None:
    sessions.conftest(
        "class Lisp:\n    name = 'lisp'; family = 'lisp'; suffix = '.lisp'\n"
        "def pytest_mge_languages(config): return [Lisp()]\n"
    )
    sessions.plan("atoms: {one: {language: lisp, code: (+ 1 2)}}")
    sessions.run_plan("-m", "lisp").assert_outcomes(passed=1)


def test_every_event_in_order_in_the_main_thread(sessions: Sessions) -> None:
    sessions.conftest(
        "import threading\n"
        "def pytest_mge_event(config, event):\n"
        "    assert threading.current_thread() is threading.main_thread()\n"
        "    print('event', type(event).__name__, getattr(event, 'atom_id', ''))\n"
    )
    result = sessions.run("plan.yaml::loose", "-s")
    assert [line.split()[1:] for line in result.outlines if line.startswith("event ")] == [
        ["RunStarted"],
        ["WaveStarted"],
        ["AttemptStarted", "loose"],
        ["AttemptFinished", "loose"],
        ["AtomFinished"],
        ["WaveFinished"],
        ["RunFinished"],
    ]


def test_atom_finished_knows_item_and_result(sessions: Sessions) -> None:
    sessions.conftest(
        "def pytest_mge_atom_finished(item, result):\n"
        "    item.user_properties.append(('mine', 1))\n"
        "    print('\\nfinished', item.atom.id, result.outcome)\n"
    )
    result = sessions.run("plan.yaml::loose", "-s", "--junitxml=j.xml")
    result.stdout.fnmatch_lines(["finished loose passed"])
    assert '<property name="mine" value="1"' in (sessions.path / "j.xml").read_text()


def test_a_mistake_in_a_hook_names_itself(sessions: Sessions) -> None:
    sessions.conftest("def pytest_mge_atom_finnished(item): pass")
    assert sessions.run_plan().ret != 0


def test_an_event_hook_that_raises_is_dropped_and_named(sessions: Sessions) -> None:
    (sessions.path / "listener.py").write_text(
        "def pytest_mge_event(config, event): print('heard', type(event).__name__)\n"
    )
    sessions.pytester.syspathinsert()
    sessions.conftest("def pytest_mge_event(config, event): raise ValueError('my\\nmistake')\n")
    result = sessions.run("plan.yaml::loose", "-s", "-p", "listener")
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    assert sum(line.startswith("heard ") for line in result.outlines) == 7
    named = [line for line in result.outlines if "pytest_mge_event" in line]
    assert len(named) == 1
    assert "conftest.py raised ValueError: my (conftest.py:" in named[0]
    assert "it got no more events" in named[0]


def test_an_event_hook_may_end_the_session(sessions: Sessions) -> None:
    sessions.conftest("def pytest_mge_event(config, event): pytest.exit('seen enough', returncode=7)\n")
    result = sessions.run_plan()
    assert result.ret == 7
    result.stdout.fnmatch_lines(["!* seen enough !*"])


def test_a_hook_that_returns_no_plan_is_told_what_to_return(sessions: Sessions) -> None:
    sessions.conftest("def pytest_mge_masterplan(config, masterplan): return dict(masterplan.atoms)\n")
    result = sessions.run_plan()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*pytest_mge_masterplan returned a dict: return a Masterplan, or None to leave the plan as it is*"]
    )
    assert "AttributeError" not in result.stdout.str()


def test_a_hook_that_returns_no_settings_is_told_what_to_return(sessions: Sessions) -> None:
    sessions.conftest("def pytest_mge_settings(config, settings): return {'slots': 3}\n")
    result = sessions.run_plan()
    assert result.ret == 4
    text = result.stderr.str() + result.stdout.str()
    assert "pytest_mge_settings returned a dict: return Settings, or None to leave them as they are" in text
    assert "Traceback" not in text
