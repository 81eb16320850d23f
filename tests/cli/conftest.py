from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import Commands


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Commands:
    return Commands(capsys=capsys, directory=tmp_path)
