"""The JSON Schema and the loader agree, because both come from one table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mge_toolkit.core.errors import PlanError
from mge_toolkit.plan import load_text
from mge_toolkit.plan.atoms import AtomReader
from mge_toolkit.plan.files import Neighbours
from mge_toolkit.plan.keys import (
    ATOM_KEYS,
    COMPONENT_KEYS,
    EXPECT_KEYS,
    MODULE_KEYS,
    PLAN_KEYS,
    RAISES_KEYS,
    SETTING_KEYS,
)
from mge_toolkit.plan.schema import plan_schema
from mge_toolkit.plan.settings import LIMIT_KEYS
from mge_toolkit.plan.syntax.nodes import Report
from mge_toolkit.plan.writing import document_text

EXAMPLES = Path(__file__).parents[2] / "examples"
SCHEMA = plan_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def loads(document: dict[str, Any]) -> bool:
    try:
        load_text(document_text(document))
    except PlanError:
        return False
    return True


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", ["webshop.yaml", "failures.yaml"])
def test_the_examples_validate(name: str) -> None:
    document = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


def test_every_key_has_a_reader_and_a_description() -> None:
    reader = AtomReader("", Report("p"), Neighbours(None), ["python"])
    assert reader.parsers.keys() == ATOM_KEYS.keys() == SCHEMA["$defs"]["atom"]["properties"].keys()
    assert reader.setting_parsers.keys() == SETTING_KEYS.keys()
    assert SETTING_KEYS.keys() > LIMIT_KEYS
    for definition in (SCHEMA, *SCHEMA["$defs"].values()):
        assert definition["additionalProperties"] is False
        assert definition["description"]
    for name, definition in {**SCHEMA["$defs"], "plan": SCHEMA}.items():
        if name != "file":
            assert all(key["description"] for key in definition["properties"].values())


def test_the_schema_knows_the_languages_that_are_registered() -> None:
    language = plan_schema(["python", "ruby"])["$defs"]["atom"]["properties"]["language"]
    assert language["enum"] == ["python", "ruby"]


KEYS = st.sampled_from([*ATOM_KEYS, "depend_on", "Code", ""])
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 100_000),
    st.floats(-1, 100_000, allow_nan=False),
    st.sampled_from(["x", "", "2s", "512MB", "none", "python", "a b", "../x", "1 MB", "0s"]),
    st.lists(st.sampled_from(["x", "y", 3]), max_size=2),
    st.sampled_from([{"path": "x"}, {"result": 1}, {"raises": "E"}, {"v": 1}, {}, {"d": {"text": "x"}}]),
)


@given(st.dictionaries(KEYS, VALUES, max_size=2))
def test_what_loads_validates(keys: dict[str, Any]) -> None:
    document = {"atoms": {"x": {"code": "pass"}, "y": {"code": "pass"}, "z": {"code": "pass", **keys}}}
    if loads(document):
        # An empty `depends_on:` or `description:` is taken for none, which an editor may yet mark.
        shown = {key: value for key, value in keys.items() if value is not None}
        document["atoms"]["z"] = {"code": "pass", **shown}
        assert [error.message for error in VALIDATOR.iter_errors(document)] == []


@given(st.dictionaries(st.sampled_from([*SETTING_KEYS, "code"]), VALUES, max_size=1))
def test_settings_that_validate_load(keys: dict[str, Any]) -> None:
    document = {"defaults": keys, "atoms": {"x": {"code": "pass"}}}
    beyond_schema = {"0s", "1 MB"}  # ranges inside texts, which a pattern does not express
    if VALIDATOR.is_valid(document) and not any(
        value in beyond_schema for value in keys.values() if isinstance(value, str)
    ):
        assert loads(document)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"masterplan": "x"},
        {"atoms": {"a": {}}},
        {"atoms": {"a b": {"code": "x"}}},
        {"atoms": {"a": {"code": "x", "cod": 1}}},
        {"atoms": {"a": {"code": "x", "expect": {}}}},
        {"atoms": {"a": {"code": {"path": "x", "y": 1}}}},
        {"atoms": {"a": {"code": "x", "files": {"d": {}}}}},
        {"atoms": {"a": {"code": "x"}}, "version": 2},
        {"components": {"c": {"module": {}}}},
    ],
)
def test_what_is_plainly_wrong_is_wrong_for_both(document: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(document)
    assert not loads(document)


def test_the_reference_page_has_every_key_with_its_meaning_and_default() -> None:
    page = (Path(__file__).parents[2] / "docs/plan-format.md").read_text(encoding="utf-8")
    for keys in (PLAN_KEYS, COMPONENT_KEYS, MODULE_KEYS, ATOM_KEYS, EXPECT_KEYS, RAISES_KEYS):
        for name, key in keys.items():
            assert f"| `{name}` | {key.description} | {key.default} |\n" in page
