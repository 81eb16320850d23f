"""What pytest's JUnit file says about atoms beyond what it says about tests."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from _pytest.junitxml import LogXML


class JunitAtoms:
    """Enriches a session's JUnit file."""

    def __init__(self, log: LogXML) -> None:
        """Add to what ``log`` writes."""
        self._log = log

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add what an atom's report tells."""
        enrich(self._log, report)


def junit_log(config: pytest.Config) -> LogXML | None:
    """Return what writes the session's JUnit file, if there is to be one."""
    from _pytest.junitxml import xml_key

    return config.stash.get(xml_key, None)


def enrich(log: LogXML, report: pytest.TestReport) -> None:
    """Add to the atom's ``<testcase>`` what its report tells; to be called before pytest logs the report.

    pytest freezes a testcase with its teardown report.
    """
    place: str | None = getattr(report, "mge_classname", None)
    if place is not None:
        log.node_reporter(report).add_attribute("classname", classname(place, log.prefix))
    for attempt in getattr(report, "mge_attempts", ()):
        log.node_reporter(report).append(_attempt_element(attempt))


def classname(place: str, prefix: str | None) -> str:
    """Return ``plans.shop.catalog.pricing`` for ``plans/shop.yaml::catalog::pricing``."""
    file, *groups = place.split("::")
    stem, dot, suffix = file.rpartition(".")
    path = stem if dot and "/" not in suffix else file
    return ".".join([*([prefix] if prefix else []), path.replace("/", "."), *groups])


def _attempt_element(attempt: dict[str, str]) -> ElementTree.Element:
    from _pytest.junitxml import bin_xml_escape

    tag = "flakyFailure" if attempt["passed"] == "True" else "rerunFailure"
    element = ElementTree.Element(
        tag, type=bin_xml_escape(attempt["type"]), message=bin_xml_escape(attempt["message"])
    )
    for name, text in (("stackTrace", attempt["text"]), ("system-out", attempt["diff"])):
        child = ElementTree.SubElement(element, name)
        child.text = bin_xml_escape(text)
    return element
