"""The README's example does what it says, links lead somewhere, and documents name only what exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mge_toolkit.cli import main
from tests.packaging.conftest import ROOT, clean_environment

README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "notebooks" / "README.md"]


def block(language: str) -> str:
    """Return the README's first code block in ``language``."""
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def figures_out(text: str) -> list[str]:
    """Return the lines of ``text`` without what differs from run to run, and without empty ones."""
    return [re.sub(r"[\d.]+ (ms|s|B|KiB|MiB)\b", "#", line) for line in text.splitlines() if line.strip()]


def test_the_example_and_its_output_stand_in_the_first_sixty_lines() -> None:
    first = "\n".join(README.splitlines()[:60])
    assert block("yaml") in first
    assert block("text") in first


def test_the_example_prints_what_the_readme_shows(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(block("yaml"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:randomly", "--mge-masterplan", "shop.yaml"],
        cwd=tmp_path,
        env=clean_environment(COLUMNS="80"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    printed = figures_out(done.stdout)
    start = next(index for index, line in enumerate(printed) if line.startswith("shop.yaml "))
    shown = figures_out(block("text"))
    assert printed[start : start + len(shown)] == shown


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_that_exist(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_options_of_the_plug_in_exist(document: Path, pytestconfig: pytest.Config) -> None:
    for option in set(re.findall(r"--mge-([a-z-]+)", document.read_text())):
        assert hasattr(pytestconfig.option, f"mge_{option.replace('-', '_')}"), option


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main([*words, "--help"]) == 0
    return capsys.readouterr().out


def test_every_command_is_documented_with_all_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "cli.md").read_text()
    commands = re.findall(r"^    ([a-z]+) {2,}", help_of(capsys), re.MULTILINE)
    assert {"run", "check", "doctor"} <= set(commands)
    for command in commands:
        assert f"`mge {command}" in text
        options = set(re.findall(r"--[a-z-]+", help_of(capsys, command))) - {"--help"}
        assert not {option for option in options if f"`{option}" not in text}, command
