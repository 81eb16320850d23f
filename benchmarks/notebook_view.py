"""What the live view of a large run costs: the run with it beside the run without it, in a real kernel.

Counts the messages and bytes that the kernel sends to the page while the run goes on; with ``--browser`` a real
JupyterLab shows them, and the longest time between two of its frames is measured.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from queue import Empty
from typing import Any, Final

from benchmarks.measure import Row, at_most, document, table

PREPARE: Final = """\
import ipywidgets
from mge_toolkit import Settings
from mge_toolkit.notebook.session import RunOptions, Session
from mge_toolkit.testing import make_atom, make_plan
session = Session()
plan = make_plan([make_atom(f"a{{n}}", depends_on=(f"a{{n - {atoms} // 5}}",) if n >= {atoms} // 5 else ())
                  for n in range({atoms})])
options = RunOptions(settings=Settings(wave_threshold=0), records={{"records": "off"}})
warm = session.start(plan, options, atoms=["a0"]).wait()
"""
WITHOUT: Final = "run = session.start(plan, options)\nrun.wait()\nprint(run.result().wall)"
WITH: Final = (
    "run = session.start(plan, options)\nrun._ipython_display_()\nrun.wait()\nprint(run.result().wall)"
)
FRAMES: Final = """() => {
  window.frames_ = {longest: 0, last: performance.now()};
  const step = (now) => {
    frames_.longest = Math.max(frames_.longest, now - frames_.last);
    frames_.last = now;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}"""


class Kernel:
    """A kernel of our own, and what it sends."""

    def __init__(self, atoms: int) -> None:
        """Start it, and have a sandbox ready."""
        from jupyter_client.manager import start_new_kernel

        self._manager, self._client = start_new_kernel(kernel_name="python3")
        self.run(PREPARE.format(atoms=atoms))

    def run(self, code: str) -> tuple[float, int, int, float]:
        """Run a cell: return what it printed as seconds, comm messages and their bytes, and its own seconds."""
        began = time.perf_counter()
        asked = self._client.execute(code)
        printed, messages, size = 0.0, 0, 0
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=600)
            except Empty:
                sys.exit("the kernel does not answer")
            kind, content = message["msg_type"], message["content"]
            if kind == "comm_msg":
                messages += 1
                size += len(str(content["data"]).encode())
            elif kind == "stream" and content["name"] == "stdout":
                printed = float(content["text"])
            elif kind == "error":
                sys.exit("\n".join(content["traceback"]))
            elif kind == "status" and content["execution_state"] == "idle":
                if message["parent_header"].get("msg_id") == asked:
                    return printed, messages, size, time.perf_counter() - began

    def close(self) -> None:
        """End it."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def in_kernel(rounds: int, atoms: int) -> list[Row]:
    """Return the rows of a kernel whose messages nobody shows."""
    kernel = Kernel(atoms)
    ours, bare, rates, sizes = [], [], [], []
    for _ in range(rounds):
        bare.append(kernel.run(WITHOUT)[0])
        wall, messages, size, _ = kernel.run(WITH)
        ours.append(wall)
        rates.append(messages / wall)
        sizes.append(size / wall / 1024)
    kernel.close()
    return [
        at_most(f"{atoms:,} atoms with the live view", "without it", ours, bare, 1.05),
        _figure("messages to the page a second", rates, 10, "/s"),
        _figure("KiB to the page a second", sizes, 500, "KiB/s"),
    ]


def in_browser(atoms: int) -> list[Row]:
    """Return the rows of a JupyterLab that shows the run."""
    from playwright.sync_api import sync_playwright

    from tests.notebook.jupyter import serve, write_notebook

    browser_path = shutil.which("chromium") or sys.exit("--browser needs chromium")
    with tempfile.TemporaryDirectory(prefix="mge-benchmark-") as name, sync_playwright() as playwright:
        directory = Path(name)
        directory.chmod(0o755)
        show = "import time; began = time.time(); run = session.start(plan, options); run"
        write_notebook(directory / "large.ipynb", [PREPARE.format(atoms=atoms), show])
        with serve(directory, "jupyterlab") as server:
            arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=browser_path, args=arguments)
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_default_timeout(300_000)
            page.goto(server.url("lab", "large.ipynb"))
            page.locator(".jp-Notebook .jp-CodeCell").first.click()
            idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
            idle.wait_for(state="attached")
            page.keyboard.press("Shift+Enter")
            page.locator(".jp-InputPrompt", has_text="[1]").wait_for()
            page.evaluate(FRAMES)
            began = time.perf_counter()
            page.keyboard.press("Shift+Enter")
            page.locator(".mge-run svg").first.wait_for()
            painted = time.perf_counter() - began
            page.locator(".mge-run svg text", has_text="all passed").first.wait_for()
            longest = page.evaluate("() => frames_.longest")
            browser.close()
    return [
        _figure("from the cell to its first picture", [painted], 1, "s"),
        _figure("the longest frame", [longest], 200, "ms"),
    ]


def _figure(work: str, figures: Sequence[float], target: float, unit: str) -> Row:
    middle = statistics.median(figures)
    return Row(
        work=work,
        peer="what it may be",
        ours_seconds=0.0,
        peer_seconds=0.0,
        ratio=middle,
        spread=(min(figures), max(figures)),
        target=target,
        better="lower",
        unit=unit,
    )


def main() -> int:
    """Measure, print the table, and exit with 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.notebook_view", description=__doc__)
    parser.add_argument("--atoms", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--browser", action="store_true", help="measure in a real JupyterLab as well")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments: Any = parser.parse_args()
    rows = in_kernel(arguments.rounds, arguments.atoms)
    if arguments.browser:
        rows += in_browser(arguments.atoms)
    print(table(rows))
    if arguments.json is not None:
        arguments.json.write_text(document(rows) + "\n", encoding="utf-8")
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
