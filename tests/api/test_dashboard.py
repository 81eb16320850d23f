"""The dashboard in a real browser, before a real server: by pointer and by keyboard alone."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mge_toolkit.core.results import Execution, Stream, Usage
from mge_toolkit.testing import PASSED, FixerPlugin, ScriptedFixer, failing, make_atom, make_plan
from tests.api.conftest import Serve
from tests.api.support import TOKEN, Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOSTILE = "<img src=x onerror=\"document.title='broken'\">"
EVERY_COLOUR = """() => {
  for (const name of ["passed", "failed", "error", "broken", "running", "queued", "cancelled", "stopped"]) {
    const chip = document.createElement("span");
    chip.className = `chip ${name}`;
    chip.textContent = name;
    document.querySelector("#run-title").append(chip);
  }
  for (const name of ["", "bad", "warn"]) {
    const tag = document.createElement("span");
    tag.className = `tag ${name}`;
    tag.textContent = name || "tag";
    document.querySelector("#run-title").append(tag);
  }
}"""
MENDED = "x = 1\ny = 3\n"


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


class Visit:
    """A page with everything that went wrong on it, and every address that it asked for."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.on("request", lambda request: self.asked.append(request.url))

    def enter(self) -> Page:
        self.page.goto(f"{self.url}/#token={TOKEN}")
        self.page.wait_for_selector("#desk:not([hidden])")
        return self.page


@pytest.fixture
def visit(browser: Browser, serving: Serve) -> Iterator[Visit]:
    """Open the dashboard of a service with a plan in which everything happens."""
    plan = make_plan(
        [
            make_atom("tax_rate", "x = 1", component="catalog", module="pricing"),
            make_atom("mended", "x = 1\ny = 2\n"),
            make_atom("hostile", HOSTILE, description=HOSTILE),
            make_atom("after", depends_on=("hostile",)),
            *(make_atom(f"many_{number:03}", depends_on=("tax_rate",)) for number in range(200)),
        ],
        "webshop",
    )

    def answer(job: object) -> Execution | float:
        atom_id, code = job.atom_id, job.segments[-1].source.text  # type: ignore[attr-defined]
        if atom_id == "hostile":
            printed = Stream(data=HOSTILE.encode(), total=len(HOSTILE))
            return Execution(
                completed=False,
                exit_code=1,
                raised=failing(HOSTILE).raised,
                stdout=printed,
                usage=Usage(wall=0.01),
            )
        if atom_id == "mended":
            return PASSED if code == MENDED else failing("y is 2")
        return 0.002

    served: Served = serving(plan, answer=answer, plugins=[FixerPlugin(ScriptedFixer({"mended": [MENDED]}))])
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    visited = Visit(page, served.url)
    yield visited
    page.close()
    assert not visited.errors
    assert all(address.startswith(f"{served.url}/") for address in visited.asked)
    assert not any(TOKEN in address for address in visited.asked)


def wait_until(page: Page, expression: str) -> None:
    """Wait until an expression comes true in the page.

    The page forbids scripts to evaluate text, and so does Playwright's own waiting from its second look on.
    """
    patience = time.monotonic() + 30
    while not page.evaluate(expression):
        assert time.monotonic() < patience, f"never true: {expression}"
        page.wait_for_timeout(20)


def run_to_its_end(page: Page) -> None:
    page.click("#start-button")
    page.wait_for_selector("#run-status.failed")
    wait_until(page, "document.querySelector('#progress-text').textContent === '204 of 204 atoms settled'")


def test_a_run_is_started_followed_and_looked_into(visit: Visit) -> None:
    page = visit.enter()
    assert page.inner_text("#nothing h2") == "No run is chosen"
    run_to_its_end(page)
    assert page.inner_text("#run-title") == "webshop"
    figures = {
        name.inner_text(): value.inner_text()
        for name, value in zip(
            page.query_selector_all(".tile dt"), page.query_selector_all(".tile-value"), strict=True
        )
    }
    assert (figures["Success rate"], figures["Healed"]) == ("99.5 %", "1")
    assert "202 passed" in (page.get_attribute("#bar", "aria-label") or "")
    assert "wave 1: 201 of 201 settled" in (page.get_attribute("#lane-base", "aria-label") or "")
    assert [text.inner_text() for text in page.query_selector_all(".pattern-count")] == ["1 atom"]
    page.click(".run-item")
    page.click(".filter:has-text('failed')")
    wait_until(page, "document.querySelectorAll('.atom-row:not([hidden])').length === 1")
    page.click(".atom-row:not([hidden])")
    page.wait_for_selector("#atom .attempt")
    assert page.inner_text("#atom-title") == "hostile"


def test_what_an_atom_says_stays_text(visit: Visit) -> None:
    page = visit.enter()
    run_to_its_end(page)
    page.fill("#search", "hostile")
    page.click(".atom-row:not([hidden])")
    page.wait_for_selector("#atom .attempt")
    body = page.inner_text("#atom-body")
    assert body.count(HOSTILE) >= 4  # the description, the code, the message, the output
    assert page.query_selector_all("#atom-body img") == []
    assert "broken" not in page.title()


def test_what_repair_changed_is_shown_side_by_side(visit: Visit) -> None:
    page = visit.enter()
    run_to_its_end(page)
    page.fill("#search", "mended")
    page.click(".atom-row:not([hidden])")
    page.wait_for_selector("#atom .diff")
    assert page.inner_text(".diff-cell.removed .code-text") == "y = 2"
    assert page.inner_text(".diff-cell.added .code-text") == "y = 3"
    heads = [head.inner_text().strip() for head in page.query_selector_all(".attempt h3")]
    assert [re.sub(r"\s+", " ", head) for head in heads] == ["✕ Attempt 1", "✓ Attempt 2"]
    assert "then: fix" in page.inner_text("#atom-body")


def test_everything_can_be_done_by_keyboard_alone(visit: Visit) -> None:
    page = visit.enter()

    def focused() -> str:
        return str(page.evaluate("document.activeElement.id"))

    def tab_to(name: str) -> None:
        for _ in range(40):
            if focused() == name:
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {name}")

    tab_to("start-button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#run-status.failed")
    wait_until(page, "document.querySelector('.filter-number').textContent === '204'")
    tab_to("atoms")
    for key in ("End", "Home", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    active = page.get_attribute("#atoms", "aria-activedescendant")
    row = page.query_selector(f"#{active}")
    assert row is not None
    assert row.get_attribute("aria-posinset") == "3"
    assert "hostile" in row.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector("#atom .attempt")
    assert page.inner_text("#atom-title") == "hostile"
    page.keyboard.press("Escape")
    page.wait_for_selector("#atom:not([open])", state="attached")
    assert focused() == "atoms"


def test_only_the_rows_in_sight_are_in_the_document(visit: Visit) -> None:
    page = visit.enter()
    run_to_its_end(page)
    page.focus("#atoms")
    page.keyboard.press("End")
    wait_until(
        page, "document.querySelector('#atoms').ariaActiveDescendantElement?.textContent.includes('many_199')"
    )
    assert len(page.query_selector_all(".atom-row")) < 40


def test_a_run_can_be_cancelled_and_found_again_by_its_address(visit: Visit, browser: Browser) -> None:
    page = visit.enter()
    page.select_option("#order", "sequential")
    page.click("#start-button")
    page.wait_for_selector("#cancel:not([hidden])")
    page.click("#cancel")
    page.wait_for_selector("#run-status.cancelled")
    assert "cancelled" in page.inner_text("#run-note")
    address = page.url
    page.reload()
    page.wait_for_selector("#run-status.cancelled")
    assert page.url == address


def test_a_broken_stream_is_taken_up_again(visit: Visit) -> None:
    page = visit.page
    broken: list[str] = []

    def break_first(route: object) -> None:
        if broken:
            route.continue_()  # type: ignore[attr-defined]
        else:
            broken.append("once")
            route.abort()  # type: ignore[attr-defined]

    page.route("**/events", break_first)
    visit.enter()
    run_to_its_end(page)
    assert broken
    visit.errors.clear()  # the browser itself tells of the broken connection


def test_the_token_is_asked_for_and_kept_for_the_tab_only(visit: Visit) -> None:
    page = visit.page
    page.goto(visit.url)
    page.wait_for_selector("#login:not([hidden])")
    page.fill("#token", "not-the-token-of-anything")
    page.keyboard.press("Enter")
    wait_until(page, "document.querySelector('#login-error').textContent.includes('not this service')")
    page.fill("#token", TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk:not([hidden])")
    assert page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [1, 0, ""]
    assert TOKEN not in page.url
    page.click("#forget")
    page.wait_for_selector("#login:not([hidden])")
    assert page.evaluate("sessionStorage.length") == 0
    visit.errors.clear()  # the browser itself tells of each 401


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out_and_texts_can_be_read(visit: Visit, scheme: str, width: int) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    visit.enter()
    run_to_its_end(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(EVERY_COLOUR)
    dim = page.evaluate((Path(__file__).parent / "contrast.js").read_text())
    assert dim == []
