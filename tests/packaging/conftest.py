"""The distribution as users get it: built once, installed into an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from mge_toolkit.sandbox.languages.javascript.deno import deno_binary

ROOT = Path(__file__).resolve().parents[2]


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment without what would let the checkout or an outer run shine through."""
    dropped = ("PYTHON", "PYTEST", "COV_", "MGE_", "VIRTUAL_ENV", "PIP_CONSTRAINT", "TOX")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)} | more


def succeed(command: Sequence[object], cwd: Path, **environment: str) -> str:
    """Run a command that must succeed and return its output."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(source: Path, target: Path, kind: str) -> Path:
    """Build a wheel or an sdist of ``source`` without a network, by its own backend."""
    text = f"import hatchling.build as build; print(build.build_{kind}({str(target)!r}))"
    name = succeed([sys.executable, "-c", text], cwd=source).strip().splitlines()[-1]
    return target / name


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """An environment with the wheel in it. What it depends on is seen in the outer environment."""

    directory: Path
    run: Callable[..., str]

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    def pip_install(self, wheel: Path) -> None:
        """Install a wheel, and nothing with it."""
        pip = [sys.executable, "-m", "pip", "--python", self.python, "install", "--no-deps", "--no-index"]
        succeed([*pip, "--quiet", wheel], cwd=self.directory)


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    directory = tmp_path_factory.mktemp("environment")
    directory.chmod(0o755)  # pytest closes it to other users, and atoms of a root user run as another one
    venv.create(directory, with_pip=False, symlinks=True)
    result = Installed(directory=directory, run=succeed)
    result.pip_install(wheel)
    # The path file is read after the environment's own packages, and editable installs are not seen through it.
    packages = next((directory / "lib").glob("python3.*")) / "site-packages"
    (packages / "outer.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    # Deno is a program and not a module: it is looked for beside the interpreter.
    (directory / "bin" / "deno").symlink_to(deno_binary())
    return result
