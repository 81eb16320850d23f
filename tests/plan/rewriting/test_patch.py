"""Patches, applied by the real ``git apply``."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mge_toolkit.core.errors import MgeError
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plan.rewriting import patch_text, rewrite
from tests.plan.rewriting.files import written
from tests.plan.rewriting.test_any_code import CODES, STYLES, YAML

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="another machine: git is not installed")


def git(directory: Path, *words: str, given: bytes = b"") -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(directory), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *words], cwd=directory, input=given, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def check_applied(root: Path, name: str, text: str, codes: dict[str, str]) -> str:
    """Apply the patch of a rewriting with git, see that it makes the very texts, and return it."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    rewriting = rewrite(written(path.parent, text, path.name), codes)
    patch = patch_text(rewriting, root)
    git(root, "apply", "--whitespace=nowarn", "-", given=patch.encode())
    for change in rewriting.changes:
        assert change.path.read_bytes() == change.after.encode()
        change.path.write_bytes(change.before.encode())
    return patch


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["plan.yaml", "a/b/plan.yaml", "a b/the plan.yaml", 'q"uo\\te.yaml', "Größe\t1.yaml"]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_git_applies_it(repository: Path, name: str, newline: str) -> None:
    text = "".join(f"  a{n}:\n    code: |\n      x = {n}\n    # c\n\n" for n in range(9))
    codes = {"a0": "y = 1\n", "a4": "x = 4\ny = 4\n\n", "a8": "'é'"}
    patch = check_applied(
        repository, name, f"atoms:\n{text}  last: {{code: x}}".replace("\n", newline), codes
    )
    assert patch.count("\n@@ ") == 3


def test_a_last_line_without_its_end_is_marked(repository: Path) -> None:
    patch = check_applied(repository, "plan.yaml", "atoms: {a: {code: x}}", {"a": "y"})
    assert patch == (
        "diff --git a/plan.yaml b/plan.yaml\n--- a/plan.yaml\n+++ b/plan.yaml\n@@ -1,1 +1,1 @@\n"
        "-atoms: {a: {code: x}}\n\\ No newline at end of file\n"
        "+atoms: {a: {code: y}}\n\\ No newline at end of file\n"
    )


def test_files_of_code_are_in_it_and_empty_ones_too(repository: Path) -> None:
    (repository / "f.py").write_text("")
    patch = check_applied(
        repository,
        "plan.yaml",
        "atoms: {a: {code: x}, b: {code: {path: f.py}, check: '1'}}",
        {"a": "y", "b": "z"},
    )
    assert patch.count("diff --git") == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(codes=st.dictionaries(st.sampled_from([name for name in STYLES if name != "base"]), CODES, min_size=1))
def test_git_applies_whatever_is_written(repository: Path, codes: dict[str, str]) -> None:
    for name in ("plan.yaml", "old.yaml"):
        (repository / name).unlink(missing_ok=True)
    changing = {name: code for name, code in codes.items() if code.strip()}
    plan = written(repository, YAML)
    if rewrite(plan, changing).changes:
        check_applied(repository, "plan.yaml", YAML, changing)


def test_nothing_to_write_is_an_empty_patch(repository: Path) -> None:
    assert patch_text(rewrite(written(repository, "atoms: {a: {code: x}}"), {"a": "x"}), repository) == ""


def test_a_file_outside_is_an_error(repository: Path) -> None:
    (repository / "in").mkdir()
    written(repository, "atoms: {a: {code: x}}")
    rewriting = rewrite(load_masterplan(repository / "plan.yaml"), {"a": "y"})
    with pytest.raises(MgeError, match="is outside"):
        patch_text(rewriting, repository / "in")
