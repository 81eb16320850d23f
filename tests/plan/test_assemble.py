"""The assembled program: it is laid out as asked, it runs, and it overwrites nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from mge_toolkit.core.errors import PlanError
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plan.assemble import assemble, make_assembly
from tests.plan.helpers import load

WEBSHOP = Path(__file__).parents[2] / "examples/webshop.yaml"

SHOP = """\
    masterplan: shop
    components:
      catalog:
        modules:
          rates:
            atoms:
              rate:
                code: |
                  from __future__ import annotations

                  import math

                  RATES = {"es": 0.21}


                  def rate(country: str) -> float:
                      return RATES[country]
          prices:
            atoms:
              gross:
                depends_on: [rate]
                code: |
                  from __future__ import annotations


                  def gross(net, country):
                      return round(net * (1 + rate(country)), 2)
                check: |
                  raise SystemError("checks are no part of the program")
              rounded:
                depends_on: [gross]
                code: |
                  def rounded(net, country):
                      return math.ceil(gross(net, country))
      office:
        modules:
          bill:
            atoms:
              total:
                depends_on: [gross]
                input: {order: {net: 50, country: es, express: true, note: null}}
                code: |
                  result = gross(order["net"], order["country"])
              letter:
                input: {amount: {from: total}}
                code: |
                  text = f"Please pay {amount}"
                  result = len(text)
              refused:
                depends_on: [gross]
                code: gross(1, "xx")
                expect: {raises: KeyError}
    atoms:
      print_it:
        depends_on: [letter, rounded]
        code: |
          print(text, rounded(1, "es"))
    """


def run(directory: Path, program: str) -> str:
    """Run trusted code of this test, with the assembled program to import."""
    done = subprocess.run(
        [sys.executable, "-E", "-s", "-c", program],
        cwd=directory,
        env={"PYTHONPATH": str(directory)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_assembled_program_runs(tmp_path: Path) -> None:
    written = assemble(load(SHOP), tmp_path)
    names = [str(path.relative_to(tmp_path)) for path in written]
    assert names == [
        "catalog/__init__.py",
        "catalog/prices.py",
        "catalog/rates.py",
        "office/__init__.py",
        "office/bill.py",
        "print_it.py",
    ]
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(written)
    assert run(tmp_path, "import print_it") == "Please pay 60.5 2\n"
    assert run(tmp_path, "from catalog.prices import gross; print(gross(100, 'es'))") == "121.0\n"
    assert run(tmp_path, "import office.bill as b; print(b.result_of_total, b.result)") == "60.5 15\n"


def test_a_file_reads_like_a_program() -> None:
    assert make_assembly(load(SHOP)).texts["catalog/prices.py"] == dedent("""\
        # Assembled from the masterplan shop: change the plan, not this file.

        from __future__ import annotations

        from catalog.rates import math, rate


        # gross
        def gross(net, country):
            return round(net * (1 + rate(country)), 2)


        # rounded
        def rounded(net, country):
            return math.ceil(gross(net, country))
        """)


def test_atoms_stand_where_they_ask_to_in_topological_order(tmp_path: Path) -> None:
    plan = load("""\
        atoms:
          last: {code: "c = b + 1", depends_on: [middle], file: src/deep/all.py}
          middle: {code: "b = a + 1", depends_on: [first], file: src/deep/all.py}
          first: {code: "a = 1", file: src/one.py}
        """)
    assemble(plan, tmp_path)
    assert run(tmp_path, "from src.deep.all import c; print(c)") == "3\n"


def test_repaired_code_takes_the_place_of_the_plans(tmp_path: Path) -> None:
    plan = load("atoms: {f: {code: 'def f(): return 1'}, g: {code: 'x = f()', depends_on: f}}")
    assemble(plan, tmp_path, {"f": "def f():\n    return 2\n"})
    assert run(tmp_path, "import g; print(g.x)") == "2\n"


def test_nothing_is_overwritten_unless_it_is_asked_for(tmp_path: Path) -> None:
    plan = load("atoms: {f: {code: 'x = 1'}, g: {code: 'y = 1'}, h: {code: 'z = 1'}}")
    (tmp_path / "f.py").write_text("mine", encoding="utf-8")
    (tmp_path / "h.py").write_text("mine", encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        assemble(plan, tmp_path)
    assert str(caught.value) == "\n".join(
        f"{tmp_path / name}:1: the file exists already: remove it, "
        "or write over it with --force (force=True in Python)"
        for name in ("f.py", "h.py")
    )
    assert not (tmp_path / "g.py").exists()
    assert (tmp_path / "f.py").read_text(encoding="utf-8") == "mine"
    assemble(plan, tmp_path, force=True)
    assert run(tmp_path, "import f, g, h; print(f.x + g.y + h.z)") == "3\n"


def test_everything_that_stands_in_the_way_is_told_at_once() -> None:
    plan = load("""\
        atoms:
          broken: {code: "x = ("}
          wrong: {code: x = 1, file: x.js}
          hiding: {code: x = 1, file: json.py}
          one: {code: a = 1, file: p.py}
          two: {code: b = a, file: q.py, depends_on: one}
          three: {code: c = b, file: p.py, depends_on: two}
          odd: {code: d = 1, file: a-b.py}
          user: {code: e = d, depends_on: odd}
        """)
    with pytest.raises(PlanError) as caught:
        make_assembly(plan)
    assert sorted(str(caught.value).split("\n")) == [
        "plan.yaml:2: atom 'broken': the code cannot be read ('(' was never closed, line 1): repair it first",
        "plan.yaml:3: atom 'wrong': file 'x.js' holds python: end its name in .py",
        "plan.yaml:4: atom 'hiding': file 'json.py' would hide a standard module: choose another name",
        "plan.yaml:5: atom 'one': the files need each other: p.py -> q.py -> p.py: give their atoms one 'file'",
        "plan.yaml:9: atom 'user': file 'a-b.py' cannot be imported: name it with letters, digits and '_'",
    ]


def test_names_that_python_cannot_import_are_made_so() -> None:
    plan = load("""\
        components:
          email:
            modules:
              3-d.view: {atoms: {a: {code: x = 1}}}
              class: {atoms: {b: {code: y = x, depends_on: a}}}
        """)
    assert [name for name in make_assembly(plan).texts if "__init__" not in name] == [
        "email_/_3_d_view.py",
        "email_/class_.py",
    ]


def test_what_is_left_out_or_not_linked_is_said() -> None:
    assert make_assembly(load_masterplan(WEBSHOP)).notes[:2] == (
        "'no_such_country' is left out: it is expected to raise KeyError",
        "'cart_total' is not linked: its input 'lines' is the result of 'priced_basket' in another language",
    )


def test_an_atom_that_is_not_linked_does_not_keep_its_module_from_being_imported(tmp_path: Path) -> None:
    assemble(load_masterplan(WEBSHOP), tmp_path)
    assert (
        run(tmp_path, "import catalog.basket as b; print([line['price'] for line in b.result])")
        == "[24.2, 24.2]\n"
    )
    text = "'cart' of 'invoice' is the result of 'cart_total' in another language: put its value here"
    program = "try:\n import office.accounts_invoice\nexcept NotImplementedError as error:\n print(error)"
    assert run(tmp_path, program) == f"{text}\n"


def test_typescript_files_import_values_and_types_from_each_other() -> None:
    plan = load("""\
        defaults: {language: typescript}
        components:
          geo:
            modules:
              shapes:
                atoms:
                  point: {code: "interface Point { x: number }\\nexport const origin: Point = {x: 0};\\n"}
                  move: {code: "function move(p: Point): Point {\\n  return {x: p.x + 1};\\n}", depends_on: point}
              use:
                atoms:
                  first: {code: "const result: Point = move(origin);", depends_on: move, input: {n: 1}}
                  second: {code: "const result: number = 1;", input: {p: {from: first}}}
        """)
    assert make_assembly(plan).texts == {
        "geo/shapes.ts": dedent("""\
            // Assembled from the masterplan plan: change the plan, not this file.

            // point
            interface Point { x: number }
            export const origin: Point = {x: 0};

            // move
            function move(p: Point): Point {
              return {x: p.x + 1};
            }

            export { move };

            export type { Point };
            """),
        "geo/use.ts": dedent("""\
            // Assembled from the masterplan plan: change the plan, not this file.
            import { type Point, move, origin } from "./shapes.ts";

            // first
            var n: any = 1;
            var result: Point = move(origin);
            const result_of_first = result;

            // second
            var p: any = result_of_first;
            var result: number = 1;
            """),
    }


def test_languages_that_cannot_be_assembled_are_left_out() -> None:
    from mge_toolkit.plan import load_text

    plan = load_text("atoms: {a: {code: x, language: ruby}, b: {code: x = 1}}", languages=["python", "ruby"])
    assembly = make_assembly(plan)
    assert list(assembly.texts) == ["b.py"]
    assert assembly.notes == ("'a' is left out: ruby programs cannot be assembled",)
