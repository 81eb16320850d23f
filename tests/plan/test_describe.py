"""What `mge check` prints of a plan."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mge_toolkit.core.plans import Atom, Masterplan, Source
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plan.describe import describe
from tests.plan.helpers import load

WEBSHOP = Path(__file__).parents[2] / "examples/webshop.yaml"


def test_the_web_shop_in_words() -> None:
    assert describe(load_masterplan(WEBSHOP)) == dedent("""\
        webshop: 12 atoms in 6 waves
          languages      python 6, javascript 3, typescript 3
          groups         3 components, 5 modules
          dependencies   5 on code, 9 on results, 1 for order only (between languages)
          checked        12 of 12 by a check or an expectation
          at once        at most 3 atoms of a wave, in wave 0
          longest chain  tax_rate -> gross -> priced_basket -> cart_total -> invoice -> label (6 atoms)
          most built on  priced_basket, by 3 atoms directly

        waves
            0  (3)     tax_rate, money, parcel
            1  (1)     gross
            2  (2)     no_such_country, priced_basket
            3  (2)     cart_total, shipping
            4  (2)     receipt, invoice
            5  (2)     label, books_balance

        graph (each atom stands below the last that it waits for; '<-' is another's result)
          tax_rate
          `-- gross
              +-- no_such_country
              `-- priced_basket
                  +-- cart_total [javascript]  lines <- priced_basket
                  |   +-- receipt [javascript]  also on money; lines <- priced_basket; cart <- cart_total
                  |   |   `-- books_balance  bill <- invoice; cart <- cart_total
                  |   `-- invoice  cart <- cart_total; parcel <- shipping
                  |       `-- label [typescript]  bill <- invoice
                  `-- shipping [typescript]  also on parcel; lines <- priced_basket
          money [javascript]
          parcel [typescript]
        """)


def test_one_atom() -> None:
    assert describe(
        load("{masterplan: p, preload: numpy, atoms: {a: {code: x, critical: false}}}")
    ) == dedent("""\
        p: 1 atom in 1 wave
          languages      python 1
          dependencies   0 on code, 0 on results
          checked        0 of 1 by a check or an expectation
          preload        numpy
          at once        at most 1 atom of a wave, in wave 0

        waves
            0  (1)     a

        graph (each atom stands below the last that it waits for; '<-' is another's result)
          a  not critical
        """)


def test_dependencies_between_languages_count_as_order() -> None:
    plan = load("""
        atoms:
          a: {code: x = 1}
          b: {language: javascript, depends_on: a, code: x}
          c: {language: typescript, depends_on: [a, b], code: x}
    """)
    assert "dependencies   1 on code, 0 on results, 2 for order only (between languages)\n" in describe(plan)


@pytest.mark.parametrize(
    "check",
    [
        "f(1) == 2",
        "import math\ndef test_f():\n    assert f(1) == 2\n",
        "class TestF:\n    'about f'\n    def test_f(self): assert f(1)\n",
        "'a text'\nf(1) == 2\nf(2) == 3",
        "async def test(): pass",
    ],
)
def test_a_check_that_asserts_nothing_is_noted(check: str) -> None:
    assert "  note           a: its check asserts nothing" in describe(checked(check))


@pytest.mark.parametrize(
    "check",
    [
        "assert f(1) == 2",
        "def test():\n    assert f(1)\ntest()",
        "import f",
        "f(1)",
        "@run\ndef test(): assert f(1)",
        "class C:\n    assert f(1)\n",
        "if f(1) != 2: raise ValueError",
        "for x in f(1): assert x",
        "def broken(:",
        "with raises(E): f(1)",
    ],
)
def test_a_check_that_can_fail_is_not_noted(check: str) -> None:
    assert "note " not in describe(checked(check))


def test_only_python_checks_are_looked_at_and_only_some_are_noted() -> None:
    assert "note " not in describe(checked("f(1) == 2", language="javascript"))
    atoms = {f"a{n}": Atom(id=f"a{n}", code=Source(text=""), check=Source(text="1 == 2")) for n in range(99)}
    assert describe(Masterplan(name="p", atoms=atoms)).count("asserts nothing") == 10


def checked(check: str, language: str = "python") -> Masterplan:
    atom = Atom(id="a", code=Source(text="x"), check=Source(text=check), language=language)
    return Masterplan(name="p", atoms={"a": atom})


def plan_of(graph: dict[str, list[str]]) -> Masterplan:
    atoms = {
        name: Atom(id=name, code=Source(text=""), depends_on=tuple(before)) for name, before in graph.items()
    }
    return Masterplan(name="p", atoms=atoms)


@st.composite
def acyclic(draw: st.DrawFn) -> dict[str, list[str]]:
    names = [f"n{number}" for number in range(draw(st.integers(1, 15)))]
    lists = [
        draw(st.lists(st.sampled_from(names[:n]), unique=True, max_size=3)) if n else []
        for n in range(len(names))
    ]
    return dict(zip(names, lists, strict=True))


@given(acyclic())
@settings(max_examples=50)
def test_every_atom_stands_in_one_wave_and_once_in_the_graph(graph: dict[str, list[str]]) -> None:
    text = describe(plan_of(graph))
    waves, tree = text.split("\ngraph", 1)
    listed = [
        name for line in waves.split("\nwaves\n")[1].splitlines() for name in line[15:].split(", ") if name
    ]
    assert sorted(listed) == sorted(graph)
    shown = [line.replace("`", " ").replace("+", " ").replace("|", " ").replace("-", " ").split()[0]
             for line in tree.splitlines()[1:] if line.strip()]  # fmt: skip
    assert sorted(shown) == sorted(graph)


def test_large_plans_are_abbreviated() -> None:
    wide = plan_of({f"n{number}": [] for number in range(5000)})
    assert "... and 4,880 more" in describe(wide)
    assert "... and 4,990 more atoms" in describe(wide, limit=10)
    deep = plan_of({f"n{number}": [f"n{number - 1}"] if number else [] for number in range(5000)})
    text = describe(deep)
    assert "n0 -> n1 -> n2 -> n3 -> n4 -> n5 -> ... -> n4994" in text
    assert "... and 4,970 more waves" in text
    assert len(text) < 30_000
