"""Settings: sizes and times, defaults of plan, component and module, and shared records."""

from __future__ import annotations

import re

import pytest

from mge_toolkit.core.plans import DEFAULT_LIMITS, Expectation, FromAtom, Limits, Network, RaisedException
from tests.plan.helpers import load, only, problems


def limits(keys: str) -> Limits:
    return only(f"atoms: {{a: {{code: x, {keys}}}}}").limits


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("512MB", 512_000_000),
        ("512MiB", 512 * 1024**2),
        ("1.5 GB", 1_500_000_000),
        ("2GiB", 2 * 1024**3),
        ("2000kB", 2_000_000),
        ("2000KB", 2_000_000),
        ("2048KiB", 2 * 1024**2),
        ("1TB", 10**12),
        ("5000000B", 5_000_000),
        ("5000000", 5_000_000),
    ],
)
def test_sizes(written: str, size: int) -> None:
    assert limits(f"memory: {written}").memory == size


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("3", 3), ("0.5", 0.5), ("500ms", 0.5), ("2s", 2), ("1.5 m", 90), ("2h", 7200), ("1e2", 100)],
)
def test_times(written: str, seconds: float) -> None:
    assert limits(f"timeout: {written}").timeout == pytest.approx(seconds)
    assert limits(f"cpu_time: {written}").cpu_time == pytest.approx(seconds)


def test_an_atom_that_says_nothing_has_the_default_limits() -> None:
    assert limits("critical: true") is DEFAULT_LIMITS


def test_output_that_is_kept_does_not_kill() -> None:
    assert limits("output: 100MB").output_kill == 100_000_000
    assert limits("output_kill: 1kB, output: 10B").output_kill == 1000


def test_defaults_are_inherited_and_overridden_level_by_level() -> None:
    plan = load("""\
        defaults: {language: javascript, timeout: 1, memory: 64MB, max_retries: 0}
        components:
          c:
            defaults: {timeout: 2, network: loopback, critical: false}
            atoms:
              in_component: {code: x}
            modules:
              m:
                defaults: {language: typescript, timeout: 3, typecheck: true}
                atoms:
                  in_module: {code: x}
                  own: {code: x, timeout: 4, language: python, typecheck: false, critical: true}
        modules:
          n:
            atoms: {in_top_module: {code: x}}
        atoms: {at_top: {code: x}}
        """)
    atoms = plan.atoms
    assert [a.limits.timeout for a in atoms.values()] == [3, 4, 2, 1, 1]
    assert {a.limits.memory for a in atoms.values()} == {64_000_000}
    assert {a.max_retries for a in atoms.values()} == {0}
    assert [a.language for a in atoms.values()] == [
        "typescript",
        "python",
        "javascript",
        "javascript",
        "javascript",
    ]
    assert atoms["in_component"].network is Network.LOOPBACK
    assert atoms["at_top"].network is Network.NONE
    assert [a.critical for a in atoms.values()] == [False, True, False, True, True]
    assert [a.typecheck for a in atoms.values()] == [True, False, False, False, False]
    assert [(a.component, a.module) for a in atoms.values()] == [
        ("c", "m"),
        ("c", "m"),
        ("c", None),
        (None, "n"),
        (None, None),
    ]


def test_equal_limits_are_one_object() -> None:
    atoms = "\n".join(f"  a{n}: {{code: x, timeout: {n % 3 + 1}}}" for n in range(99))
    plan = load(f"atoms:\n{atoms}")
    assert len({id(atom.limits) for atom in plan.atoms.values()}) == 3


def test_inputs_are_values_or_other_atoms_results() -> None:
    plan = load("""\
        atoms:
          a: {code: result = 1}
          b:
            code: x
            input:
              of: {from: a}
              again: {from: a}
              range: {from: a, to: z}
              literal: {value: {from: a}}
              deeper: {value: {value: {from: a}}}
              value: {value: 3}
              nested: [{from: a}]
              nothing: null
        """)
    assert plan.atoms["b"].inputs == {
        "of": FromAtom(atom="a"),
        "again": FromAtom(atom="a"),
        "range": {"from": "a", "to": "z"},
        "literal": {"from": "a"},
        "deeper": {"value": {"from": "a"}},
        "value": {"value": 3},
        "nested": [{"from": "a"}],
        "nothing": None,
    }
    assert plan.atoms["b"].predecessors == ("a",)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{result: null}", Expectation(result=None)),
        ("{result: [1.5, no], tolerance: 0.1}", Expectation(result=[1.5, "no"], tolerance=0.1)),
        ('{stdout: "a\\n"}', Expectation(stdout="a\n")),
        ("{raises: ValueError}", Expectation(raises=RaisedException(type="ValueError"))),
        (
            "{raises: {type: json.JSONDecodeError, match: 'x+'}, stdout: ''}",
            Expectation(stdout="", raises=RaisedException(type="json.JSONDecodeError", match="x+")),
        ),
    ],
)
def test_expectations(written: str, expected: Expectation) -> None:
    assert only(f"atoms: {{a: {{code: x, expect: {written}}}}}").expect == expected


def test_the_rest_of_an_atom() -> None:
    atom = only("""\
        masterplan: p
        version: 1
        description: what it is for
        preload: numpy
        x-anything: [goes]
        atoms:
          a: {code: x, description: why, file: src/a.py, sample_of: T/1, depends_on: }
        """)
    assert (atom.description, atom.target_file, atom.sample_of) == ("why", "src/a.py", "T/1")
    assert atom.depends_on == ()


def test_preload_is_a_name_or_a_list() -> None:
    assert load("{preload: numpy, atoms: {a: {code: x}}}").preload == ("numpy",)
    assert load("{preload: [json, os.path, json], atoms: {a: {code: x}}}").preload == ("json", "os.path")


def test_depends_on_is_an_id_or_a_list_without_repetition() -> None:
    plan = load("atoms: {a: {code: x}, b: {code: x, depends_on: a}, c: {code: x, depends_on: [a, b, a]}}")
    assert plan.atoms["b"].depends_on == ("a",)
    assert plan.atoms["c"].depends_on == ("a", "b")


@pytest.mark.parametrize(("key", "number"), [("memory", 1), ("memory", 512), ("disk", 1), ("disk", 60_000)])
def test_a_size_that_is_suggested_is_accepted(key: str, number: int) -> None:
    (line,) = problems(f"atoms: {{a: {{code: x, {key}: {number}}}}}")
    meant = re.search(r"did you mean '(.+)'\?", line)
    assert meant is not None
    assert meant[1] == f"{number}MiB"
    only(f"atoms: {{a: {{code: x, {key}: {meant[1]}}}}}")
