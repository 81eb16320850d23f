"""Every protection is attacked from inside, in every setting in which it has to hold."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.local.attacks import EVERYWHERE, program
from tests.sandbox.local.setups import SETUPS, Setup, environment


@pytest.fixture(scope="module", params=SETUPS, ids=lambda setup: setup.name)
def setup(request: pytest.FixtureRequest) -> Setup:
    chosen: Setup = request.param
    return chosen


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    import tempfile

    with tempfile.TemporaryDirectory() as name:  # pytest's own are closed to other users
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.fixture(scope="module")
def victim(setup: Setup) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the same user outside, with the secret in its environment."""
    user = setup.user if os.geteuid() == 0 else None
    with subprocess.Popen(["/bin/sleep", "300"], env=environment(), user=user) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def targets(directory: Path, victim: subprocess.Popen[bytes], setup: Setup) -> Iterator[dict[str, object]]:
    secret = directory / "secret"
    secret.write_text("hunter2")
    named, datagram = str(directory / "stream"), str(directory / "datagram")
    abstract = f"\0mge-test-{os.getpid()}"
    with (
        socket.socket(socket.AF_UNIX) as one,
        socket.socket(socket.AF_UNIX) as two,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as three,
    ):
        for listener, address in ((one, abstract), (two, named), (three, datagram)):
            listener.bind(address)
        one.listen()
        two.listen()
        for path in (secret, Path(named), Path(datagram)):
            path.chmod(0o777)
        yield {
            "secret": str(secret),
            "directory": str(directory),
            "victim": victim.pid,
            "abstract": abstract,
            "named": named,
            "datagram": datagram,
            "namespaces": setup.namespaces,
        }
        for name in (named, datagram):
            Path(name).unlink()


@pytest.fixture(scope="module")
def outcomes(setup: Setup, targets: dict[str, object]) -> dict[str, Any]:
    jobs = [{"code": program(name, targets)} for name in EVERYWHERE]
    outcome = setup.perform(*jobs)
    assert "error" not in outcome, outcome["error"]
    return {**outcome, "by_attack": dict(zip(EVERYWHERE, outcome["executions"], strict=True))}


@pytest.mark.parametrize("attack", EVERYWHERE)
def test_attack_is_held(outcomes: dict[str, Any], attack: str) -> None:
    execution = outcomes["by_attack"][attack]
    assert execution["result"] == "held", execution
    assert execution["completed"]


def test_nothing_is_missing(outcomes: dict[str, Any]) -> None:
    assert outcomes["missing"] == {}
    assert len(outcomes["mechanisms"]) == 12


def test_victim_lives(outcomes: dict[str, Any], victim: subprocess.Popen[bytes]) -> None:
    assert victim.poll() is None


def test_nothing_was_planted(outcomes: dict[str, Any], directory: Path) -> None:
    assert sorted(path.name for path in directory.iterdir()) == ["datagram", "secret", "stream"]
    assert outcomes


def test_the_targets_are_real(targets: dict[str, object], victim: subprocess.Popen[bytes]) -> None:
    """The same attacks succeed without walls, else the others would prove nothing."""
    names = [
        "inet",
        "connect to the host's abstract socket",
        "connect to the host's named socket",
        "send to the host's named socket",
        "read a file",
        "probe a host process",
        "read the command line of a host process",
    ]
    for name in names:
        source = program(name, targets) + "\nprint(result)"
        ended = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
        assert ended.stdout.strip() == "gave way", name
    assert victim.poll() is None
