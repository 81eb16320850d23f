"""The settings in which the same protections must hold, and how to run a batch in one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]
NOBODY = 65534


@dataclass(frozen=True, kw_only=True)
class Setup:
    """Who the host is and what it is refused."""

    name: str
    user: int | None = None
    refuse: tuple[str, ...] = ()
    machine: dict[str, Any] = field(default_factory=dict)

    @property
    def namespaces(self) -> bool:
        """Whether namespaces can be made."""
        return "namespaces" not in self.refuse

    def run(self, program: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a Python program in this setting."""
        return subprocess.run(
            self.command(program, *arguments), env=environment(), text=True, check=False, **options
        )

    def command(self, program: Path, *arguments: str) -> list[str]:
        """Return the command that runs a Python program in this setting."""
        settings = json.dumps({"user": self.user, "refuse": self.refuse})
        return [sys.executable, str(_HERE / "launcher.py"), settings, str(program), *arguments]

    def perform(self, *jobs: dict[str, Any], **batch: Any) -> dict[str, Any]:
        """Run jobs in one sandbox in this setting and return what came of them."""
        batch = {"machine": self.machine, **batch, "jobs": jobs}
        ended = self.run(_HERE / "stage.py", input=json.dumps(batch), capture_output=True, timeout=120)
        assert ended.returncode == 0, ended.stderr
        outcome: dict[str, Any] = json.loads(ended.stdout)
        return outcome


def environment() -> dict[str, str]:
    """Return the environment of a host; its secret is what no atom may ever see."""
    return {
        "PATH": os.defpath,
        "HOME": "/nonexistent",
        "PYTHONPATH": str(_ROOT),
        "MGE_TEST_SECRET": "hunter2",
        "TMPDIR": tempfile.gettempdir(),
    }


_NO_GROUPS: dict[str, Any] = {"groups": {}}
AS_IS = Setup(name="as-is")
SETUPS = (
    AS_IS,
    Setup(name="as-is-no-groups", machine=_NO_GROUPS),
    Setup(name="user", user=NOBODY),
    Setup(name="refused", refuse=("namespaces",)),
    Setup(name="refused-no-groups", refuse=("namespaces",), machine=_NO_GROUPS),
    Setup(name="user-refused", user=NOBODY, refuse=("namespaces",)),
)
