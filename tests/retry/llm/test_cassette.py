"""Recorded answers replay offline, byte for byte."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.retry.llm.cassette import Cassette, CassetteMode, Recording, key_of, written
from mge_toolkit.retry.llm.claude import make_claude_fixer
from mge_toolkit.retry.llm.settings import LlmSettings
from tests.retry.llm.conftest import Serve, asked, case_of, fixer_for
from tests.retry.llm.messages_server import BROKEN, KEY, fix, message

ROOT = Path(__file__).parents[3]
CODE = "def f(x):\n\treturn '\u00e4\u2028\x85'  \n\n# \U0001f600 \ufeff\r\n"


def body(text: str = "t") -> dict[str, Any]:
    return {
        "model": "m",
        "max_tokens": 1,
        "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}],
    }


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every connection and the package itself fail."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setitem(sys.modules, "anthropic", None)


def replaying(file: Path, **given: Any) -> Any:
    return make_claude_fixer(LlmSettings(cassette=file, mode=CassetteMode.REPLAY, **given))


def record(serve: Serve, file: Path, script: Any, *cases: Any, **given: Any) -> Any:
    fixer = fixer_for(serve(script), cassette=file, mode=CassetteMode.ONCE, **given)
    return asked(fixer, *cases)


def test_a_recorded_run_replays_without_key_network_and_package(
    serve: Serve, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = tmp_path / "new" / "answers.yaml"
    prose = message([{"type": "text", "text": "no"}], stop_reason="end_turn")
    script = {"a": [fix(CODE, "did it", 0.7)], "b": [prose], "c": [BROKEN]}
    cases = [case_of("x", atom_id=name) for name in "abc"]
    live = fixer_for(serve(script), cassette=file, mode=CassetteMode.ONCE)
    recorded = asked(live, *cases)
    request.getfixturevalue("offline")
    again = replaying(file)
    assert asked(again, *cases) == recorded
    assert recorded[0][0].code == CODE
    for name in "abc":
        assert again.take_reasons(name) == live.take_reasons(name)
        assert again.take_spending(name) == live.take_spending(name)
    assert again.unavailable is None
    assert again.budget.committed.tokens == 0


def test_a_missing_recording_says_which(serve: Serve, tmp_path: Path, offline: None) -> None:
    file = tmp_path / "answers.yaml"
    fixer = replaying(file)
    first = case_of("x")
    assert asked(fixer, case_of("y", earlier=first.attempts)) == [[]]
    (line,) = fixer.take_reasons("a")
    assert (
        f"cassette '{file}' does not exist: there is no recording for atom 'a', attempt 2, sample 1" in line
    )
    assert "record it with the mode 'once'" in line
    assert not file.exists()


def test_once_asks_only_for_what_is_missing(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    record(serve, file, [fix("one")], case_of("x"))
    server = serve([fix("two")])
    fixer = fixer_for(server, cassette=file, mode=CassetteMode.ONCE)
    found = asked(fixer, case_of("x"), case_of("other"))
    assert [candidates[0].code for candidates in found] == ["one", "two"]
    assert [seen.texts.count("other") > 0 for seen in server.seen] == [True]


def test_once_asks_again_where_there_was_no_answer(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    assert record(serve, file, [BROKEN], case_of("x")) == [[]]
    assert record(serve, file, [fix("y")], case_of("x"))[0][0].code == "y"


def test_once_without_a_key_replays_what_there_is(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    record(serve, file, [fix("one")], case_of("x"))
    fixer = make_claude_fixer(LlmSettings(cassette=file, mode=CassetteMode.ONCE))
    found = asked(fixer, case_of("x"), case_of("other", atom_id="b"))
    assert [[c.code for c in candidates] for candidates in found] == [["one"], []]
    assert fixer.take_reasons("b") == ("claude: there is no API key: set ANTHROPIC_API_KEY",)


def test_all_records_anew(serve: Serve, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    file = tmp_path / "answers.yaml"
    record(serve, file, [fix("one")], case_of("x"))
    fixer = fixer_for(serve([fix("two")]), cassette=file, mode=CassetteMode.ALL)
    assert asked(fixer, case_of("x"))[0][0].code == "two"
    request.getfixturevalue("offline")
    assert asked(replaying(file), case_of("x"))[0][0].code == "two"


def test_samples_keep_their_order(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    answers = [fix(f"code {n}", confidence=0.5, wait=(4 - n) / 20) for n in range(4)]
    recorded = record(serve, file, answers, case_of("x"), samples=4)
    assert asked(replaying(file, samples=4), case_of("x")) == recorded
    assert len(recorded[0]) == 4


def test_a_question_asked_twice_in_a_run_has_two_answers(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"

    def twice(fixer: Any) -> list[str]:
        async def ask() -> list[str]:
            try:
                return [(await fixer.candidates(case_of("x")))[0].code for _ in range(2)]
            finally:
                await fixer.close()

        return asyncio.run(ask())

    live = fixer_for(serve([fix("one"), fix("two")]), cassette=file, mode=CassetteMode.ONCE)
    assert twice(live) == ["one", "two"]
    assert twice(replaying(file)) == ["one", "two"]


def test_another_model_or_temperature_is_another_question(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    record(serve, file, [fix("one")], case_of("x"))
    for changed in (
        {"model": "claude-opus-5-5"},
        {"max_tokens": 999},
        {"efforts": ("low",)},
        {"context": "z"},
    ):
        assert asked(replaying(file, **changed), case_of("x")) == [[]]
    assert asked(replaying(file), case_of("x")) != [[]]


def test_the_file_is_readable_and_holds_no_header_and_no_key(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    record(serve, file, [fix("def f():\n    return 1\n", "returned 1")], case_of("x"))
    text = file.read_text()
    assert "        code: |\n          def f():\n              return 1\n" in text
    assert "explanation: returned 1" in text
    for hidden in (KEY, "authorization", "Bearer", "signature", "x-stainless", "127.0.0.1"):
        assert hidden not in text
    document = yaml.safe_load(text)
    assert [(e["atom"], e["attempt"], e["index"]) for e in document["entries"]] == [("a", 1, 0)]
    assert [path.name for path in tmp_path.iterdir()] == ["answers.yaml"]


def test_the_files_text_does_not_depend_on_the_order_of_answers(tmp_path: Path) -> None:
    texts = []
    for name, order in (("one", [0, 1, 2]), ("two", [2, 0, 1])):
        cassette = Cassette(tmp_path / name, CassetteMode.ONCE)
        for number in order:
            asked_body = body(str(number))
            recording = Recording(answer={"n": number})
            cassette.record(
                cassette.place(asked_body), recording, asked_body, atom_id=f"a{number}", attempt=1
            )
        cassette.save()
        texts.append((tmp_path / name).read_text())
    assert texts[0] == texts[1]


def test_an_answer_is_on_disk_before_the_end_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mge_toolkit.retry.llm.cassette._PAUSE", 0.0)
    file = tmp_path / "answers.yaml"
    cassette = Cassette(file, CassetteMode.ONCE)
    cassette.record(cassette.place(body()), Recording(answer={}), body(), atom_id="a", attempt=1)
    again = Cassette(file, CassetteMode.REPLAY)
    assert again.find(again.place(body())) == Recording(answer={})
    assert again.find(again.place(body())) is None  # there is no second answer to it


def write_one(file: Path, number: int) -> None:
    cassette = Cassette(file, CassetteMode.ONCE)
    mine = body(str(number))
    cassette.record(cassette.place(mine), Recording(answer={"n": number}), mine, atom_id="a", attempt=1)
    cassette.save()


def test_processes_do_not_lose_each_others_answers(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    script = "import sys, pathlib; from tests.retry.llm.test_cassette import write_one; "
    script += "write_one(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
    workers = [
        subprocess.Popen([sys.executable, "-c", script, str(file), str(number)], cwd=ROOT)
        for number in range(2)
    ]
    assert [worker.wait(timeout=60) for worker in workers] == [0, 0]
    write_one(file, 2)
    cassette = Cassette(file, CassetteMode.REPLAY)
    found = [cassette.find(cassette.place(body(str(number)))) for number in range(3)]
    assert found == [Recording(answer={"n": number}) for number in range(3)]


def test_what_another_process_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    ours = Cassette(file, CassetteMode.ONCE)
    for number in (0, 1):
        mine = body(str(number))
        ours.record(ours.place(mine), Recording(answer={"n": number}), mine, atom_id="a", attempt=1)
        ours.save()
        write_one(file, number + 2)
    ours.save()
    cassette = Cassette(file, CassetteMode.REPLAY)
    found = [cassette.find(cassette.place(body(str(number)))) for number in range(4)]
    assert found == [Recording(answer={"n": number}) for number in range(4)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("entries: [", "cannot read"),
        ("- 1", "no cassette of version 1"),
        ("version: 2\nentries: []", "no cassette of version 1"),
        ("version: 1\nentries:\n- key: k", "entry 1 of .* is damaged"),
        ("\x00", "cannot read"),
    ],
)
def test_a_file_that_is_no_cassette_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=said):
        replaying(file)


def test_a_place_that_cannot_be_written_is_told(serve: Serve, tmp_path: Path) -> None:
    fixer = fixer_for(serve([fix("y")]), cassette=tmp_path / "new" / "answers.yaml", mode=CassetteMode.ONCE)
    (tmp_path / "new").write_text("a file where a directory should be")
    with pytest.raises(SettingsError, match="cannot write"):
        asked(fixer, case_of())


LOADERS: list[Any] = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]


def read_back(text: str) -> list[Any]:
    """Return what each YAML reader makes of a text that went through a file."""
    through = text.encode("utf-8").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return [yaml.load(through, Loader=loader) for loader in LOADERS]


@given(
    st.dictionaries(
        st.sampled_from(["code", "explanation", "key", "x"]),
        st.text(st.characters(exclude_categories=["Cs"])) | st.integers() | st.none() | st.booleans(),
    )
)
def test_what_is_written_reads_back_as_it_was(entry: dict[str, Any]) -> None:
    assert read_back(written(entry)) == [[entry]] * len(LOADERS)


@given(st.text(alphabet=st.sampled_from("a \n\t\r\x85\u2028\ufeff#:|-'\"\\\x00\U0001f600"), max_size=40))
def test_hard_text_reads_back_as_it_was(text: str) -> None:
    assert read_back(written({"code": text})) == [[{"code": text}]] * len(LOADERS)


def test_a_key_depends_on_all_that_is_sent_and_not_on_its_order() -> None:
    assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})
    assert len({key_of(b) for b in ({"a": 1}, {"a": 2}, {"b": 1}, {"a": "1"}, {"a": "\ud800"})}) == 5
    assert json.loads(json.dumps(key_of({}))) == key_of({})
