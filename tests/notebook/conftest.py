"""A shell in this process with the magics loaded, on a sandbox that executes nothing."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mge_toolkit.core.jobs import Job
from mge_toolkit.core.results import Execution, Stream, Usage, Value
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.testing import PASSED, FakeSandboxPlugin, FixerPlugin, ScriptedFixer, failing

if TYPE_CHECKING:
    from mge_toolkit.notebook.handle import RunHandle
    from mge_toolkit.notebook.session import Session
    from tests.notebook.seen import Seen

pytest.importorskip("IPython", reason="IPython is not installed")
pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")

HOSTILE = "<script>document.title='broken'</script>"
MENDED = "x = 1\ny = 3\n"
PLAN = """\
masterplan: shop
components:
  catalog:
    modules:
      pricing:
        atoms:
          base: {code: x = 1}
          mended:
            code: |
              x = 1
              y = 2
          gross: {depends_on: [base], code: y = x}
  checkout:
    modules:
      cart:
        atoms:
          broken: {code: raise, description: "a <b>bold</b> one"}
          after: {depends_on: [broken], code: pass}
"""


def answer(job: Job) -> Execution | float:
    """Let what is ``broken`` fail, what is ``mended`` fail until its code is another, and all else pass."""
    code = job.segments[-1].source.text
    match job.atom_id:
        case "broken" if "good" not in code:
            return failing(f"no luck: {HOSTILE}", "ValueError")
        case "mended" if code != MENDED:
            return failing("y is 2", "TypeError")
    return Execution(
        completed=True,
        exit_code=0,
        result=Value(json={"is": job.atom_id}),
        stdout=Stream(data=b"hello\n", total=6),
        usage=Usage(wall=0.01, cpu=0.01, peak_memory=1_000_000),
    )


def make_plugins(
    answers: Callable[[Job], Execution | float] = answer,
    script: Mapping[str, Sequence[Execution | BaseException | float]] | None = None,
) -> Plugins:
    """Return plug-ins with a fake sandbox and a fixer that mends what is ``mended``."""
    fixer = FixerPlugin(ScriptedFixer({"mended": [MENDED]}))
    return Plugins([FakeSandboxPlugin(script, answers, name="local"), fixer], entry_points=False)


@dataclass
class Shell:
    """An interactive shell: what cells of a notebook come to."""

    shell: Any
    capsys: pytest.CaptureFixture[str]
    printed: str = field(default="", init=False)

    def __call__(self, cell: str) -> Any:
        """Run a cell and return its value; what it raised fails the test."""
        found = self.run(cell)
        assert found.success, self.printed
        return found.result

    def error(self, cell: str) -> str:
        """Run a cell that must fail, and return what a user sees of that."""
        assert not self.run(cell).success
        return self.printed

    def run(self, cell: str) -> Any:
        found = self.shell.run_cell(cell, store_history=True)
        captured = self.capsys.readouterr()
        self.printed = captured.out + captured.err
        return found

    def complete(self, line: str) -> list[str]:
        """Return what could follow at the end of a line."""
        from IPython.core.completer import provisionalcompleter

        with provisionalcompleter():
            return [found.text for found in self.shell.Completer.completions(line, len(line))]

    @property
    def session(self) -> Any:
        return self.shell.magics_manager.registry["MgeMagics"].session


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop.yaml").write_text(PLAN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bare(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """Return a shell without the magics."""
    monkeypatch.setenv("IPYTHONDIR", str(directory / ".ipython"))
    config = importlib.import_module("traitlets.config").Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell_class = importlib.import_module("IPython.core.interactiveshell").InteractiveShell
    shell = shell_class.instance(config=config)
    yield Shell(shell, capsys)
    shell.run_cell("%unload_ext mge_toolkit")
    shell_class.clear_instance()


@pytest.fixture
def shell(bare: Shell) -> Shell:
    """Return a shell with the magics, on a sandbox that executes nothing."""
    from mge_toolkit.notebook.magics import load
    from mge_toolkit.notebook.session import Session

    load(bare.shell, Session(plugins=make_plugins()))
    bare.shell.extension_manager.loaded.add("mge_toolkit")
    return bare


@pytest.fixture
def session(directory: Path) -> Iterator[Session]:
    """Return a session on a sandbox that executes nothing; its engine is gone afterwards."""
    from mge_toolkit.notebook.session import Session

    assert directory.is_dir()
    session = Session(plugins=make_plugins())
    yield session
    session.close()
    assert not [one for one in threading.enumerate() if one.name == "mge-notebook-engine"]


@pytest.fixture
def slow(directory: Path) -> Iterator[Session]:
    """Return a session on whose sandbox ``slow`` takes longer than any test."""
    from mge_toolkit.notebook.session import Session

    assert directory.is_dir()
    session = Session(plugins=make_plugins(lambda _: PASSED, {"slow": [600.0]}))
    yield session
    session.close()


@pytest.fixture
def run(session: Session) -> RunHandle:
    """Return a run of the shop that has ended."""
    from mge_toolkit.plan import load_masterplan
    from tests.notebook.seen import OPTIONS

    run = session.start(load_masterplan("shop.yaml"), OPTIONS)
    run.wait()
    return run


@pytest.fixture
def seen(run: RunHandle) -> Seen:
    """Return what a person sees who explores that run."""
    from tests.notebook.seen import Seen

    return Seen(run.explore())
