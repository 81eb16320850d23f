"""The list of the standard library's names agrees with the Python that runs."""

from __future__ import annotations

import importlib

import pytest

from mge_toolkit.retry.fixes.python_names.analysis.standard import (
    exporters,
    has_all,
    is_standard,
    modules,
    submodules,
    with_all,
)


@pytest.mark.parametrize("module", modules())
def test_every_listed_name_exists(module: str) -> None:
    assert is_standard(module)
    loaded = importlib.import_module(module)
    assert not [name for name in modules()[module] if not hasattr(loaded, name)]


@pytest.mark.parametrize(
    ("name", "module"),
    [
        *(("sqrt", "math"), ("ceil", "math"), ("inf", "math"), ("Counter", "collections")),
        *(
            ("defaultdict", "collections"),
            ("deque", "collections"),
            ("List", "typing"),
            ("Optional", "typing"),
        ),
        *(("reduce", "functools"), ("lru_cache", "functools"), ("dataclass", "dataclasses"), ("ABC", "abc")),
        *(("Path", "pathlib"), ("heappush", "heapq"), ("bisect_left", "bisect"), ("datetime", "datetime")),
        *(("randint", "random"), ("deepcopy", "copy"), ("permutations", "itertools"), ("sleep", "time")),
        *(("mean", "statistics"), ("Fraction", "fractions"), ("Decimal", "decimal"), ("Enum", "enum")),
        *(("ascii_lowercase", "string"), ("namedtuple", "collections"), ("suppress", "contextlib")),
        *(("ThreadPoolExecutor", "concurrent.futures"), ("urlparse", "urllib.parse"), ("choice", "random")),
    ],
)
def test_the_most_likely_module_comes_first(name: str, module: str) -> None:
    assert exporters()[name][0] == module


def test_modules_are_found_by_what_is_asked_of_them() -> None:
    assert with_all(["heappush", "heapify"]) == ["heapq"]
    assert with_all([]) == []
    assert has_all("os", ["path", "getcwd", "__name__"])
    assert not has_all("math", ["sqr"])
    assert not has_all("no_such_module", ["x"])
    assert "abc" in submodules("collections")
