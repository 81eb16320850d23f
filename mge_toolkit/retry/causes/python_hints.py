"""What would probably mend a Python error, by the names in its code and those of the language."""

from __future__ import annotations

import builtins
import re
import sys
from functools import lru_cache
from keyword import kwlist as keyword_list
from typing import Final

from mge_toolkit.retry.causes.rules import did_you_mean
from mge_toolkit.retry.causes.scene import Scene, nearest

Match = re.Match[str]

_WORDS: Final = {
    **dict.fromkeys(("null", "undefined", "nil", "NULL", "none"), "None"),
    "true": "True",
    "false": "False",
    "TRUE": "True",
    "FALSE": "False",
}
_ALIASES: Final = {
    "np": "numpy",
    "pd": "pandas",
    "plt": "matplotlib.pyplot",
    "nx": "networkx",
    "tf": "tensorflow",
}
_HOMES: Final = {
    name: module
    for module, names in {
        "abc": "ABC abstractmethod",
        "bisect": "bisect bisect_left bisect_right insort",
        "collections": "defaultdict deque Counter OrderedDict namedtuple ChainMap",
        "contextlib": "contextmanager suppress",
        "copy": "deepcopy",
        "dataclasses": "dataclass field asdict",
        "datetime": "timedelta timezone date",
        "decimal": "Decimal",
        "enum": "Enum IntEnum auto",
        "fractions": "Fraction",
        "functools": "reduce partial lru_cache cache wraps cmp_to_key total_ordering",
        "heapq": "heappush heappop heapify nlargest nsmallest",
        "itertools": "chain combinations permutations product accumulate groupby zip_longest islice count cycle "
        "repeat starmap takewhile dropwhile combinations_with_replacement pairwise",
        "math": "sqrt ceil floor gcd lcm factorial pi inf log log2 log10 sin cos tan isclose hypot comb perm prod",
        "operator": "itemgetter attrgetter mul add",
        "pathlib": "Path",
        "random": "randint choice shuffle randrange uniform",
        "statistics": "mean median stdev",
        "string": "ascii_lowercase ascii_uppercase ascii_letters digits punctuation",
        "typing": "List Dict Tuple Set Optional Union Any Callable Iterable Iterator Sequence Mapping "
        "TypeVar Generic NamedTuple Protocol Literal Final ClassVar Type FrozenSet Deque DefaultDict Generator",
    }.items()
    for name in names.split()
}
_MOVED: Final = {
    "collections": (
        "collections.abc",
        frozenset(
            {
                "Mapping",
                "MutableMapping",
                "Iterable",
                "Iterator",
                "Callable",
                "Sequence",
                "MutableSequence",
                "Set",
                "Hashable",
                "Sized",
            }
        ),
    ),
    "fractions": ("math", frozenset({"gcd"})),
    "itertools": ("builtins", frozenset({"izip", "imap", "ifilter"})),
}
_OTHER_LANGUAGES: Final = {
    ("list", "add"): "append",
    ("list", "push"): "append",
    ("list", "length"): "len(…)",
    ("list", "size"): "len(…)",
    ("str", "length"): "len(…)",
    ("dict", "length"): "len(…)",
    ("list", "contains"): "in",
    ("str", "contains"): "in",
    ("dict", "has_key"): "in",
    ("dict", "iteritems"): "items",
    ("dict", "itervalues"): "values",
    ("dict", "iterkeys"): "keys",
    ("set", "append"): "add",
    ("set", "push"): "add",
    ("str", "trim"): "strip",
    ("str", "toUpperCase"): "upper",
    ("str", "toLowerCase"): "lower",
    ("str", "substring"): "[a:b]",
    ("str", "append"): "+=",
    ("str", "reverse"): "[::-1]",
    ("str", "sort"): "sorted(…)",
    ("tuple", "append"): "+",
    ("dict", "append"): "d[key] = value",
    ("dict", "add"): "d[key] = value",
    ("str", "decode"): "no decoding",
    ("set", "get"): "in",
    ("list", "get"): "[…]",
    ("list", "remove_all"): "clear",
}
_TYPES: Final = {
    kind.__name__: kind
    for kind in (str, bytes, bytearray, int, float, complex, bool, list, tuple, dict, set, frozenset, range)
}
_PACKAGES: Final = ("numpy", "pandas", "scipy", "matplotlib", "requests", "sklearn", "torch", "yaml", "sympy")
_DIVISOR: Final = re.compile(r"(?://|/|%)=?\s*([A-Za-z_][\w.]*(?:\([^()]*\)|\[[^][]*\])?)")


def name(matched: Match, scene: Scene) -> str | None:
    """Say what an undefined name probably is: another language's word, a missing import, a misspelling."""
    word = matched[1]
    if word in _WORDS:
        return f"write '{_WORDS[word]}'"
    if word in _ALIASES:
        return f"'import {_ALIASES[word]} as {word}' is missing"
    own = scene.names() - {word, *keyword_list}
    near = nearest(word, own) if len(word) > 2 else None
    if word in sys.stdlib_module_names:
        return f"'import {word}' is missing"
    if word in _HOMES:
        return f"'from {_HOMES[word]} import {word}' is missing"
    near = near or nearest(word, _builtin_names())
    if near is None and word == "self":
        return "'self' is missing from the method's parameters"
    return did_you_mean(near)


@lru_cache(maxsize=1)
def _builtin_names() -> tuple[str, ...]:
    return tuple(word for word in dir(builtins) if not word.startswith("_"))


def unbound(matched: Match, scene: Scene) -> str | None:
    """Say how a local variable may get its value."""
    word = matched[1]
    return f"give '{word}' a value before this line, or declare it 'global {word}' (or 'nonlocal') in the function"


def attribute(matched: Match, scene: Scene) -> str | None:
    """Say which attribute of a type, or of the program's own class, was probably meant."""
    kind, word = matched[1], matched[2]
    if (kind, word) in _OTHER_LANGUAGES:
        return f"{_article(kind)} has no '{word}': use '{_OTHER_LANGUAGES[kind, word]}'"
    known = _TYPES.get(kind)
    if known is not None:
        return did_you_mean(nearest(word, [n for n in dir(known) if not n.startswith("__")]))
    return did_you_mean(nearest(word, scene.members() - {word}))


def module_attribute(matched: Match, scene: Scene) -> str | None:
    """Say which member of a module was probably meant, where the module is known without importing it."""
    module, word = matched[1], matched[2]
    moved, names = _MOVED.get(module, ("", frozenset()))
    if word in names:
        return f"'{word}' is in '{moved}' now"
    loaded = sys.modules.get(module) if module in sys.stdlib_module_names else None
    if loaded is None:
        return None
    if getattr(loaded, module, None) is not None and hasattr(getattr(loaded, module), word):
        return f"did you mean '{module}.{module}.{word}'?"
    return did_you_mean(nearest(word, [n for n in dir(loaded) if not n.startswith("_")]))


def module(matched: Match, scene: Scene) -> str | None:
    """Say which module was probably meant, or that it is not installed."""
    word = matched[1].partition(".")[0]
    near = nearest(word, [*sys.stdlib_module_names, *_PACKAGES])
    if near is not None and word not in _PACKAGES:
        return did_you_mean(near)
    return f"'{word}' is not installed where atoms run, or is misspelt"


def imported(matched: Match, scene: Scene) -> str | None:
    """Say which name of a module was probably meant."""
    return module_attribute_of(matched[2], matched[1])


def module_attribute_of(module_name: str, word: str) -> str | None:
    """Return the hint about ``word`` that a module does not have."""
    moved, names = _MOVED.get(module_name, ("", frozenset()))
    if word in names:
        return f"'{word}' is in '{moved}' now" if moved != "builtins" else f"'{word[1:]}' is built in now"
    if word in _HOMES and _HOMES[word] != module_name:
        return f"'{word}' is in '{_HOMES[word]}'"
    loaded = sys.modules.get(module_name) if module_name in sys.stdlib_module_names else None
    return None if loaded is None else did_you_mean(nearest(word, dir(loaded)))


def missing_key(matched: Match, scene: Scene) -> str | None:
    """Say which key was probably meant."""
    word = matched[2] if matched[2] is not None else ""
    near = nearest(word, scene.texts() - {word}) if word else None
    return did_you_mean(near) or "test with 'in' first, or use '.get(…)'"


def index(matched: Match, scene: Scene) -> str | None:
    """Say where an index is probably one too large."""
    line = scene.line
    if re.search(r"\+\s*1\s*\]", line):
        return f"'+ 1' in the index reaches behind the end{scene.where}: stop the loop one earlier"
    text = "\n".join(segment.source.text[:8000] for segment in scene.job.segments[-2:])
    bound = re.search(r"range\([^()\n]*(?:len\([^()\n]*\)|\w+)\s*\+\s*1\)|<=\s*len\([^()\n]*\)(?!\s*-)", text)
    if bound is not None:
        return f"'{bound[0][:60]}' goes one too far: the last index is the length minus 1"
    return "the last index is the length minus 1, and an empty sequence has none"


def zero(matched: Match, scene: Scene) -> str | None:
    """Say which divisor has to be looked at first."""
    divisor = _DIVISOR.search(scene.line)
    return None if divisor is None else f"test that '{divisor[1][:60]}' is not 0 before dividing by it"


def too_many(matched: Match, scene: Scene) -> str | None:
    """Say whether ``self`` is what is missing: one argument more than a method takes."""
    takes, given = int(matched[2]), int(matched[3])
    if given == takes + 1 and "." in matched[1]:
        return "is 'self' missing from its parameters?"
    return (
        f"leave out {given - takes} of the arguments, or give it more parameters" if given > takes else None
    )


def keyword(matched: Match, scene: Scene) -> str | None:
    """Say which parameter was probably meant."""
    return did_you_mean(matched[3] or nearest(matched[2], scene.names() - {matched[2]}))


def operands(matched: Match, scene: Scene) -> str | None:
    """Say how two types can be brought together."""
    kinds = {matched[2], matched[3]}
    if "NoneType" in kinds:
        return "one side is None: does a function lack its 'return'?"
    if "str" in kinds and kinds & {"int", "float"}:
        return "convert one side: str(…) to join texts, int(…) or float(…) to calculate"
    if matched[1].startswith("+") and kinds in ({"list", "int"}, {"list", "str"}):
        return "put the single value in a list: [value]"
    return None


def comparison(matched: Match, scene: Scene) -> str | None:
    """Say how two types can be compared."""
    kinds = {matched[1], matched[2]}
    if "NoneType" in kinds:
        return "one side is None: does a function lack its 'return', or does None need a case of its own?"
    return "convert one side before comparing" if kinds & {"str", "int", "float"} else None


def not_callable(matched: Match, scene: Scene) -> str | None:
    """Say what probably stands where a function should."""
    kind = matched[1]
    if kind == "NoneType":
        return "a name that should be a function is None"
    if kind == "module":
        return "call a function of the module, as in 'module.function(…)'"
    if kind in ("list", "dict", "tuple", "str"):
        return "use [ ] to index; or a variable has taken the name of a function"
    return "a variable has taken the name of a function, or an operator is missing before '('"


def _article(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"
