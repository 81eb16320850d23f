"""Nothing of the machine and of its user leaves it."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.plans import Source
from mge_toolkit.core.results import Raised, RetryDecision, Strategy, Stream
from mge_toolkit.retry.llm.prompt import generate_prompt
from mge_toolkit.retry.llm.redact import Redactor, redactor_of_this_machine
from tests.retry.llm.conftest import Serve, asked, attempt, case_of, failure, fixer_for
from tests.retry.llm.messages_server import KEY, fix

HIDDEN = Redactor(secrets={}, places={})
DECISION = RetryDecision(strategy=Strategy.FIX, confidence=0.5, reason="retry 1 of 3")


def test_no_request_holds_the_environment_or_a_path(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "hunter-2-hunter-2")
    monkeypatch.setenv("HOME", str(tmp_path / "jane"))
    monkeypatch.setenv("MGE_TEST_MARK", "mark-of-the-environment")
    here, home = Path.cwd(), tmp_path / "jane"
    library = sysconfig.get_path("stdlib")
    dump = "\n".join(
        [
            f"reading {here}/plan.yaml and {home}/.ssh/id and {library}/json/decoder.py",
            "SHOP_TOKEN is hunter-2-hunter-2",
            f"Authorization: Bearer {KEY}",
            f"file://{home}/atom.js:3:1",
            "<object at 0x7f1f2f0c49b0>",
        ]
    )
    raised = Raised(
        type="ValueError",
        message=dump,
        traceback=f'File "<atom a>", line 1\nFile "{library}/json/decoder.py", line 3\nFile "/srv/x/y.py"\n{dump}',
    )
    earlier = attempt(1, "first", failure(dump))
    case = case_of(
        "second",
        earlier=[earlier],
        failed=failure(dump, line=1, cause=dump, hint=dump),
        raised=raised,
        observed={"stdout": Stream(data=dump.encode()), "stderr": Stream(data=dump.encode())},
        inputs={"seen": dump},
    )
    server = serve([fix("y")])
    asked(fixer_for(server), case)
    (seen,) = server.seen
    sent = seen.raw.decode()
    for text in (
        str(here), str(home), str(tmp_path), library, sys.prefix, "/srv/x", "hunter-2", "mark-of-the-environment",
        KEY, "0x7f1f2f0c49b0", "MGE_TEST_MARK",
    ):  # fmt: skip
        assert text not in sent, text
    assert "<here>/plan.yaml" in seen.texts
    assert "<home>/.ssh/id" in seen.texts
    assert 'File "decoder.py"' in seen.texts
    assert 'File "<atom a>", line 1' in seen.texts


def test_the_plans_own_path_is_not_sent(serve: Serve, tmp_path: Path) -> None:
    server = serve([fix("y")])
    check = Source(text="assert False", file=str(tmp_path / "plan.yaml"))
    case = case_of()
    case = type(case)(
        atom=type(case.atom)(id="a", code=Source(text="print(x)", file=str(tmp_path / "a.py")), check=check),
        dependencies=(),
        attempts=case.attempts,
    )
    asked(fixer_for(server), case)
    assert str(tmp_path) not in server.seen[0].raw.decode()


def test_code_with_the_value_of_a_secret_variable_is_not_sent(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", 'quote"and-more-1')
    server = serve([fix("y")])
    fixer = fixer_for(server)
    assert asked(fixer, case_of("key = 'quote\"and-more-1'")) == [[]]
    assert server.seen == []
    assert fixer.take_reasons("a") == (
        "claude: the question holds the value of environment variable SHOP_API_KEY: it was not sent",
    )
    assert fixer.budget.committed.tokens == 0


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("key sk-ant-api03-abcdefghijklmnop", "key [redacted]"),
        ("Authorization: Bearer abc.def", "Authorization: [redacted]"),
        ("{'Authorization': 'Basic dXNlcjpwYXNz'}", "{'Authorization': '[redacted]'}"),
        ("curl -H 'x-api-key: 0123456789abcdef'", "curl -H 'x-api-key: [redacted]'"),
        ("password=correct-horse-battery", "password=[redacted]"),
        ('"api_key": "0123456789abcdef",', '"api_key": "[redacted]",'),
        ("ghp_0123456789abcdefghij0123456789", "[redacted]"),
        ("AKIAIOSFODNN7EXAMPLE", "[redacted]"),
        ("postgresql://user:secret@host/db", "postgresql://[redacted]@host/db"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmVk", "[redacted]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nok", "[redacted]\nok"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "[redacted]"),
        # What programs say every day stays as it is.
        ("SyntaxError: Unexpected token '='", "SyntaxError: Unexpected token '='"),
        ("KeyError: 'password'", "KeyError: 'password'"),
        ("expected '/home/foo', got '/home'", "expected '/home/foo', got '/home'"),
        ("token = 3", "token = 3"),
        ("0xdeadbeef12", "0xdeadbeef12"),
        ("risk-averse sk-learn", "risk-averse sk-learn"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, clean: str) -> None:
    assert HIDDEN.clean(text) == clean


def test_a_path_is_replaced_as_a_whole_name_only() -> None:
    redactor = Redactor(secrets={}, places={"/srv/me": "<home>", "/srv/me/python": "<python>", "/": "?"})
    text = "/srv/me/a /srv/me/python/b /srv/meadow /x/srv/me /srv/me"
    assert redactor.clean(text) == "<home>/a <python>/b /srv/meadow /x/srv/me <home>"


def test_an_ordinary_word_in_the_environment_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_KIND", "standard")
    monkeypatch.setenv("SHOP_SECRET", "x" * 3 + "-1")
    assert redactor_of_this_machine().clean("a standard xxx-1") == "a standard xxx-1"


def test_a_secret_at_the_cut_of_a_long_output_is_known_as_a_whole(serve: Serve) -> None:
    server = serve([fix("y")])
    data = b"x" * 50_000 + b"sk-ant-" + b"k" * 60 + b"\n" + b"z" * 3_960
    asked(fixer_for(server), case_of(observed={"stdout": Stream(data=data)}))
    assert "kkk" not in server.seen[0].texts


@given(st.text(max_size=300))
def test_any_text_is_cleaned_without_an_exception_and_only_once(text: str) -> None:
    once = HIDDEN.clean_traceback(text)
    assert HIDDEN.clean_traceback(once) == once


@given(code=st.text(st.characters(), max_size=80), said=st.text(st.characters(), max_size=80))
def test_any_code_and_message_make_a_prompt_that_can_be_sent(code: str, said: str) -> None:
    case = case_of(
        code,
        failed=failure(said, line=3),
        raised=Raised(type="E", message=said, traceback=said),
        check=said,
        description=said,
        observed={"stdout": Stream(data=said.encode("utf-8", "surrogatepass"))},
    )
    generate_prompt(case, DECISION).encode("utf-8")
