"""What is printed about a failed atom: its own source, its dependencies, output, limits and isolation."""

from __future__ import annotations

import pytest

from tests.pytest_mge.conftest import Sessions

BROKEN = """
WALLS = FakeSandbox(type("Options", (), {"slots": 1}), {}).isolation
SCRIPT = {
    "gross": [
        Execution(
            completed=False,
            exit_code=1,
            raised=Raised(
                type="NameError",
                message="name 'RATEE' is not defined",
                bases=("Exception", "BaseException", "object"),
                frames=(Frame(atom_id="gross", role=Role.CODE, line=2, column=18, function="gross"),),
            ),
            segment=("gross", Role.CODE),
            stdout=Stream(data=b"computing \\x1b[31mgross\\n", total=17),
            stderr=Stream(data=b"a warning\\n", total=10),
            usage=Usage(wall=0.25, cpu=0.125, peak_memory=12 * 1024**2),
            isolation=WALLS,
        )
    ]
}
"""


@pytest.fixture
def broken(sessions: Sessions) -> Sessions:
    sessions.conftest(BROKEN)
    return sessions


def test_the_atoms_source_stands_around_the_failing_line(broken: Sessions) -> None:
    result = broken.run_plan("-k", "gross")
    result.assert_outcomes(failed=1, deselected=4)
    result.stdout.fnmatch_lines(
        [
            "_* catalog.pricing.gross _*",
            "plan.yaml:14: in the code, gross",
            "    13 | def gross(net):",
            ">   14 |     return net * (1 + RATE)",
            "       |*^",
            "E   runtime/name: NameError: name 'RATEE' is not defined",
            "",
            "runs after: tax",
            "used: 0.25 s wall, 0.12 s CPU, 12 MiB; limits: 30 s wall, 30 s CPU, 512 MiB, 64 processes",
            "isolation: fake, full",
            "",
            "plan.yaml:14: runtime/name",
            "-* Captured stdout call -*",
            r"computing ?x1b[[]31mgross",
            "-* Captured stderr call -*",
            "a warning",
            "FAILED plan.yaml::catalog::pricing::gross - runtime/name: NameError: *",
        ],
        consecutive=False,
    )
    assert "verdict.py" not in result.stdout.str()
    assert "raise_in_call" not in result.stdout.str()


def test_the_styles_of_tracebacks(broken: Sessions) -> None:
    for style in ("short", "line", "no", "native", "long"):
        result = broken.run_plan("-k", "gross", f"--tb={style}")
        result.assert_outcomes(failed=1, deselected=4)
        text = result.stdout.str()
        assert ("return net * (1 + RATE)" in text) is (style not in ("line", "no"))
        assert ("limits:" in text) is (style in ("native", "long"))
        assert ("plan.yaml:14: runtime/name: NameError: name 'RATEE'" in text) is (style == "line")


def test_very_verbose_shows_inputs_and_the_whole_program(broken: Sessions) -> None:
    broken.plan(
        "atoms:\n  base: {code: RATE = 1}\n  gross:\n    depends_on: [base]\n    input: {net: [1, 2]}\n"
        "    code: |\n      first = 1\n      second = net\n    check: assert second\n"
    )
    result = broken.run_plan("-vv")
    result.stdout.fnmatch_lines(
        [
            "inputs:",
            "    net = [[]1, 2]",
            "code of 'base' (plan.yaml:2*):",
            "    RATE = 1",
            "code of 'gross' (plan.yaml:7*):",
            "    first = 1",
            "check of 'gross' (plan.yaml:9*):",
            "    assert second",
        ]
    )


def test_captured_output_can_be_left_out_and_passed_output_asked_for(broken: Sessions) -> None:
    assert "a warning" not in broken.run_plan("-k", "gross", "--show-capture=no").stdout.str()
    broken.conftest(
        "SCRIPT = {'tax': [Execution(completed=True, exit_code=0, stdout=Stream(data=b'all fine', total=8))]}"
    )
    assert "all fine" not in broken.run_plan("-k", "tax").stdout.str()
    assert "all fine" in broken.run_plan("-k", "tax", "-rP").stdout.str()


@pytest.mark.parametrize("option", ["-s", "--capture=sys", "--capture=fd", "--capture=tee-sys"])
def test_capture_modes(broken: Sessions, option: str) -> None:
    broken.run_plan("-k", "gross", option).assert_outcomes(failed=1, deselected=4)


def test_durations_are_the_atoms_own(broken: Sessions) -> None:
    result = broken.run_plan("-k", "gross", "--durations=3")
    result.stdout.fnmatch_lines(["0.25s call * plan.yaml::catalog::pricing::gross"])


def test_the_summary_has_waves_slots_parallelism_and_isolation(sessions: Sessions) -> None:
    result = sessions.run_plan("-v", "--mge-slots", "2")
    result.stdout.fnmatch_lines(
        [
            "-* masterplan shop (plan.yaml) -*",
            "wave 0: 3 atoms*3 passed*",
            "wave 2: 1 atom*",
            "5 atoms in 3 waves, *; parallelism * on 2 slots (ready); isolation: fake, full",
        ]
    )
    assert "masterplan shop" in sessions.run_plan().stdout.str()
    assert "masterplan shop" not in sessions.run_plan("-q").stdout.str()


def test_pass_at_k_counts_first_attempts(sessions: Sessions) -> None:
    sessions.plan("atoms:\n" + "".join(f"  s{n}: {{code: '{n}', sample_of: task}}\n" for n in range(4)))
    sessions.conftest("SCRIPT = {'s1': [failing('no'), PASSED]}\nFIXES = {'s1': ['better']}")
    result = sessions.run_plan()
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["pass@1: 75.0%, pass@2: 100.0% (1 task, 4 samples, first attempts only)"])


def test_degraded_isolation_is_said_even_when_quiet(sessions: Sessions) -> None:
    sessions.conftest(
        "from mge_toolkit.core.results import Isolation, Protection\n"
        "class Low(FakeSandbox):\n"
        "    def __init__(self, options):\n"
        "        super().__init__(options)\n"
        "        self.isolation = Isolation(sandbox='low', mechanisms={Protection.READS: 'hope'},\n"
        "            missing={Protection.NETWORK: 'no user namespaces'})\n"
        "def pytest_mge_sandboxes(config): return {'low': Low}\n"
    )
    result = sessions.run_plan("-q", "--mge-sandbox", "low")
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(["isolation is not full: low, degraded*", "*no network: no user namespaces"])


def test_healed_code_is_no_line_of_the_plan(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'loose': [failing('no')]}\nFIXES = {'loose': ['other']}")
    result = sessions.run_plan("-k", "loose")
    result.stdout.fnmatch_lines(
        ["plan.yaml (loose by scripted):1: in the code*", "plan.yaml:25: runtime/assertion"]
    )


def test_a_broken_fixer_is_named(sessions: Sessions) -> None:
    sessions.conftest(
        "SCRIPT = {'loose': [failing('no')]}\n"
        "class Broken:\n"
        "    name = 'broken'\n"
        "    async def candidates(self, case): raise RuntimeError('no model here')\n"
        "def pytest_mge_fixers(config): return [Broken()]\n"
    )
    sessions.run_plan().stdout.fnmatch_lines(
        ["given up: nothing proposed new code, *; fixer 'broken' raised RuntimeError: no model here"]
    )


def test_why_no_other_code_followed_is_said(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'loose': [failing('no')]}")
    sessions.run_plan().stdout.fnmatch_lines(["given up: nothing proposed new code, *--mge-repair llm *"])
    off = sessions.run_plan("--mge-repair", "off")
    off.stdout.fnmatch_lines(["given up: repair is switched off (--mge-repair off)"])
