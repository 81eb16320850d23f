"""Which names the standard library exports, from a list that comes with the package: nothing is imported.

The list holds the names that every supported Python has, module by module, the ones that programs use most first.
Importing the modules instead would run whatever lies under such a name on the host's path.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "np": "numpy",
        "pd": "pandas",
        "plt": "matplotlib.pyplot",
        "mpl": "matplotlib",
        "sns": "seaborn",
        "nx": "networkx",
        "tf": "tensorflow",
        "sp": "scipy",
        "sm": "statsmodels.api",
        "sk": "sklearn",
        "px": "plotly.express",
        "pl": "polars",
        "jnp": "jax.numpy",
        "nn": "torch.nn",
        "F": "torch.nn.functional",
        "dt": "datetime",
        "hq": "heapq",
        "mp": "multiprocessing",
        "it": "itertools",
        "op": "operator",
        "osp": "os.path",
        "ET": "xml.etree.ElementTree",
        "et": "xml.etree.ElementTree",
        "tk": "tkinter",
        "ft": "functools",
    }
)

# Names that one writes for what a module other than the first in the list exports.
_FIRST_CHOICE: Final = {
    "sleep": "time",
    "choice": "random",
    "Element": "xml.etree.ElementTree",
    "patch": "unittest.mock",
    "Mock": "unittest.mock",
    "MagicMock": "unittest.mock",
    "TestCase": "unittest",
    "ThreadPoolExecutor": "concurrent.futures",
    "ProcessPoolExecutor": "concurrent.futures",
    "as_completed": "concurrent.futures",
    "Enum": "enum",
    "Lock": "threading",
    "Thread": "threading",
    "Event": "threading",
    "Process": "multiprocessing",
    "Queue": "queue",
    "join": "os.path",
    "mean": "statistics",
    "urlopen": "urllib.request",
}


@cache
def modules() -> Mapping[str, frozenset[str]]:
    """Return the listed modules, in order, with the names that each exports."""
    text = Path(__file__).with_name("standard_names.txt").read_text(encoding="ascii")
    lines = (line.partition(": ") for line in text.splitlines())
    return MappingProxyType({module: frozenset(names.split()) for module, _, names in lines})


@cache
def exporters() -> Mapping[str, tuple[str, ...]]:
    """Return, for each exported name, the modules that export it, the most likely one first."""
    found: dict[str, list[str]] = {}
    for module, names in modules().items():
        for name in names:
            found.setdefault(name, []).append(module)
    for name, module in _FIRST_CHOICE.items():
        if module in found.get(name, ()):
            found[name] = [module, *(other for other in found[name] if other != module)]
    return MappingProxyType({name: tuple(places) for name, places in found.items()})


def is_standard(module: str) -> bool:
    """Return whether ``module`` belongs to the standard library."""
    return module.split(".")[0] in sys.stdlib_module_names


def submodules(module: str) -> frozenset[str]:
    """Return the listed modules right inside ``module``, by their last names."""
    prefix = f"{module}."
    return frozenset(name.removeprefix(prefix).split(".")[0] for name in modules() if name.startswith(prefix))


def has_all(module: str, attributes: Iterable[str]) -> bool:
    """Return whether a listed ``module`` has all these attributes; an unlisted one is taken to have none."""
    names = modules().get(module, frozenset()) | submodules(module)
    return all(attribute in names or attribute.startswith("__") for attribute in attributes)


def with_all(attributes: Iterable[str]) -> list[str]:
    """Return the listed modules that have all these attributes, of which there must be one."""
    wanted = set(attributes)
    if not wanted:
        return []
    return [module for module in modules() if has_all(module, wanted)]


@lru_cache(maxsize=256)
def is_installed(package: str) -> bool:
    """Return whether a top-level package can be found. Nothing of it is imported."""
    if not package.isidentifier():
        return False
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError, AttributeError, OSError):
        return False
