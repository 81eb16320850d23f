"""Wrong plans: every mistake at once, each with its line, its atom and the remedy."""

from __future__ import annotations

import pytest

from tests.plan.helpers import CASES, cases, load, only, problems


def test_all_mistakes_are_found_at_once_in_the_files_order() -> None:
    wrong = (CASES / "many_mistakes.yaml").read_text(encoding="utf-8")
    expected = (CASES / "many_mistakes.txt").read_text(encoding="utf-8")
    assert problems(wrong) == expected.splitlines()


def atom(keys: str) -> list[str]:
    """Return the problems of an atom with code and ``keys``, without line and atom."""
    return [line.removeprefix("1: atom 'a': ") for line in problems(f"atoms: {{a: {{code: x, {keys}}}}}")]


@pytest.mark.parametrize(("keys", "expected"), cases("wrong_values"))
def test_one_wrong_value(keys: str, expected: str) -> None:
    assert atom(keys) == [expected]


@pytest.mark.parametrize(("text", "expected"), cases("wrong_plans"))
def test_one_wrong_plan(text: str, expected: str) -> None:
    assert problems(text) == [expected]


@pytest.mark.parametrize("name", ["a", "A-1.b_c", "0", "x" * 100, "_private", "and", "-k"[1:]])
def test_ids_that_may_be_used(name: str) -> None:
    assert list(load(f"atoms: {{{name}: {{code: x}}}}").atoms) == [name]


@pytest.mark.parametrize("name", ["x" * 101, "a.", "-a", ".a", "a b", "a/b", "a\\b", "a:b", "ª"])
def test_ids_that_may_not(name: str) -> None:
    assert "do not take" in problems(f"atoms: {{'{name}': {{code: x}}}}")[0]


def test_cycles_are_found_among_atoms_with_other_mistakes_and_across_code_and_results() -> None:
    found = problems("""\
        atoms:
          a: {code: x, depends_on: [b], timeout: 0}
          b: {code: x, input: {v: {from: a}}}
          p: {code: x, depends_on: [q]}
          q: {code: x, depends_on: [p]}
        """)
    assert found[1:] == [
        "2: atom 'a': dependency cycle a -> b -> a: remove one of these dependencies",
        "4: atom 'p': dependency cycle p -> q -> p: remove one of these dependencies",
    ]


def test_a_long_cycle_is_cut() -> None:
    atoms = [f"  a{n}: {{code: x, depends_on: [a{(n + 1) % 500}]}}" for n in range(500)]
    (found,) = problems("atoms:\n" + "\n".join(atoms))
    assert "a0 -> a1 -> a2" in found
    assert " … " in found
    assert found.endswith("-> a499 -> a0: remove one of these dependencies")


def test_javascript_has_reserved_words_of_its_own() -> None:
    assert only("atoms: {a: {code: x, input: {var: 1}}}").inputs == {"var": 1}
    assert problems("atoms: {a: {code: x, language: typescript, input: {var: 1}}}") == [
        "1: atom 'a': input: 'var' is a reserved word of typescript: choose another name"
    ]


def test_empty_code_is_allowed_where_something_checks_it() -> None:
    assert only("atoms: {a: {code: '', check: 'assert False'}}").code.text == ""


def test_mistakes_in_a_shared_value_are_told_to_every_atom_that_uses_it() -> None:
    found = problems("""\
        x-base: &base {timeout: 0}
        atoms:
          a: {<<: *base, code: x}
          b: {<<: *base, code: x}
        """)
    assert [line[:13] for line in found] == ["1: atom 'a': ", "1: atom 'b': "]
