"""What Python's messages about names, attributes, modules and arguments say, as 3.11 and later word them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from mge_toolkit.core.results import Raised


class Trouble(Enum):
    """What went wrong, by the exception's class and words together."""

    NAME = auto()
    UNBOUND_LOCAL = auto()
    UNBOUND_FREE = auto()
    ATTRIBUTE = auto()
    TYPE_ATTRIBUTE = auto()
    MODULE_ATTRIBUTE = auto()
    NO_NAME_IN_MODULE = auto()
    NO_MODULE = auto()
    RELATIVE_IMPORT = auto()
    NOT_CALLABLE = auto()
    NONE_USED = auto()
    KEYWORD = auto()
    TOO_MANY = auto()
    TOO_FEW = auto()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reading of a message: ``subject`` is the name that is missing, ``of`` where it was looked for.

    ``count`` is how many arguments were too many or too few.
    """

    trouble: Trouble
    subject: str
    of: str = ""
    count: int = 0


_NAME: Final = (
    (Trouble.NAME, r"name '(?P<subject>\w+)' is not defined"),
    (
        Trouble.UNBOUND_LOCAL,
        r"cannot access local variable '(?P<subject>\w+)' where it is not associated with a value",
    ),
    (
        Trouble.UNBOUND_FREE,
        r"cannot access free variable '(?P<subject>\w+)' where it is not associated with a value "
        r"in enclosing scope",
    ),
)
_ATTRIBUTE: Final = (
    (
        Trouble.MODULE_ATTRIBUTE,
        r"(?:partially initialized |cannot access submodule )?module '(?P<of>[\w.]+)' has no attribute "
        r"'(?P<subject>\w+)'(?:[. ](?s:.*))?",
    ),
    (Trouble.TYPE_ATTRIBUTE, r"type object '(?P<of>[\w.]+)' has no attribute '(?P<subject>\w+)'(?:\..*)?"),
    (
        Trouble.ATTRIBUTE,
        r"'(?P<of>[\w.]+)' object has no attribute '(?P<subject>\w+)'"
        r"(?: and no __dict__ for setting new attributes|\. Did you mean.*)?",
    ),
)
_IMPORT: Final = (
    (
        Trouble.NO_NAME_IN_MODULE,
        r"cannot import name '(?P<subject>\w+)' from (?:partially initialized module )?'(?P<of>[\w.]+)' .*",
    ),
    (Trouble.NO_MODULE, r"No module named '(?P<subject>[\w.]+)'(?:; '(?P<of>[\w.]+)' is not a package)?"),
    (
        Trouble.RELATIVE_IMPORT,
        r"(?P<subject>attempted relative import) (?:with no known parent package|beyond top-level package)",
    ),
)
_TYPE: Final = (
    (Trouble.NOT_CALLABLE, r"'(?P<subject>[\w.]+)' object is not callable(?:\. Did you mean.*)?"),
    (
        Trouble.NONE_USED,
        r"(?:'(?P<subject>NoneType)' object is not (?:iterable|subscriptable)|can only join an iterable"
        r"|object of type 'NoneType' has no len\(\)|cannot unpack non-iterable NoneType object"
        r"|argument of type 'NoneType' is not .*)",
    ),
    (Trouble.KEYWORD, r"(?P<of>[\w.<>]+)\(\) got an unexpected keyword argument '(?P<subject>\w+)'(?:\..*)?"),
    (Trouble.KEYWORD, r"'(?P<subject>\w+)' is an invalid keyword argument for (?P<of>[\w.]+)\(\)"),
    (
        Trouble.TOO_MANY,
        r"(?P<subject>[\w.<>]+)\(\) takes (?:from \d+ to )?(?P<of>\d+) positional arguments? "
        r"but (?P<count>\d+) (?:was|were) given",
    ),
    (
        Trouble.TOO_FEW,
        r"(?P<subject>[\w.<>]+)\(\) missing (?P<count>\d+) required positional arguments?: (?P<of>.+)",
    ),
)

_FORMS: Final[Mapping[str, tuple[tuple[Trouble, re.Pattern[str]], ...]]] = {
    kind: tuple((trouble, re.compile(text)) for trouble, text in forms)
    for kind, forms in (
        ("NameError", _NAME),
        ("AttributeError", _ATTRIBUTE),
        ("ImportError", _IMPORT),
        ("TypeError", _TYPE),
    )
}
_LONGEST: Final = 4000


def evidence(raised: Raised | None) -> Evidence | None:
    """Return what an exception says, or ``None`` where it is none of these or worded by somebody else."""
    if raised is None or len(raised.message) > _LONGEST:
        return None
    for kind in (raised.type, *raised.bases):
        for trouble, form in _FORMS.get(kind, ()):
            found = form.fullmatch(raised.message)
            if found is not None:
                said = found.groupdict()
                return Evidence(
                    trouble, said["subject"] or "", said.get("of") or "", int(said.get("count") or 0)
                )
    return None
