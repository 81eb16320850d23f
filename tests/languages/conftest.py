"""Trusted programs run directly: what is tested here is what languages make of programs, not the walls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mge_toolkit.core.ports import SandboxOptions
from mge_toolkit.sandbox.direct import DirectSandbox
from mge_toolkit.sandbox.languages import builtin_languages
from tests.jobs import Bench, started


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    languages = {language.name: language for language in builtin_languages()}
    with started(DirectSandbox(SandboxOptions(slots=1, languages=languages))) as bench:
        yield bench
