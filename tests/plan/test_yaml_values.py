"""YAML: what words mean, anchors, aliases and merge keys, and their bounds."""

from __future__ import annotations

import pytest

from mge_toolkit.core.plans import JsonValue
from tests.plan.helpers import load, only, problems, value_of


@pytest.mark.parametrize(
    "word",
    """
    no yes on off y n No NO 12:30 1:2:3 0o17 017 007 0x1F 1_000 2024-01-31 2024-01-31T10:00:00Z -x
    = null_ nan inf e5 1e True_ tRUE
    """.split(),  # noqa: SIM905 - thirty quoted words are harder to read
)
def test_words_that_are_text(word: str) -> None:
    assert value_of(word) == word


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("True", True),
        ("false", False),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-2.5E-1", -0.25),
        ("'true'", "true"),
        ('"12"', "12"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!int 12", 12),
        ("!!float 1.5", 1.5),
        ("!!null ''", None),
        ("[1, {a: no}]", [1, {"a": "no"}]),
        ("{1: x, true: y, ~: z}", {"1": "x", "true": "y", "~": "z"}),
        ("!!map {a: 1}", {"a": 1}),
        ("!!seq [1]", [1]),
    ],
)
def test_words_that_are_not(word: str, value: JsonValue) -> None:
    found = value_of(word)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("word", [".inf", "-.INF", ".nan", "1e999", "9" * 5000])
def test_numbers_that_json_cannot_hold(word: str) -> None:
    found = problems(f"atoms: {{a: {{code: x, input: {{v: {word}}}}}}}")
    assert found == ["1: atom 'a': a number that is not finite or too large is no JSON value: quote it"]


def test_aliases_stand_for_their_anchors_value() -> None:
    plan = load("""\
        atoms:
          a: {code: x, input: {v: &v [1, {w: 2}]}}
          b: {code: x, input: {v: *v, u: [*v, *v]}}
        """)
    assert plan.atoms["b"].inputs == {"v": [1, {"w": 2}], "u": [[1, {"w": 2}], [1, {"w": 2}]]}


def test_merge_keys_give_way_to_the_mappings_own_and_to_earlier_ones() -> None:
    plan = load("""\
        x-quick: &quick {timeout: 1, memory: 64MB}
        x-big: &big {memory: 2GB, cpus: 2}
        atoms:
          a: {<<: *quick, code: x}
          b: {code: x, timeout: 5, <<: [*quick, *big]}
          c: {code: x, input: {v: {"<<": 3}}}
        """)
    limits = {name: atom.limits for name, atom in plan.atoms.items()}
    assert (limits["a"].timeout, limits["a"].memory) == (1, 64_000_000)
    assert plan.atoms["c"].inputs == {"v": {"<<": 3}}
    assert (limits["b"].timeout, limits["b"].memory, limits["b"].cpus) == (5, 64_000_000, 2)


def test_a_key_may_be_an_alias_of_a_text() -> None:
    assert only("atoms: {a: {code: x, input: {v: &k w, u: {*k : 1}}}}").inputs["u"] == {"w": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "atoms: {a: {code: *x}}",
            "1: the alias '*x' has no anchor: put '&x' before a value above it",
        ),
        (
            "atoms: {a: {code: x, input: {v: &x [*x]}}}",
            "1: the alias '*x' stands inside its own anchor: remove it",
        ),
        (
            "atoms: {a: {code: x, <<: 3}}",
            "1: '<<' merges mappings: give it an alias of one, such as '<<: *base'",
        ),
        (
            "atoms: {a: {code: !python x}}",
            "1: the tag '!python' means nothing here: write the value without it",
        ),
        (
            "atoms: {a: {code: x, timeout: !!int two}}",
            "1: the tag '!!int' means nothing here: write the value without it",
        ),
        (
            "atoms: {a: {code: !!python/object:os.system x}}",
            "1: the tag '!!python/object:os.system' means nothing here: write the value without it",
        ),
        (
            "atoms: !!set {a}",
            "1: the tag '!!set' means nothing here: write the value without it",
        ),
        (
            "atoms: {a: {code: x, input: {? [b] : 1}}}",
            "1: a key must be one plain word, not a list or a mapping: quote it if it is text",
        ),
    ],
)
def test_what_yaml_offers_and_plans_do_not_take(text: str, expected: str) -> None:
    assert expected in problems(text)


def test_a_billion_laughs_are_refused_at_once() -> None:
    lines = ["x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    found = problems("\n".join([*lines, "atoms: {a: {code: x, input: {v: *a11}}}"]))
    assert len(found) == 1
    assert found[0].endswith("aliases stand for more than 1,000,000 values: write fewer of them")


def test_long_texts_count_by_their_length() -> None:
    lines = ["x-0: &a0 " + "z" * 1_000_000, f"x-1: &a1 [{', '.join(['*a0'] * 90)}]"]
    found = problems("\n".join([*lines, "atoms: {a: {code: x, input: {v: *a1, w: *a1}}}"]))
    assert "aliases stand for more than" in found[0]


def test_chains_of_aliases_may_not_nest_without_end() -> None:
    lines = ["x-0: &a0 [1]"] + [f"x-{n}: &a{n} [*a{n - 1}]" for n in range(1, 300)]
    found = problems("\n".join([*lines, "atoms: {a: {code: x}}"]))
    assert found == ["100: values nest more than 100 levels deep: flatten them"]


@pytest.mark.parametrize("text", ["[" * 5000, "atoms: " + "{a: " * 5000, "- " * 5000 + "x"])
def test_deep_nesting_is_refused_without_exhausting_the_stack(text: str) -> None:
    assert problems(text) == ["1: values nest more than 100 levels deep: flatten them"]


def test_duplicate_keys_name_both_lines() -> None:
    found = problems("""\
        atoms:
          a:
            code: x
            input: {v: 1, v: 2}
            code: y
          b: {code: x}
          b: {code: y}
        atoms: {}
        """)
    assert found == [
        "4: atom 'a': duplicate key 'v' (first given on line 4): keep one of them",
        "5: atom 'a': duplicate key 'code' (first given on line 3): keep one of them",
        "7: duplicate key 'b' (first given on line 6): keep one of them",
        "8: duplicate key 'atoms' (first given on line 1): keep one of them",
    ]
