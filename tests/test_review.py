"""Reviews on disk: saved as a whole, found again, and never more than what a person accepted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.results import Outcome, RetryDecision, Strategy
from mge_toolkit.review import (
    Judgement,
    ReviewDocument,
    accepted_codes,
    find_review,
    load_review,
    make_review,
    save_review,
    store_review,
)
from tests.reporting.samples import (
    CODE,
    make_attempt,
    make_failure,
    make_gross,
    make_plan,
    make_result,
    make_run,
)

FIXED = CODE.replace("* rate", "* (1 + rate)")
MANUAL = RetryDecision(strategy=Strategy.MANUAL, confidence=1.0, reason="no model is configured")


def review(run_id: str = "abc", confidence: float = 0.4) -> ReviewDocument:
    """Return the review of a run in which ``gross`` was healed and ``net`` was left to a person."""
    healed = replace(make_attempt(number=2, source="search", code=FIXED), confidence=confidence)
    failed = replace(make_attempt(make_failure()), decision=MANUAL)
    run = make_run(
        make_result("gross", Outcome.PASSED, make_attempt(make_failure()), healed),
        make_result("net", Outcome.FAILED, failed),
        run_id=run_id,
    )
    return make_review(make_plan(make_gross(), make_gross(id="net")), run)


def test_a_review_is_found_by_its_id_its_path_and_as_the_last(tmp_path: Path) -> None:
    for run_id in ("abcd", "abef"):
        path = save_review(review(run_id), tmp_path / "reviews")
    assert path == tmp_path / "reviews" / "abef.json"
    for name in ("last", "abef", "abe", str(path)):
        assert load_review(name, tmp_path / "reviews").run_id == "abef"
    assert [item.atom_id for item in load_review("abcd", tmp_path / "reviews").items] == ["gross", "net"]
    assert [one.name for one in (tmp_path / "reviews").iterdir() if one.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ab", "begins the ids of several runs: abcd, abef"),
        ("zz", "has no review of a run 'zz'"),
        ("../x", "there is no review '../x'"),
        ("x.json", "there is no review 'x.json'"),
        ("*", "has no review of a run"),
    ],
)
def test_what_is_not_found_is_explained(tmp_path: Path, name: str, said: str) -> None:
    for run_id in ("abcd", "abef"):
        save_review(review(run_id), tmp_path)
    with pytest.raises(MgeError, match=said.replace("*", r"\*")):
        find_review(name, tmp_path)


def test_a_run_with_nothing_to_judge_leaves_nothing_but_is_the_last(tmp_path: Path) -> None:
    empty = replace(review("empty"), items=())
    assert save_review(empty, tmp_path / "new") is None
    assert not (tmp_path / "new").exists()
    with pytest.raises(MgeError, match="no run here left anything"):
        find_review("last", tmp_path / "new")
    save_review(review("full"), tmp_path)
    save_review(empty, tmp_path)
    with pytest.raises(MgeError, match=r"the last run \(empty\) left nothing to judge"):
        find_review("last", tmp_path)
    assert load_review("full", tmp_path).items


def test_verdicts_are_stored_with_their_time(tmp_path: Path) -> None:
    path = save_review(review(), tmp_path)
    assert path is not None
    document = load_review(path).judged("gross", Judgement.ACCEPTED)
    store_review(document.judged("net", Judgement.EDITED, code="x", passed=False), path)
    found = load_review(path).verdicts
    assert (found["gross"].judgement, found["net"].code, found["net"].passed) == (
        Judgement.ACCEPTED,
        "x",
        False,
    )
    assert datetime.fromisoformat(found["gross"].at).tzinfo is not None


def test_only_accepted_and_edited_code_counts() -> None:
    document = review()
    assert accepted_codes(document) == {}
    assert accepted_codes(document.judged("gross", Judgement.ACCEPTED)) == {"gross": FIXED}
    assert accepted_codes(document.judged("gross", Judgement.REJECTED)) == {}
    assert accepted_codes(document.judged("gross", Judgement.EDITED, code="x")) == {"gross": "x"}
    assert accepted_codes(document.judged("net", Judgement.ACCEPTED)) == {}


def test_a_later_verdict_replaces_an_earlier_one() -> None:
    document = review().judged("gross", Judgement.ACCEPTED).judged("gross", Judgement.REJECTED)
    assert document.verdicts["gross"].judgement is Judgement.REJECTED


def test_an_unknown_item_is_an_error() -> None:
    with pytest.raises(MgeError, match="no item 'gros': did you mean 'gross'"):
        review().judged("gros", Judgement.ACCEPTED)


def test_every_healed_code_is_kept_whoever_reviews_it() -> None:
    sure = review(confidence=0.9)
    assert [item.atom_id for item in sure.items] == ["net"]
    assert sure.healed == {"gross": FIXED}


DAMAGED = {
    "no JSON": "{",
    "no object": "[1]",
    "a newer format": json.dumps(review().to_data() | {"format": 2}),
    "a missing key": json.dumps(
        {name: value for name, value in review().to_data().items() if name != "items"}
    ),
    "items that are none": json.dumps(review().to_data() | {"items": [1]}),
    "an item without code": json.dumps(review().to_data() | {"items": [{"atom_id": "a"}]}),
    "code that is no text": json.dumps(review().to_data() | {"healed": {"a": 1}}),
    "an unknown verdict": json.dumps(
        review().to_data()
        | {"verdicts": {"a": {"judgement": "maybe", "at": "", "code": None, "passed": None}}}
    ),
    "deep nesting": "[" * 100_000,
    "bytes": "\x00\xff",
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_review_is_one_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(MgeError, match="is no review that this version can read"):
        load_review(str(path), tmp_path)


def test_a_directory_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "abc.json").mkdir()
    with pytest.raises(MgeError, match="cannot be written"):
        save_review(review(), tmp_path / "reviews")
