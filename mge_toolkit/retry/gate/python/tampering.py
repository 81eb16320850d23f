"""Whether a candidate reaches for what decides about it: the end of the process, the check, the interpreter."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterator
from typing import Final

from mge_toolkit.core.plans import Atom
from mge_toolkit.retry.gate.given import Given
from mge_toolkit.retry.gate.python.parsing import (
    FUNCTIONS,
    NOTHING,
    FunctionNode,
    constant,
    dotted,
    last_name,
    live,
)
from mge_toolkit.retry.gate.python.program import Program, full_name

_ENDS: Final = "ends the program early"
_LOOKS: Final = "looks at the call stack or at what the check holds"
_READS: Final = "reads files or the environment"
_STARTS: Final = "starts or replaces a process"
_RUNS: Final = "runs code that is made from text"
_SKIPS: Final = "marks a test as skipped"
_REPLACES: Final = "replaces names behind the program's back"

# What is reached (its whole dotted name, or everything below it) and what that means. Names after "?." are
# attributes of anything.
_REACHED: Final = {
    **dict.fromkeys(
        (
            "sys.exit",
            "os._exit",
            "os.abort",
            "os.kill",
            "os.killpg",
            "exit",
            "quit",
            "SystemExit",
            "builtins.exit",
            "builtins.quit",
            "signal.raise_signal",
            "signal.alarm",
            "signal.setitimer",
            "faulthandler",
            "atexit",
        ),
        _ENDS,
    ),
    **dict.fromkeys(
        (
            "inspect.stack",
            "inspect.currentframe",
            "inspect.trace",
            "inspect.getsource",
            "inspect.getsourcelines",
            "inspect.getouterframes",
            "inspect.getinnerframes",
            "inspect.getframeinfo",
            "inspect.getsourcefile",
            "sys._getframe",
            "sys._current_frames",
            "sys.settrace",
            "sys.setprofile",
            "sys.monitoring",
            "sys.gettrace",
            "threading.settrace",
            "threading.setprofile",
            "gc.get_objects",
            "gc.get_referrers",
            "gc.get_referents",
            "ctypes",
            "cffi",
            "traceback.extract_stack",
            "traceback.walk_stack",
            "traceback.format_stack",
            "traceback.print_stack",
            "traceback.StackSummary",
            "linecache",
            "sys.modules",
            "sys.last_value",
            "?.f_back",
            "?.f_locals",
            "?.f_globals",
            "?.f_code",
            "?.tb_frame",
            "?.gi_frame",
            "?.cr_frame",
            "?.__globals__",
            "?.__code__",
            "?.__closure__",
            "?.__subclasses__",
            "?.__traceback__",
            "?.__builtins__",
            "__builtins__",
            "?.currentframe",
            "?._getframe",
        ),
        _LOOKS,
    ),
    **dict.fromkeys(
        (
            "open",
            "io.open",
            "builtins.open",
            "codecs.open",
            "os.open",
            "os.read",
            "os.listdir",
            "os.scandir",
            "os.walk",
            "glob.glob",
            "glob.iglob",
            "os.environ",
            "os.getenv",
            "os.environb",
            "fileinput",
            "?.read_text",
            "?.read_bytes",
            "?.iterdir",
            "__file__",
            "sys.argv",
            "sys.path",
            "runpy",
            "pkgutil",
            "importlib",
            "__import__",
            "builtins.__import__",
            "zipimport",
            "__loader__",
            "__spec__",
        ),
        _READS,
    ),
    **dict.fromkeys(
        (
            "os.system",
            "os.popen",
            "os.fork",
            "os.forkpty",
            "os.execv",
            "os.execve",
            "os.execvp",
            "os.execl",
            "os.posix_spawn",
            "os.spawnv",
            "os.spawnl",
            "os.dup2",
            "os.write",
            "subprocess",
            "pty",
            "socket",
        ),
        _STARTS,
    ),
    **dict.fromkeys(
        (
            "eval",
            "exec",
            "compile",
            "builtins.eval",
            "builtins.exec",
            "builtins.compile",
            "code.InteractiveInterpreter",
        ),
        _RUNS,
    ),
    **dict.fromkeys(
        (
            "unittest.skip",
            "unittest.skipIf",
            "unittest.skipUnless",
            "unittest.SkipTest",
            "unittest.expectedFailure",
            "unittest.case.SkipTest",
            "pytest.skip",
            "pytest.xfail",
            "pytest.mark",
            "?.skipTest",
            "doctest.SKIP",
        ),
        _SKIPS,
    ),
    **dict.fromkeys(("unittest.mock", "mock", "globals", "builtins.setattr", "?.monkeypatch"), _REPLACES),
    "time.sleep": "sleeps",
    "threading.Event.wait": "sleeps",
}
_FILES: Final = frozenset(
    {"open", "file", "Path", "read_text", "read_bytes", "listdir", "glob", "argv", "environ", "getenv"}
)
_PROTECTED: Final = frozenset(
    {
        "AssertionError",
        "__builtins__",
        "__debug__",
        "unittest",
        "BaseException",
        "Exception",
        "SystemExit",
        "__import__",
        "__name__",
    }
)
_BUILTINS: Final = frozenset(dir(builtins))
_TRUTHS: Final = {
    **dict.fromkeys(
        (
            "__eq__",
            "__bool__",
            "__ge__",
            "__le__",
            "__gt__",
            "__lt__",
            "__contains__",
            "__instancecheck__",
            "__subclasscheck__",
        ),
        True,
    ),
    "__ne__": False,
}
_TABLES: Final = frozenset({"sys.modules", "os.environ", "__builtins__"})


def tampered(atom: Atom, given: Given, before: Program, names: Counter[str], after: Program) -> str | None:
    """Return what ``after`` reaches for that ``before`` did not, or ``None``. ``names`` are the latter's."""
    return (
        _reached(atom, before, names, after)
        or _rebound(given, before, names, after)
        or _replaced(before, after)
        or _always_true(before, after)
    )


def _reached(atom: Atom, before: Program, names: Counter[str], after: Program) -> str | None:
    known_files = bool(atom.files) or any(names[name] for name in _FILES)
    for path, line in after.uses.items():
        meaning, name = _meaning(path), path.rpartition(".")[2]
        if meaning is None or path in before.uses:
            continue
        first = path.partition(".")[0]
        is_own = first in after.bound and first not in after.imported and f"?.{name}" not in _REACHED
        if is_own and path not in ("exit", "quit"):
            continue
        if path in after.functions or (
            meaning == _READS and known_files and name not in ("__file__", "importlib")
        ):
            continue
        if names[name] >= max(after.names[name], 1):  # it was there, perhaps without its import
            continue
        return f"{meaning} ({path.removeprefix('?.')}) on line {line}"
    more = _more_exits(names, after)
    return None if more is None else f"{_ENDS} ({more}) more often than the plan's code does"


def _meaning(path: str) -> str | None:
    """Return what it means to reach ``path`` or what it belongs to."""
    found = _REACHED.get(path)
    while found is None and "." in path:
        attribute = path.rpartition(".")[2]
        found = _REACHED.get(f"?.{attribute}")
        path = path.rpartition(".")[0]
        if found is None:
            found = _REACHED.get(path)
    return found


def _more_exits(names: Counter[str], after: Program) -> str | None:
    for path in ("sys.exit", "os._exit", "exit", "quit"):
        name = path.rpartition(".")[2]
        if path in after.uses and after.names[name] > max(names[name], 1):
            return path
    return None


def _rebound(given: Given, before: Program, names: Counter[str], after: Program) -> str | None:
    """Refuse a name of the program's own that takes the place of one which the check relies on."""
    for name, line in after.bound.items():
        if name in before.bound:
            continue
        if name in _PROTECTED and after.imported.get(name) != name:
            return f"replaces {name} on line {line}"
        if name in given.names and not names[name]:
            return f"defines '{name}' on line {line}, which the check defines itself"
        if (
            name in _BUILTINS
            and name in given.uses
            and after.imported.get(name, "").partition(".")[0] != "math"
        ):
            return f"replaces the built-in '{name}', which the check uses, on line {line}"
    return None


def _replaced(before: Program, after: Program) -> str | None:
    """Refuse assignments to what other modules hold."""
    known = {what for what, _ in _stores(before)}
    for what, line in _stores(after):
        if what not in known:
            return f"replaces {what} on line {line}"
    return None


def _stores(program: Program) -> list[tuple[str, int]]:
    found = []
    for node in live(program.tree):
        what: str | None = None
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            what = _foreign(program, node if isinstance(node, ast.Attribute) else node.value)
            if isinstance(node, ast.Subscript) and what not in _TABLES:
                called = isinstance(node.value, ast.Call) and last_name(node.value.func)
                what = f"{called}()" if called in ("globals", "vars") else None
        elif isinstance(node, ast.Call) and last_name(node.func) in ("setattr", "delattr") and node.args:
            target, name = node.args[0], constant(node.args[1]) if len(node.args) > 1 else NOTHING
            path = dotted(target)
            if path is not None and (path in _BUILTINS or _is_foreign(program, path)):
                what = f"{full_name(program, path)}.{'…' if name is NOTHING else name}"
        if what is not None:
            found.append((what, getattr(node, "lineno", 1)))
    return found


def _foreign(program: Program, node: ast.AST) -> str | None:
    """Return the full name of an attribute of an imported module or class, else ``None``."""
    path = dotted(node)
    if path is None or not _is_foreign(program, path):
        return None
    return full_name(program, path)


def _is_foreign(program: Program, path: str) -> bool:
    first = path.partition(".")[0]
    if first not in program.imported:
        return first in ("builtins", "__builtins__", "unittest")
    # A variable may have the name of a module that is imported and never used as one.
    return not any(
        isinstance(node, ast.Name) and node.id == first and isinstance(node.ctx, ast.Store)
        for node in ast.walk(program.tree)
    )


def _always_true(before: Program, after: Program) -> str | None:
    """Refuse comparisons that say yes to everything."""
    known = {(owner, method.name) for owner, method in _comparisons(before)}
    for owner, method in _comparisons(after):
        if (owner, method.name) in known:
            continue
        returned = [node.value for node in ast.walk(method) if isinstance(node, ast.Return)]
        others = {argument.arg for argument in method.args.args[1:]}
        read = {node.id for node in ast.walk(method) if isinstance(node, ast.Name)}
        blind = bool(others) and not others & read
        if blind or (returned and all(constant(value) is _TRUTHS[method.name] for value in returned)):
            return f"defines '{method.name}' on line {method.lineno} so that every comparison holds"
    return None


def _comparisons(program: Program) -> Iterator[tuple[str, FunctionNode]]:
    """Yield the methods that decide about comparisons, with the names of their classes, wherever those stand."""
    for node in ast.walk(program.tree):
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, FUNCTIONS) and inner.name in _TRUTHS:
                    yield node.name, inner
