from __future__ import annotations

from dataclasses import replace

import pytest

from mge_toolkit.core.plans import Limits, Source
from mge_toolkit.core.results import Flag, Frame, Isolation, Outcome, Protection, Role
from mge_toolkit.reporting.failures import (
    as_run,
    excerpt,
    failure_lines,
    isolation_text,
    limits_text,
    message_lines,
    output_sections,
    printable,
    seconds_text,
    size_text,
)
from tests.reporting.samples import (
    CODE,
    make_attempt,
    make_failure,
    make_gross,
    make_raised,
    make_result,
    stream,
)


def test_the_whole_report_of_a_failed_check() -> None:
    frames = (
        Frame(atom_id="gross", role=Role.CHECK, line=1),
        Frame(atom_id="gross", role=Role.CODE, line=3, function="gross"),
    )
    attempt = make_attempt(
        make_failure(hint="mind the rate"), raised=make_raised(*frames), stdout=stream("hello\n")
    )
    dependency = make_gross(id="tax_rate")
    assert failure_lines(make_gross(), attempt, [dependency]) == [
        "runtime/assertion: gross(100) == 121",
        "hint: mind the rate",
        "",
        "plan.yaml:14: in the check",
        "plan.yaml:12: in the code, gross",
        ">   14 | assert gross(100) == 121",
        "       | ^",
        "",
        "stdout (6 B):",
        "    hello",
        "",
        "runs after: tax_rate",
        "used: 0.25 s wall, 0.12 s CPU, 8 MiB; limits: 30 s wall, 30 s CPU, 512 MiB, 64 processes",
        "isolation: local, full",
    ]


def test_the_excerpt_is_numbered_as_the_users_file_and_marks_the_line() -> None:
    text = "".join(f"line {number}\n" for number in range(1, 11))
    assert excerpt(Source(text=text, line=98), 5, context=1) == [
        "   101 | line 4",
        ">  102 | line 5",
        "   103 | line 6",
    ]


def test_an_excerpt_stops_at_the_ends_of_the_code() -> None:
    assert excerpt(Source(text="a\nb\n"), 1) == [">    1 | a", "     2 | b"]


def test_lines_that_the_file_does_not_have_are_numbered_from_one() -> None:
    source = Source(text="a = 1\nb = c\n", file="plan.json", line=40, exact=False)
    assert excerpt(source, 2)[-1] == ">    2 | b = c"


@pytest.mark.parametrize("line", [0, 3, -1])
def test_a_line_that_is_not_there_has_no_excerpt(line: int) -> None:
    assert excerpt(Source(text="a\nb\n"), line) == []


def test_the_column_is_marked_below_tabs_too() -> None:
    assert excerpt(Source(text="\tx = y\n"), 1, column=6)[-1].endswith("|         ^")


def test_a_long_line_is_cut() -> None:
    shown = excerpt(Source(text="x" * 1000), 1)[0]
    assert len(shown) < 200
    assert shown.endswith(" ...")


def test_a_failure_in_a_dependency_shows_its_source() -> None:
    dependency = make_gross(id="tax_rate", code=Source(text="raise ValueError\n", file="plan.yaml", line=3))
    failure = make_failure(culprit="tax_rate", role=Role.DEPENDENCY, line=1, position=None)
    lines = failure_lines(make_gross(), make_attempt(failure), [dependency])
    assert ">    3 | raise ValueError" in lines


def test_a_repaired_attempt_shows_the_code_that_ran() -> None:
    failure = make_failure(role=Role.CODE, line=1, position=None)
    attempt = make_attempt(failure, code="return 5\n", number=2, source="fixer")
    lines = failure_lines(make_gross(), attempt)
    assert ">    1 | return 5" in lines
    assert not any("def gross" in line for line in lines)


def test_a_dependency_is_shown_with_the_code_it_had_in_the_end() -> None:
    healed = make_attempt(code="healed = True\n", number=2, source="fixer")
    result = make_result("gross", Outcome.PASSED, make_attempt(make_failure()), healed)
    assert as_run(make_gross(), result).code.text == "healed = True\n"
    assert as_run(make_gross(), None).code.text == CODE


def test_a_passed_attempt_has_nothing_to_report() -> None:
    assert failure_lines(make_gross(), make_attempt()) == []


def test_escapes_in_messages_and_output_reach_no_terminal() -> None:
    failure = make_failure(message="a\x1b[2Jb\rc")
    attempt = make_attempt(failure, stdout=stream("\x1b]0;title\x07\u202egnp"))
    text = "\n".join(failure_lines(make_gross(), attempt))
    assert "\x1b" not in text
    assert "\r" not in text
    assert "\u202e" not in text
    assert r"\x1b[2J" in text


def test_tabs_and_newlines_stay() -> None:
    assert printable("a\tb\nc\u00e9") == "a\tb\nc\u00e9"
    assert printable("\ud800 cannot be written") == "\\ud800 cannot be written"


def test_a_message_of_several_lines_is_kept_whole() -> None:
    assert message_lines(make_failure(message="first\nsecond"))[:2] == [
        "runtime/assertion: first",
        "    second",
    ]


def test_long_output_shows_its_end_and_says_what_is_missing() -> None:
    attempt = make_attempt(make_failure(), stdout=stream("".join(f"{n}\n" for n in range(20)), total=5000))
    lines = output_sections(attempt, 2)
    assert lines == [
        "stdout (4.9 KiB, the first 50 B kept):",
        "    ... 18 lines before",
        "    18",
        "    19",
        "",
    ]


def test_flags_are_explained() -> None:
    attempt = make_attempt(make_failure(), flags=frozenset({Flag.PROCESSES_LEFT, Flag.OUTPUT_TRUNCATED}))
    lines = failure_lines(make_gross(), attempt)
    assert lines[-2:] == [
        "note: output beyond the limit was cut",
        "note: processes were left behind and killed",
    ]


def test_every_flag_has_its_sentence() -> None:
    attempt = make_attempt(make_failure(), flags=frozenset(Flag))
    notes = [line for line in failure_lines(make_gross(), attempt) if line.startswith("note:")]
    assert len(notes) == len(Flag)


def test_a_deep_stack_is_cut_in_its_middle() -> None:
    frames = [Frame(atom_id="gross", role=Role.CODE, line=number % 3 + 1) for number in range(1000)]
    lines = failure_lines(make_gross(), make_attempt(make_failure(), raised=make_raised(*frames)))
    assert "... at least 992 more calls" in lines


def test_a_call_that_repeats_itself_is_shown_once() -> None:
    frames = [Frame(atom_id="gross", role=Role.CODE, line=2, function="gross")] * 40
    lines = failure_lines(make_gross(), make_attempt(make_failure(), raised=make_raised(*frames)))
    assert "plan.yaml:11: in the code, gross (at least 40 times)" in lines


def test_without_a_failing_line_the_code_is_shown_from_its_beginning() -> None:
    code = Source(text="".join(f"a{number}\n" for number in range(10)), file="plan.yaml", line=3)
    lines = failure_lines(
        make_gross(code=code), make_attempt(make_failure(line=None, position=None), code=code.text)
    )
    assert lines[2] == "     3 | a0"
    assert lines[9:11] == ["    10 | a7", "       | ... 2 more lines"]


@pytest.mark.parametrize(
    ("isolation", "text"),
    [
        (Isolation(sandbox="direct"), "direct, none"),
        (Isolation(sandbox="local", mechanisms={Protection.NETWORK: "x"}), "local, full"),
        (
            Isolation(
                sandbox="local", mechanisms={Protection.NETWORK: "x"}, missing={Protection.CPUS: "no cgroup"}
            ),
            "local, degraded (without cpus)",
        ),
    ],
)
def test_isolation_in_words(isolation: Isolation, text: str) -> None:
    assert isolation_text(isolation) == text


def test_limits_in_words() -> None:
    limits = replace(Limits(), timeout=0.5, memory=300, cpus=2.0)
    assert limits_text(limits) == "0.5 s wall, 1 s CPU, 300 B, 64 processes"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0012, "1.2 ms"), (0.0999, "0.10 s"), (0.05, "50 ms"), (1.234, "1.23 s"), (100, "100 s")],
)
def test_durations_have_the_digits_that_matter(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (1024**2, "1 MiB"), (5 * 1024**4, "5120.0 GiB")],
)
def test_sizes_have_fitting_units(size: int, text: str) -> None:
    assert size_text(size) == text
