"""How new code is written on one line: in the style of the old where that can hold it."""

from __future__ import annotations

import yaml

from mge_toolkit.plan.syntax.yaml_text import resolve
from mge_toolkit.plan.writing import double_quoted, fits_block

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def one_line(code: str, style: str, *, flow: bool) -> str:
    """Return ``code`` on one line, in ``style`` where that can hold it, else in double quotes."""
    if "\n" not in code and fits_block(code):
        if style == "'":
            return "'" + code.replace("'", "''") + "'"
        if not style and _is_plain(code, flow=flow):
            return code
    return double_quoted(code)


def _is_plain(code: str, *, flow: bool) -> bool:
    """Return whether ``code`` means itself where it stands without quotes."""
    if code != code.strip() or resolve(code) != code:
        return False
    events = []
    loader = _LOADER(f"{{k: {code},k: {code} ,k: {code}}}" if flow else f"k: {code}")
    try:
        while loader.check_event():
            events.append(loader.get_event())
    except yaml.YAMLError:
        return False
    finally:
        loader.dispose()
    values = [event.value for event in events if type(event) is yaml.ScalarEvent and event.implicit[0]]
    return values == ["k", code] * (3 if flow else 1) and len(events) == len(values) + 6
