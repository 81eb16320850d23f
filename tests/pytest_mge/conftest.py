"""Sessions of pytest inside the tests, whose atoms are answered by a fake sandbox."""

from __future__ import annotations

import pytest

# Sessions inside this process forget what they imported; these modules hold C extensions, or cost time.
import mge_toolkit.plan
import mge_toolkit.service
import mge_toolkit.testing
import pytest_mge.session

KEPT = (mge_toolkit.plan, mge_toolkit.service, mge_toolkit.testing, pytest_mge.session)

PLAN = """\
masterplan: shop
components:
  catalog:
    modules:
      pricing:
        atoms:
          tax:
            code: |
              RATE = 0.21
          gross:
            depends_on: [tax]
            code: |
              def gross(net):
                  return net * (1 + RATE)
          net:
            depends_on: [gross]
            code: |
              result = gross(100) / (1 + RATE)
  cart:
    modules:
      lines:
        atoms:
          total: {language: javascript, code: "const total = 3;"}
atoms:
  loose: {code: "pass"}
"""

CONFTEST = """\
import asyncio
import dataclasses
import os
import pytest
from mge_toolkit.core.errors import SandboxError, SandboxUnavailableError
from mge_toolkit.core.results import Execution, Frame, Raised, Role, Stream, Usage
from mge_toolkit.testing import PASSED, FakeSandbox, FakeSandboxPlugin, FixerPlugin, ScriptedFixer, failing

SCRIPT = {{}}
FIXES = {{}}
ANSWER = None

{text}

def pytest_mge_plugins(config):
    return [FakeSandboxPlugin(SCRIPT, ANSWER), FixerPlugin(ScriptedFixer(FIXES))]
"""


class Sessions:
    """Writes plans and conftest files and runs pytest on them."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.plan(PLAN)
        self.conftest("")
        pytester.makeini("[pytest]\n")

    def plan(self, text: str, name: str = "plan.yaml") -> None:
        """Write a plan."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def conftest(self, text: str) -> None:
        """Write what a conftest adds: ``SCRIPT``, ``FIXES``, ``ANSWER`` or hooks."""
        self.pytester.makeconftest(CONFTEST.format(text=text))

    def test_file(self, text: str = "def test_plain():\n    pass\n", name: str = "test_plain.py") -> None:
        """Write ordinary tests."""
        (self.path / name).write_text(text, encoding="utf-8")

    def run(self, *args: str) -> pytest.RunResult:
        """Run pytest with these arguments in this process."""
        return self.pytester.runpytest_inprocess(*self._with_defaults(args))

    def run_apart(self, *args: str) -> pytest.RunResult:
        """Run pytest with these arguments in a process of its own."""
        return self.pytester.runpytest_subprocess(*self._with_defaults(args))

    def run_plan(self, *args: str) -> pytest.RunResult:
        """Run the plan."""
        return self.run("--mge-masterplan", "plan.yaml", *args)

    def _with_defaults(self, args: tuple[str, ...]) -> list[str]:
        sandbox = [] if "--mge-sandbox" in args else ["--mge-sandbox", "fake"]
        return ["-p", "no:randomly", "-p", "no:hypothesispytest", *sandbox, *args]


@pytest.fixture
def sessions(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    """Sessions in an empty directory with ``plan.yaml``."""
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "160")
    return Sessions(pytester)


def node_ids(result: pytest.RunResult) -> list[str]:
    """Return the ids that ``--collect-only -q`` printed."""
    return [line for line in result.outlines if "::" in line]
