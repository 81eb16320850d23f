"""Plans on disk, rewritten and loaded again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plan.rewriting import Rewriting, rewrite, write_changes


def written(directory: Path, text: str, name: str = "plan.yaml") -> Masterplan:
    """Write a plan file as it is given, line ends and all, and load it."""
    path = directory / name
    path.write_bytes(text.encode())
    return load_masterplan(path)


def healed(plan: Masterplan, codes: Mapping[str, str]) -> Rewriting:
    """Rewrite a plan, write the changes, and make sure that the new files hold the codes that were not refused."""
    rewriting = rewrite(plan, codes)
    write_changes(rewriting)
    found = load_masterplan(plan.path)
    for name, atom in found.atoms.items():
        kept = name not in codes or name in rewriting.refused
        assert atom.code.text == (plan.atoms[name].code.text if kept else codes[name]), name
    assert not [entry for entry in Path(plan.path).parent.iterdir() if entry.name.startswith(".")]
    return rewriting


def becomes(directory: Path, before: str, codes: Mapping[str, str], name: str = "plan.yaml") -> str:
    """Return the text of a plan's file after these codes are written into it."""
    plan = written(directory, before, name)
    rewriting = healed(plan, codes)
    assert rewriting.refused == {}
    return Path(plan.path).read_bytes().decode()
