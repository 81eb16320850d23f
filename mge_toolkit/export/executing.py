"""The cells of a notebook to a notebook with outputs: in a kernel where there is one, else right here."""

from __future__ import annotations

import ast
import contextlib
import io
import os
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.errors import MgeError
from mge_toolkit.export.parts import Part
from mge_toolkit.reporting.report.escaping import NO_FORMULAS

KERNEL: Final = "python3"
_SECONDS: Final = 600


def executed_notebook(
    parts: Sequence[Part],
    directory: Path,
    environment: Mapping[str, str],
    title: str,
    *,
    kernel: bool | None = None,
) -> Any:
    """Return the notebook of ``parts``, executed in ``directory``.

    ``environment`` is added to the process's own. ``kernel`` says whether a kernel executes it; ``None``: where
    ipykernel and nbclient are installed. Raises ``MgeError``.
    """
    notebook = _notebook(parts, title)
    if kernel is None:
        kernel = all(find_spec(name) is not None for name in ("ipykernel", "nbclient"))
    if kernel:
        _in_kernel(notebook, directory, {**os.environ, **environment})
    else:
        with _environment(environment), contextlib.chdir(directory):
            _here(notebook)
    _without_formulas(notebook)
    return notebook


def _notebook(parts: Sequence[Part], title: str) -> Any:
    try:
        from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
    except ImportError as error:
        raise MgeError(f"'{error.name}' is not installed: pip install 'mge-toolkit[notebook]'") from None
    make = {True: new_code_cell, False: new_markdown_cell}
    cells = [
        make[part.code](part.text, id=f"mge-{number}")  # type: ignore[no-untyped-call]
        for number, part in enumerate(parts, 1)
    ]
    metadata = {
        "title": title,
        "kernelspec": {"name": KERNEL, "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python", "file_extension": ".py", "pygments_lexer": "ipython3"},
    }
    return new_notebook(cells=cells, metadata=metadata)  # type: ignore[no-untyped-call]


def _without_formulas(notebook: Any) -> None:
    """Keep what programs wrote from being set as formulas; pandas before 3 does it for old notebooks only."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "text/html" in data:
                data["text/html"] = f'<div class="{NO_FORMULAS}">\n{data["text/html"]}\n</div>'


def _in_kernel(notebook: Any, directory: Path, environment: Mapping[str, str]) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    client = NotebookClient(
        notebook,
        timeout=_SECONDS,
        kernel_name=KERNEL,
        record_timing=False,
        resources={"metadata": {"path": str(directory)}},
        config=_secretly(),
    )
    try:
        client.execute(env=dict(environment))
    except CellExecutionError as error:
        raise MgeError(
            f"the report's own code failed ({error.ename}: {error.evalue}): please report it"
        ) from error


def _secretly() -> Any:
    """Return the configuration that lets nobody listen to what a kernel says; older ones cannot be told to."""
    import zmq
    from jupyter_client.manager import KernelManager
    from traitlets.config import Config

    config = Config()
    if "transport_encryption" in KernelManager.class_trait_names() and zmq.has("curve"):
        config.KernelManager.transport_encryption = "auto"
    return config


def _here(notebook: Any) -> None:
    """Execute the cells in this process, showing what a kernel would, whose end would close the records."""
    import pandas as pd

    space: dict[str, Any] = {"__name__": "__main__"}
    try:
        with pd.option_context("display.html.use_mathjax", False):  # which the cells set, and is put back
            _execute(notebook, space)
    finally:
        if "store" in space:
            space["store"].close()


def _execute(notebook: Any, space: dict[str, Any]) -> None:
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            value = _value(cell.source, space)
        cell.execution_count = count
        if printed.getvalue():
            cell.outputs.append(_output("stream", name="stdout", text=printed.getvalue()))
        if value is not None:
            data = dict(_bundle(value))
            cell.outputs.append(_output("execute_result", data=data, execution_count=count))


def _output(kind: str, **content: Any) -> Any:
    from nbformat.v4 import new_output

    return new_output(kind, **content)  # type: ignore[no-untyped-call]


def _value(source: str, space: dict[str, Any]) -> Any:
    """Execute our own code, and return the value of its last line where that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<report>", "exec"), space)  # noqa: S102 - the cells are written in this package
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), "<report>", "eval"), space)  # noqa: S307 - likewise


def _bundle(value: Any) -> Iterator[tuple[str, str]]:
    yield "text/plain", repr(value)
    if hasattr(value, "_repr_png_"):
        yield "image/png", b64encode(value._repr_png_()).decode()
    if hasattr(value, "_repr_html_"):
        yield "text/html", value._repr_html_()


@contextlib.contextmanager
def _environment(added: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
