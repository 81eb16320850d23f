"""The live view and the explorer in a real JupyterLab and a real Notebook, in a real browser."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.notebook.jupyter import Server, serve, write_notebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
APPLICATIONS = {"lab": "jupyterlab", "notebook": "notebook"}
PLAN = """\
masterplan: shop
components:
  geometry:
    modules:
      shapes:
        atoms:
          circle:
            code: |
              def circle(radius):
                  return math.pi * radius ** 2
            check: assert round(circle(1), 2) == 3.14
          square: {code: "def square(side): return side * side", check: assert square(3) == 9}
          areas:
            depends_on: [circle, square]
            code: "result = [round(circle(2), 1), square(2)]"
            expect: {result: [12.6, 4]}
  report:
    modules:
      text:
        atoms:
          wrong:
            depends_on: [square]
            code: |
              def half(number):
                  # <script>document.title = "broken"</script>
                  return square(number) / 3
            check: assert half(2) == 2, "<img src=x onerror=\\"document.title='broken'\\">"
          slow: {code: "import time\\ntime.sleep(1.5)"}
          after: {depends_on: [wrong], code: print(half(4))}
"""
TEX = (
    r"costs $5 or $6 \(b\) $\href{https://evil.example/}{LINK}$ $\style{color:green}{PASSED}$ "
    r"$$a$$ \[c\] \begin{equation}d\end{equation}"
)
TEX_CELLS = [
    f"%load_ext mge_toolkit\nTEX = {TEX!r}",
    f"%%atom x --description '{TEX}'\nprint({TEX!r})\nraise ValueError({TEX!r})",
    "run = %mge run --wait --wave-threshold 0\nrun",
    "run.explore()",
    "run.result()",
    "run.result().results['x']",
    "%mge plan",
    "%mge compare",
    "%mge history",
    "run.errors_frame()",
    "run.attempts_frame()[['atom_id', 'message']].head(3)",
    # What says that formulas have been set by now.
    "from IPython.display import HTML\nHTML('<p class=\"formula\">$x^2$</p>')",
]
CELLS = ["%load_ext mge_toolkit\nrun = %mge run shop.yaml --wave-threshold 0\nrun", "run.status"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.skip(f"no browser: install one of {', '.join(NAMES)}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = running.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(params=APPLICATIONS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    application = APPLICATIONS[request.param]
    if importlib.util.find_spec(application) is None:
        pytest.skip(f"{application} is not installed")
    tmp_path.chmod(0o755)
    (tmp_path / "shop.yaml").write_text(PLAN)
    write_notebook(tmp_path / "try.ipynb", CELLS)
    write_notebook(tmp_path / "tex.ipynb", TEX_CELLS)
    with serve(tmp_path, application) as server:
        yield server, request.param


@pytest.fixture
def visit(server: tuple[Server, str], browser: Browser) -> Iterator[Visit]:
    with visiting(browser, *server, "try.ipynb") as visit:
        yield visit


@contextmanager
def visiting(browser: Browser, server: Server, kind: str, name: str, height: int = 1900) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 1500, "height": height})
    page.set_default_timeout(30_000)
    visit = Visit(page, server, kind, name)
    yield visit
    visit.look("last")
    page.close()


class Visit:
    """A notebook in a browser."""

    def __init__(self, page: Page, server: Server, kind: str, name: str) -> None:
        self.page = page
        self._server = server
        self._errors: list[str] = []
        page.on("pageerror", lambda error: self._errors.append(str(error)))
        page.goto(server.url(kind, name))
        page.locator(".jp-Notebook .jp-CodeCell").first.click()
        self.idle()

    def idle(self) -> None:
        """Wait until the kernel is there and has nothing to do."""
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")
        self._errors.clear()  # Notebook itself stumbles over something while it starts

    def run_cell(self) -> None:
        self.page.keyboard.press("Shift+Enter")

    def button(self, name: str) -> Locator:
        # The name that a reader of the page is told has the icon's own sign in it.
        return self.page.locator("button.jupyter-button", has_text=re.compile(rf"^\s*{name}$")).first

    def tab(self, place: str, name: str) -> None:
        self.page.locator(f"{place} .lm-TabBar-tab").get_by_text(name, exact=True).click()

    def look(self, name: str) -> None:
        """Keep a picture of the page, for a person to judge."""
        self.page.screenshot(path=self._server.directory / f"{name}.png", full_page=True)

    def nothing_went_wrong(self) -> None:
        assert self._errors == []
        assert "broken" not in self.page.title()


def test_a_run_is_started_watched_explored_and_judged(visit: Visit) -> None:
    page = visit.page
    visit.run_cell()
    view = page.locator(".mge-run")
    view.get_by_text("running").first.wait_for()
    assert visit.button("Stop").is_enabled()
    assert visit.button("Explore").is_disabled()
    visit.run_cell()
    page.locator(".jp-OutputArea-output", has_text="'running'").wait_for()
    visit.look("running")

    view.get_by_text("shop: not all passed").first.wait_for()
    for said in ("3 passed", "1 healed", "1 failed", "1 blocked"):
        assert view.get_by_text(said, exact=True).first.is_visible()
    assert page.locator("[class*=mge-still] img").first.is_hidden(), (
        "widgets hide what stands for them elsewhere"
    )
    visit.look("finished")

    visit.button("Explore").click()
    explorer = page.locator(".mge-explorer")
    explorer.wait_for()
    page.locator(".mge-atom b", has_text="wrong (report.text)").wait_for()
    atoms = page.locator(".mge-picker select").nth(1)
    atoms.focus()
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("Space")
    page.locator(".mge-atom b", has_text="circle (geometry.shapes)").wait_for()
    page.locator(".mge-timeline").get_by_text("selected: circle: healed").wait_for()

    visit.tab(".mge-atom", "Attempts")
    page.locator(".mge-atom .diff").get_by_text("import math").wait_for()
    visit.button("Accept repair").click()
    page.locator(".mge-atom").get_by_text("accepted: 'mge review").wait_for()
    visit.look("accepted")

    slider = page.locator(".mge-timeline .widget-hslider", has_text="Replay").locator(".noUi-handle")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("PageDown")
    page.locator(".mge-timeline svg text", has_text="at ").first.wait_for()
    page.locator(".mge-timeline svg text", has_text="running").first.wait_for()
    visit.look("replayed")
    visit.tab(".mge-explorer", "Graph")
    atoms.select_option(index=2)
    for name, said in (("Graph", "needs square"), ("Errors", "NameError"), ("Hierarchy", "rate (95 %)")):
        visit.tab(".mge-explorer", name)
        explorer.get_by_text(said).first.wait_for(state="attached")
        visit.look(name.lower())
    visit.nothing_went_wrong()


def test_a_run_is_stopped_and_what_is_left_is_run(visit: Visit) -> None:
    visit.run_cell()
    visit.button("Stop").click()
    view = visit.page.locator(".mge-run").first
    view.get_by_text("stopped", exact=False).first.wait_for()
    visit.button("Retry").click()
    again = visit.page.locator(".mge-run .mge-run")
    again.get_by_text("shop: ").first.wait_for()
    again.get_by_text("all passed").first.wait_for()
    visit.look("stopped")
    visit.nothing_went_wrong()


def test_a_saved_notebook_shows_the_run_without_its_kernel(visit: Visit) -> None:
    page = visit.page
    visit.run_cell()
    page.locator(".mge-run").get_by_text("shop: not all passed").first.wait_for()
    page.wait_for_timeout(1000)
    page.keyboard.press("Control+S")
    page.wait_for_timeout(1500)
    directory = visit._server.directory
    saved = (directory / "try.ipynb").read_text()
    assert '"image/png"' in saved
    assert "1 failed" in saved


def formulas(page: Page) -> list[str]:
    """Return what was set as a formula, when all of it has been."""
    page.locator(".formula mjx-container").wait_for()
    return [one.inner_text() for one in page.locator("mjx-container").all()]


def test_what_programs_wrote_is_not_set_as_formulas(server: tuple[Server, str], browser: Browser) -> None:
    with visiting(browser, *server, "tex.ipynb", height=9000) as visit:
        for _ in TEX_CELLS:
            visit.run_cell()
        assert len(formulas(visit.page)) == 1
        assert visit.page.locator(".mge", has_text="costs $5 or $6").count() >= 5
        visit.nothing_went_wrong()


def test_what_programs_wrote_is_not_set_as_formulas_in_an_exported_notebook(
    server: tuple[Server, str], browser: Browser
) -> None:
    directory = server[0].directory
    (directory / "tex.json").write_text(json.dumps({"atoms": {"x": {"code": f"raise ValueError({TEX!r})"}}}))
    for command in (["run", "tex.json"], ["export", "last", "--to", "report.ipynb"]):
        subprocess.run([sys.executable, "-m", "mge_toolkit", *command], cwd=directory, check=False)
    add_formula(directory / "report.ipynb")
    with visiting(browser, *server, "report.ipynb", height=9000) as visit:
        assert len(formulas(visit.page)) == 1
        assert visit.page.locator("table", has_text="costs $5 or $6").count() == 1


def add_formula(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    output = nbformat.v4.new_output("display_data", {"text/html": '<p class="formula">$x^2$</p>'})  # type: ignore[no-untyped-call]
    notebook.cells.append(nbformat.v4.new_code_cell("", outputs=[output]))  # type: ignore[no-untyped-call]
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
