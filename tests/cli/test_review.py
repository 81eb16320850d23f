"""``mge review``: listing, verdicts from the command line, a walk on a terminal, writing what was accepted."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mge_toolkit.cli.review.editor import edit
from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.results import Outcome, RetryDecision, Strategy
from mge_toolkit.plan import load_masterplan
from mge_toolkit.review import Judgement, load_review, make_review, save_review
from tests.cli.support import Commands, environment, mge
from tests.reporting.samples import make_attempt, make_failure, make_result, make_run

PLAN = """\
masterplan: shop
# the shop's own comment
atoms:
  rate:
    code: |  # rates
      def rate(country):
          return {"es": 0.21}[cuntry]
    check: assert rate("es") == 0.21
  gross:
    depends_on: [rate]
    code: |
      def gross(net):
          return net * rate("es")
    check: assert gross(100) == 121
  stuck:
    depends_on: [rate]
    code: |
      def stuck(n):
          return n["a"]["b"]
    check: 'assert stuck({"a": 1}) == 3'
"""
RATE = 'def rate(country):\n    return {"es": 0.21}[country]\n'
GROSS = 'def gross(net):\n    return net * (1 + rate("es"))\n'
STUCK = 'def stuck(n):\n    return n["a"]\n'
MENDED = "def stuck(n):\n    return n['a'] + 2 + 0 * rate('es')\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the plan and a review of it, in which the commands run.

    ``rate`` was surely healed, ``gross`` by a guess, and what was tried for ``stuck`` failed.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(PLAN)
    plan = load_masterplan("plan.yaml")
    failure = make_failure(culprit="stuck", position=None)
    manual = RetryDecision(strategy=Strategy.MANUAL, confidence=1.0, reason="it is due (--mge-repair llm)")
    results = {
        name: make_result(
            name,
            Outcome.FAILED if name == "stuck" else Outcome.PASSED,
            make_attempt(failure, code=plan.atoms[name].code.text),
            replace(
                make_attempt(failure if name == "stuck" else None, code=code, number=2, source="guess"),
                confidence=confidence,
                decision=manual if name == "stuck" else None,
            ),
        )
        for name, code, confidence in (("rate", RATE, 0.95), ("gross", GROSS, 0.3), ("stuck", STUCK, 0.5))
    }
    save_review(make_review(plan, make_run(*results.values())))
    return tmp_path


def verdicts() -> dict[str, str]:
    return {name: verdict.judgement.value for name, verdict in load_review("last").verdicts.items()}


@pytest.mark.usefixtures("here")
def test_off_a_terminal_it_lists_what_is_open(commands: Commands) -> None:
    done = commands("review", "last")
    assert (done.status, done.err) == (0, "")
    first, gross, stuck, left = done.out.splitlines()
    assert first.startswith("run ")
    assert "shop (plan.yaml)" in first
    assert gross == "  open      doubtful  gross: healed, but by a guess of confidence 0.30"
    said = "it is due (--repair llm); what is proposed does not pass"
    assert stuck == f"  open      manual    stuck: {said}"
    assert left == "2 open"


@pytest.mark.usefixtures("here")
def test_as_json_the_document_is_alone_on_standard_output(commands: Commands) -> None:
    done = commands("review", "last", "--json", "--accept", "gross")
    document = json.loads(done.out)
    assert [item["atom_id"] for item in document["items"]] == ["gross", "stuck"]
    assert document["items"][0]["proposed"] == GROSS
    assert document["verdicts"]["gross"]["judgement"] == "accepted"


def test_verdicts_of_the_command_line_are_stored_and_written_on_request(
    commands: Commands, here: Path
) -> None:
    done = commands("review", "last", "--accept", "gross", "--reject", "stuck")
    assert done.status == 0
    assert verdicts() == {"gross": "accepted", "stuck": "rejected"}
    assert done.out.splitlines() == [
        "1 accepted, 1 rejected, 0 open",
        "'mge review last --write' writes the accepted code into plan.yaml",
    ]
    assert (here / "plan.yaml").read_text() == PLAN
    done = commands("review", "last", "--write")
    assert (done.status, done.out, done.err) == (0, "wrote plan.yaml\nnew code: gross\n", "")
    assert (here / "plan.yaml").read_text() == PLAN.replace("net * rate", "net * (1 + rate").replace(
        '(1 + rate("es")', '(1 + rate("es"))'
    )
    done = commands("review", "last", "--write")
    assert (done.status, done.out) == (0, "the plan holds all accepted code already\n")


@pytest.mark.usefixtures("here")
def test_accepting_what_does_not_pass_is_remarked(commands: Commands) -> None:
    done = commands("review", "last", "--accept", "stuck")
    assert done.err == "note: the code accepted for 'stuck' did not pass, or was refused\n"


def test_code_that_changed_since_the_run_is_not_written(commands: Commands, here: Path) -> None:
    (here / "plan.yaml").write_text(PLAN.replace("net * rate", "net - rate"))
    done = commands("review", "last", "--accept", "gross", "--write")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(
        "mge: 'gross' is not written: its code in the plan is no longer what the run saw"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nope",), "has no review of a run 'nope'"),
        (("last", "--accept", "gros"), "no item 'gros': did you mean 'gross'?"),
        (("last", "--accept", "gross", "--reject", "gross"), "'gross' is to be both accepted and rejected"),
        (("last", "--sandbox", "cloud"), "unknown sandbox 'cloud'"),
        (("plan.json",), "there is no review 'plan.json'"),
    ],
)
@pytest.mark.usefixtures("here")
def test_mistakes_are_one_line(commands: Commands, words: tuple[str, ...], said: str) -> None:
    done = commands("review", *words)
    assert (done.status, done.out) == (4, "")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_plan_that_is_gone_is_one_line(commands: Commands, here: Path) -> None:
    (here / "plan.yaml").unlink()
    done = commands("review", "last", "--accept", "gross", "--write")
    assert done.status == 4
    assert done.err == "mge: the plan 'plan.yaml' is gone: run it again where it is now\n"


def test_from_another_directory_the_plan_is_found(
    here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = next((here / ".mge" / "reviews").glob("*.json"))
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = mge("review", path, "--accept", "gross", "--write", cwd=elsewhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert "(1 + rate" in (here / "plan.yaml").read_text()


# Ctrl-C reaches the processes whose terminal it is typed on.
OWN_TERMINAL = """\
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """``mge review`` on a terminal of its own, answered as a person would."""

    def __init__(self, directory: Path, *words: str, editor: str = "true") -> None:
        self.seen = ""
        self._end, far = pty.openpty()
        command = [sys.executable, "-c", OWN_TERMINAL, sys.executable, "-m", "mge_toolkit", "review", *words]
        self._process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment(TERM="xterm", EDITOR=editor, NO_COLOR="1"),
            stdin=far,
            stdout=far,
            stderr=far,
            start_new_session=True,
        )
        os.close(far)

    def shows(self, text: str, seconds: float) -> bool:
        """Return whether ``text`` is shown within so many seconds."""
        try:
            self.read(text, seconds)
        except AssertionError:
            return False
        return True

    def read(self, until: str, seconds: float = 30.0) -> str:
        """Return what is shown up to ``until``."""
        shown = ""
        deadline = time.monotonic() + seconds
        while until not in shown and time.monotonic() < deadline:
            if select.select([self._end], [], [], 0.2)[0]:
                try:
                    shown += os.read(self._end, 65536).decode()
                except OSError:
                    break
        self.seen += shown
        assert until in shown, self.seen
        return shown

    def answer(self, text: str) -> None:
        os.write(self._end, f"{text}\n".encode())

    def type(self, key: str) -> None:
        os.write(self._end, key.encode())

    def end(self) -> int:
        """Return the exit status."""
        status = self._process.wait(timeout=30)
        os.close(self._end)
        return status

    def kill(self) -> None:
        """End it, where a test did not get that far."""
        self._process.kill()
        self._process.wait()


Open = Callable[..., Terminal]


@pytest.fixture
def terminal(here: Path) -> Iterator[Open]:
    opened: list[Terminal] = []

    def start(*words: str, editor: str = "true") -> Terminal:
        opened.append(Terminal(here, *words, editor=editor))
        return opened[-1]

    yield start
    for one in opened:
        one.kill()
        assert "Traceback" not in one.seen


def script(here: Path, text: str) -> str:
    """Return an editor that writes ``text``."""
    (here / "new.py").write_text(text)
    path = here / "editor.sh"
    path.write_text(f'#!/bin/sh\ncat "{here}/new.py" > "$1"\n')
    path.chmod(0o755)
    return str(path)


PROMPT = "[a]ccept [r]eject [e]dit [s]kip [q]uit [?] "


def test_a_walk_accepts_and_rejects(terminal: Open) -> None:
    walk = terminal("last")
    shown = walk.read(f"gross: {PROMPT}")
    assert "-- 1/2 gross: doubtful" in shown
    assert '+    return net * (1 + rate("es"))' in shown
    walk.answer("?")
    assert "  a  accept the proposed code" in walk.read(f"gross: {PROMPT}")
    walk.answer("nonsense")
    assert "answer with one of the letters" in walk.read(f"gross: {PROMPT}")
    walk.answer("a")
    assert "-- 2/2 stuck: manual" in walk.read(f"stuck: {PROMPT}")
    assert verdicts() == {"gross": "accepted"}
    walk.answer("a")
    walk.read("does not pass: accept it anyway? [y/N] ")
    walk.answer("")
    walk.read(f"stuck: {PROMPT}")
    walk.answer("r")
    assert "1 accepted, 1 rejected, 0 open" in walk.read("--write' writes")
    assert walk.end() == 0
    assert verdicts() == {"gross": "accepted", "stuck": "rejected"}


def test_skipped_items_stay_open_and_quitting_keeps_the_verdicts(terminal: Open) -> None:
    walk = terminal("last")
    walk.read(PROMPT)
    walk.answer("s")
    walk.read(f"stuck: {PROMPT}")
    walk.answer("q")
    walk.read("2 open")
    assert walk.end() == 0
    assert verdicts() == {}


def test_edited_code_is_run_with_what_it_needs_healed_until_it_passes(terminal: Open, here: Path) -> None:
    walk = terminal("last", editor=script(here, "def stuck(n):\n    return 4\n"))
    walk.read(PROMPT)
    walk.answer("s")
    walk.read(f"stuck: {PROMPT}")
    walk.answer("e")
    shown = walk.read("it does not pass: [e]dit again [k]eep it anyway [d]rop it ")
    assert 'assert stuck({"a": 1}) == 3' in shown
    script(here, MENDED)
    walk.answer("e")
    walk.read("edited: stuck")
    assert walk.end() == 0
    verdict = load_review("last").verdicts["stuck"]
    assert (verdict.judgement, verdict.code, verdict.passed) == (Judgement.EDITED, MENDED, True)


def test_an_editor_that_does_not_start_is_one_line_and_asks_again(terminal: Open) -> None:
    walk = terminal("last", editor="/no/such/editor --wait")
    walk.read(PROMPT)
    walk.answer("e")
    shown = walk.read(f"gross: {PROMPT}")
    assert (
        "the editor '/no/such/editor --wait' cannot be used (No such file or directory): set EDITOR" in shown
    )
    walk.type("\x04")
    walk.read("2 open")
    assert walk.end() == 0


def test_ctrl_c_ends_it_and_keeps_the_verdicts(terminal: Open) -> None:
    walk = terminal("last")
    walk.read(PROMPT)
    walk.answer("a")
    walk.read(f"stuck: {PROMPT}")
    for _ in range(20):  # between the prompt and the read that follows it Python does not notice the signal
        time.sleep(0.5)
        walk.type("\x03")
        if walk.shows("mge: interrupted", 2.0):
            break
    assert "mge: interrupted" in walk.seen
    assert walk.end() == 130
    assert verdicts() == {"gross": "accepted"}


def test_judged_items_are_shown_again_only_on_request(terminal: Open, commands: Commands) -> None:
    commands("review", "last", "--accept", "gross", "--reject", "stuck")
    walk = terminal("last")
    walk.read("every item has a verdict; '--all' goes through them again")
    assert walk.end() == 0
    walk = terminal("last", "--all")
    assert "so far: accepted" in walk.read(PROMPT)
    walk.answer("q")
    walk.read("0 open")
    assert walk.end() == 0


def test_a_line_break_that_the_editor_added_is_taken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", script(tmp_path, "x = 2\n"))
    monkeypatch.delenv("VISUAL", raising=False)
    assert edit("x = 1", "a.py") == "x = 2"
    assert edit("x = 1\n", "a.py") == "x = 2\n"
    monkeypatch.setenv("EDITOR", "false")
    with pytest.raises(MgeError, match="ended with status 1: nothing changed"):
        edit("x", "a.py")
