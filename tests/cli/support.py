"""Plans on disk, the command in this process with a scripted sandbox, and the command as users start it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mge_toolkit.cli import main
from mge_toolkit.core.results import Execution
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.testing import FakeSandboxPlugin

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

CHAIN = """\
masterplan: chain
atoms:
  first:
    code: |
      def one():
          return 1
  second:
    depends_on: [first]
    code: assert one() == 2
  third: {depends_on: [second], code: pass}
  alone: {code: pass}
"""

Script = Mapping[str, Sequence[Execution | BaseException | float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


@dataclass(kw_only=True)
class Commands:
    """Runs ``mge`` in this process on sandboxes that execute nothing."""

    capsys: pytest.CaptureFixture[str]
    directory: Path

    def plan(self, text: str = CHAIN, name: str = "plan.yaml") -> str:
        path = self.directory / name
        path.write_text(text)
        return str(path)

    def __call__(self, *words: str, script: Script | None = None, plugins: Sequence[object] = ()) -> Ended:
        fake = FakeSandboxPlugin(script)
        status = main(words, plugins=Plugins([fake, *plugins], entry_points=False))
        captured = self.capsys.readouterr()
        return Ended(status=status, out=captured.out, err=captured.err)

    def run(self, *words: str, script: Script | None = None, plugins: Sequence[object] = ()) -> Ended:
        return self("run", *words, "--sandbox", "fake", script=script, plugins=plugins)


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which nothing of the outer test run shows."""
    dropped = ("PYTEST", "COV_", "MGE_", "NO_COLOR", "TERM")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)} | more


def mge(*words: str | Path, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    command = [sys.executable, "-m", "mge_toolkit", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=120, check=False, **more
    )
