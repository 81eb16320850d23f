"""What a composed job holds: dependencies in order, bound inputs, limits."""

from __future__ import annotations

import pytest

from mge_toolkit.core.plans import FromAtom, Limits, Masterplan, Source
from mge_toolkit.core.ports import Language
from mge_toolkit.core.results import Role, Value
from mge_toolkit.engine.composition import Composer, ResultMissingError
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.testing import make_atom, make_plan


@pytest.fixture
def languages() -> dict[str, Language]:
    return Plugins(entry_points=False).languages


def job_of(plan: Masterplan, name: str, composer: Composer) -> list[tuple[str, Role]]:
    atom = plan.atoms[name]
    job = composer.job(atom, atom.code, dependencies=composer.dependencies(atom))
    return [(segment.atom_id, segment.role) for segment in job.segments]


def test_dependencies_come_first_in_topological_order_without_their_checks(
    languages: dict[str, Language],
) -> None:
    plan = make_plan(
        [
            make_atom("d", depends_on=("b", "c"), check="assert d"),
            make_atom("c", depends_on=("a",), check="assert c"),
            make_atom("b", depends_on=("a",)),
            make_atom("a"),
        ]
    )
    order = job_of(plan, "d", Composer(plan, languages))
    assert order[0] == ("a", Role.DEPENDENCY)
    assert set(order[1:3]) == {("b", Role.DEPENDENCY), ("c", Role.DEPENDENCY)}
    assert order[3:] == [("d", Role.CODE), ("d", Role.CHECK)]


def test_another_language_orders_but_does_not_compose(languages: dict[str, Language]) -> None:
    plan = make_plan(
        [
            make_atom("py"),
            make_atom("js", language="javascript", depends_on=("py",)),
            make_atom("ts", language="typescript", depends_on=("js",)),
            make_atom("end", depends_on=("js", "py")),
        ]
    )
    composer = Composer(plan, languages)
    assert job_of(plan, "js", composer) == [("js", Role.CODE)]
    assert job_of(plan, "ts", composer) == [("js", Role.DEPENDENCY), ("ts", Role.CODE)]
    assert job_of(plan, "end", composer) == [("py", Role.DEPENDENCY), ("end", Role.CODE)]


def test_inputs_are_bound_from_results_and_can_be_replaced(languages: dict[str, Language]) -> None:
    inputs = {"x": FromAtom(atom="a"), "y": 2}
    plan = make_plan([make_atom("a"), make_atom("b", inputs=inputs)])
    composer = Composer(plan, languages)
    atom = plan.atoms["b"]
    with pytest.raises(ResultMissingError, match="input 'x' comes from atom 'a', which bound no 'result'"):
        composer.job(atom, atom.code, dependencies=())
    composer.record(plan.atoms["a"], Value(json={"k": 1}), None)
    assert composer.job(atom, atom.code, dependencies=()).segments[0].inputs == {"x": {"k": 1}, "y": 2}
    replaced = composer.job(atom, atom.code, dependencies=(), inputs={"y": 9, "z": 0})
    assert replaced.segments[0].inputs == {"x": {"k": 1}, "y": 9, "z": 0}


def test_a_dependency_runs_with_its_own_input_and_its_repaired_code(languages: dict[str, Language]) -> None:
    plan = make_plan([make_atom("a", "old", inputs={"n": 1}), make_atom("b", depends_on=("a",))])
    composer = Composer(plan, languages)
    composer.record(plan.atoms["a"], None, Source(text="new"))
    atom = plan.atoms["b"]
    first = composer.job(atom, atom.code, dependencies=composer.dependencies(atom)).segments[0]
    assert (first.source.text, first.inputs) == ("new", {"n": 1})


def test_a_timeout_setting_replaces_every_atoms_own(languages: dict[str, Language]) -> None:
    plan = make_plan(
        [make_atom("a", limits=Limits(timeout=9)), make_atom("b", depends_on=("a",), limits=Limits(cpus=2))]
    )
    composer = Composer(plan, languages, timeout=0.5)
    atom = plan.atoms["b"]
    job = composer.job(atom, atom.code, dependencies=composer.dependencies(atom))
    assert [segment.timeout for segment in job.segments] == [0.5, 0.5]
    assert (job.limits.timeout, job.limits.cpu_seconds, job.wall_seconds) == (0.5, 1.0, 1.0)
