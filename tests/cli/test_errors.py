"""Every mistake is one clear line on standard error, and none is a traceback of ours."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mge_toolkit.core.ports import Sandbox, SandboxFactory, SandboxOptions
from mge_toolkit.plugins.hookspecs import hookimpl
from tests.cli.support import Commands


class BrokenPlugin:
    """Offers a sandbox that cannot even be made, which no plug-in should do."""

    @hookimpl
    def mge_sandboxes(self) -> Mapping[str, SandboxFactory]:
        return {"broken": self._make}

    def _make(self, options: SandboxOptions) -> Sandbox:
        raise ZeroDivisionError("a mistake of ours")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--slots", "none"], "slots: 'none' is neither 'auto' nor a whole number from 1 to 1024"),
        (["--slots", "0"], "slots: '0' is neither"),
        (["--wave-threshold", "150%"], "wave threshold: '150%' is neither"),
        (["--wave-threshold", "nan"], "wave threshold: 'nan' is neither"),
        (["--timeout", "-1"], "timeout: '-1' is not a number of seconds"),
        (["--timeout", "soon"], "timeout: 'soon' is not a number of seconds"),
        (["--schedule", "later"], "invalid choice: 'later'"),
        (["--show-failures", "some"], "'some' is neither 'all' nor a whole number"),
        (["--atoms", ","], "--atoms names no atom"),
        (["--verbosity"], "unrecognized arguments: --verbosity"),
    ],
)
def test_a_wrong_option_is_a_usage_error(commands: Commands, words: list[str], message: str) -> None:
    ended = commands.run(commands.plan(), *words)
    assert (ended.status, ended.out) == (4, "")
    assert message in ended.err
    assert len(ended.err.splitlines()) == 1


def test_an_unknown_sandbox_lists_those_there_are(commands: Commands) -> None:
    ended = commands("run", commands.plan(), "--sandbox", "fort")
    assert ended.status == 4
    assert ended.err == "mge: unknown sandbox 'fort': choose one of direct, fake, local\n"


def test_every_mistake_of_a_plan_has_its_line(commands: Commands) -> None:
    plan = commands.plan("atoms:\n  a: {code: pass, depend_on: [b]}\n  b: {code: pass, depends_on: [c]}\n")
    ended = commands.run(plan)
    assert (ended.status, ended.out) == (4, "")
    first, second, last = ended.err.splitlines()
    assert first.startswith(f"{plan}:2: atom 'a': unknown key 'depend_on' (did you mean 'depends_on'?)")
    assert second.startswith(f"{plan}:3: atom 'b': unknown atom 'c'")
    assert last == "mge: 2 mistakes, nothing was done"


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_missing_plan_is_one_line(commands: Commands, command: str) -> None:
    ended = commands(command, str(commands.directory / "none.yaml"))
    assert ended.status == 4
    assert "there is no such file" in ended.err
    assert "Traceback" not in ended.err


def test_no_command_shows_the_help(commands: Commands) -> None:
    ended = commands()
    assert ended.status == 4
    assert "usage: mge" in ended.out


def test_help_and_version_succeed(commands: Commands) -> None:
    assert commands("--help").status == 0
    version = commands("--version")
    assert (version.status, version.out) == (0, "mge-toolkit 0.1.0\n")


def test_a_mistake_of_ours_is_one_line_and_says_how_to_see_more(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MGE_DEBUG", raising=False)
    ended = commands("run", commands.plan(), "--sandbox", "broken", plugins=[BrokenPlugin()])
    assert ended.status == 70
    assert ended.err.startswith("mge: internal error: ZeroDivisionError: a mistake of ours (set MGE_DEBUG=1")
    assert len(ended.err.splitlines()) == 1


def test_mge_debug_shows_the_traceback(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MGE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        commands("run", commands.plan(), "--sandbox", "broken", plugins=[BrokenPlugin()])
