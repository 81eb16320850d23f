"""The importer of notebooks: their tagged cells as a plan of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.ports import ImportOptions
from mge_toolkit.plan.load import LANGUAGES, load_masterplan
from mge_toolkit.plan.notebooks import read_notebook
from mge_toolkit.plan.syntax.nodes import MappingNode, Report, plain
from mge_toolkit.plan.values import nearest_name

_SUFFIX: Final = ".ipynb"


class NotebookImporter:
    """Reads ``.ipynb`` files; what makes a cell an atom is what makes it one where the notebook itself is run."""

    name = "notebook"

    def read(self, path: Path, options: ImportOptions) -> Mapping[str, Any]:
        """Return the document. Raises :class:`PlanError`; options and other files raise :class:`SettingsError`."""
        if options.samples is not None or options.extra:
            option = "samples" if options.samples is not None else next(iter(options.extra))
            raise SettingsError(f"the importer 'notebook' has no option '{option}': leave it out")
        if path.suffix.lower() != _SUFFIX:
            raise SettingsError(f"the importer 'notebook' reads files that end in {_SUFFIX}, not '{path}'")
        document, languages = _document(path)
        # What the cells say is checked while its places are known; which languages there are is checked later.
        load_masterplan(path, languages={*LANGUAGES, *languages})
        return document


def _document(path: Path) -> tuple[dict[str, Any], set[str]]:
    """Return a notebook's plan and the languages that it names; a file that cannot be read has neither."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}, set()
    plan = read_notebook(text, Report(str(path)))
    header, *atoms = (plain(node, plan.report) for node in plan.nodes if isinstance(node, MappingNode))
    document: dict[str, Any] = {"masterplan": nearest_name(path.stem), **header}
    for keys in atoms:
        group = document
        for kind, member in (("components", "component"), ("modules", "module")):
            if member in keys:
                group = group.setdefault(kind, {}).setdefault(str(keys.pop(member)), {})
        last = {key: keys.pop(key) for key in ("code", "check", "expect") if key in keys}
        name = str(keys.pop("id"))
        group.setdefault("atoms", {})[name] = {**keys, **last}
    defaults = header.get("defaults")
    settings = [*atoms, defaults if isinstance(defaults, dict) else {}]
    return document, {str(keys["language"]) for keys in settings if "language" in keys}
