"""Whoever is killed, nothing survives: the host, its guardian, the spawner, a slot's supervisor."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.local.leftovers import all_gone, directories_of, eventually, family, groups_of
from tests.sandbox.local.setups import SETUPS, Setup, environment

HOST = Path(__file__).with_name("host.py")


@pytest.fixture(
    params=[s for s in SETUPS if s.name in {"as-is", "user", "refused", "user-refused"}], ids=lambda s: s.name
)
def host(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A host with two programs that run, and their daemons."""
    setup: Setup = request.param
    command = setup.command(HOST, json.dumps({"machine": setup.machine}))
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        # guardian, spawner, and for each slot: supervisor, program, two daemons
        assert eventually(lambda: len(family(process.pid)) >= 2 + 2 * 4)
        yield process
        process.kill()
        process.wait()
        assert eventually(lambda: groups_of(process.pid) == [])
        assert eventually(lambda: directories_of(process.pid) == [])


def test_killing_the_host(host: subprocess.Popen[str]) -> None:
    members = family(host.pid)
    host.kill()
    assert all_gone(members)


def test_killing_the_spawner(host: subprocess.Popen[str]) -> None:
    guardian = family(host.pid)[0]
    members = family(guardian)
    os.kill(members[0], signal.SIGKILL)
    assert all_gone(members)


def test_killing_the_guardian(host: subprocess.Popen[str]) -> None:
    guardian = family(host.pid)[0]
    members = family(guardian)
    os.kill(guardian, signal.SIGKILL)
    assert all_gone(members)
    host.wait(10)  # the host notices, and removes what the guardian would have


def test_killing_a_supervisor(host: subprocess.Popen[str]) -> None:
    spawner = family(host.pid)[1]
    supervisor = family(spawner)[0]
    members = family(supervisor)
    assert len(members) >= 1
    os.kill(supervisor, signal.SIGKILL)
    assert all_gone(members)


def test_terminating_the_group_of_the_host(host: subprocess.Popen[str]) -> None:
    members = family(host.pid)
    os.killpg(host.pid, signal.SIGKILL)
    assert all_gone(members)
