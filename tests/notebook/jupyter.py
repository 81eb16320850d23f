"""A Jupyter server of the tests' own on a loopback port, and notebooks for it."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat

NEWS = "@jupyterlab/apputils-extension:announcements"
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A running server: where its notebooks lie, and how a browser gets in."""

    directory: Path
    port: int
    token: str

    def url(self, kind: str, name: str) -> str:
        """Return the address of a notebook in ``lab`` or in ``notebook``, by whom it is to be shown."""
        place = "lab/tree" if kind == "lab" else "notebooks"
        return f"http://127.0.0.1:{self.port}/{place}/{name}?token={self.token}"


def notebook_of(cells: Sequence[str]) -> nbformat.NotebookNode:
    """Return a notebook of code cells."""
    notebook: nbformat.NotebookNode = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]  # type: ignore[no-untyped-call]
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of code cells."""
    nbformat.write(notebook_of(cells), path)  # type: ignore[no-untyped-call]


@contextmanager
def serve(directory: Path, application: str) -> Iterator[Server]:
    """Start ``jupyterlab`` or ``notebook`` and end it, and its kernels, in the end."""
    home = directory / ".home"
    config = home / "config"
    (config / "labconfig").mkdir(parents=True)
    (config / "labconfig" / "page_config.json").write_text(json.dumps({"disabledExtensions": {NEWS: True}}))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    server = Server(directory=directory, port=port, token=secrets.token_hex(16))
    command = [
        *(sys.executable, "-m", application, "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={directory}"),
        "--ServerApp.terminals_enabled=False",
    ]
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ},
        "HOME": str(home),
        "JUPYTER_TOKEN": server.token,
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    with (directory / ".server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=directory, env=environment, stdout=log, stderr=log)
        try:
            _wait(server, process)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/api/status", headers={"Authorization": f"token {server.token}"}
    )
    while time.monotonic() < until:
        assert process.poll() is None, (server.directory / ".server.log").read_text()
        try:
            with urllib.request.urlopen(request, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the server does not answer")
