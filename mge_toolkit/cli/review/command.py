"""The command: lists or goes through a review, takes verdicts, and writes accepted code into the plan."""

from __future__ import annotations

import argparse
import json
import sys

from mge_toolkit.cli.console import Console
from mge_toolkit.cli.parser import names, settings_from
from mge_toolkit.cli.review.editor import edit
from mge_toolkit.cli.review.rerun import Rerun, plan_of
from mge_toolkit.cli.review.walk import Walk, with_own_options
from mge_toolkit.core.errors import MgeError
from mge_toolkit.plan.rewriting import rewrite, write_changes
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.reporting.review_text import review_title
from mge_toolkit.review import (
    Judgement,
    ReviewDocument,
    accepted_codes,
    find_review,
    load_review,
    store_review,
)


def command(options: argparse.Namespace, console: Console, plugins: Plugins) -> int:
    """List the items, or go through them on a terminal; return 1 where accepted code could not be written."""
    settings = settings_from(options)
    plugins.sandbox_factory(settings.sandbox)
    path = find_review(options.run)
    document = load_review(path)
    accepted, rejected = names(options.accept), names(options.reject)
    asked = bool(options.list or options.json or options.write or accepted or rejected)
    if accepted or rejected:
        document = _judge(document, accepted, rejected, console)
        store_review(document, path)
    if asked or not (sys.stdin.isatty() and sys.stdout.isatty()):
        if options.json:
            console.document(f"{json.dumps(document.to_data(), indent=2)}\n")
        elif options.list or not asked:
            _list(document, console)
    else:
        rerun = Rerun(settings, plugins, console)
        walk = Walk(
            console, document, ask=input, edit=edit, rerun=rerun, keep=lambda new: store_review(new, path)
        )
        document = walk.through(everything=options.all)
    if not options.write:
        _tally(document, console, options.run)
        return 0
    return _write(document, console, plugins)


def _judge(
    document: ReviewDocument, accepted: list[str], rejected: list[str], console: Console
) -> ReviewDocument:
    both = set(accepted) & set(rejected)
    if both:
        raise MgeError(f"'{min(both)}' is to be both accepted and rejected: choose one")
    for name in accepted:
        item = document.item(name)
        if item.proposed is None:
            raise MgeError(
                f"'{name}' has no proposed code to accept: 'mge review' on a terminal lets you write it"
            )
        if not item.passed:
            console.remark(f"note: the code accepted for '{name}' did not pass, or was refused")
        document = document.judged(name, Judgement.ACCEPTED)
    for name in rejected:
        document = document.judged(name, Judgement.REJECTED)
    return document


def _list(document: ReviewDocument, console: Console) -> None:
    console.line(f"run {document.run_id} of {document.masterplan} ({document.plan}), {document.created_at}")
    for item in document.items:
        verdict = document.verdicts.get(item.atom_id)
        state = "open" if verdict is None else verdict.judgement.value
        console.line(console.fitting(f"  {state:8}  {review_title(with_own_options(item))}"))


def _tally(document: ReviewDocument, console: Console, run: str) -> None:
    """Say how far the review is and what comes next."""
    judged = [verdict.judgement for verdict in document.verdicts.values()]
    counts = [f"{judged.count(one)} {one.value}" for one in Judgement if one in judged]
    left = len(document.items) - len(judged)
    console.line(", ".join([*counts, f"{left} open"]))
    if accepted_codes(document):
        console.line(f"'mge review {run} --write' writes the accepted code into {document.plan}")


def _write(document: ReviewDocument, console: Console, plugins: Plugins) -> int:
    """Write the accepted codes into the plan, those of them that are for the code that the run saw."""
    codes = accepted_codes(document)
    if not codes:
        console.line("no code is accepted: nothing is written")
        return 0
    plan = plan_of(document, plugins)
    refused: dict[str, str] = {}
    fitting: dict[str, str] = {}
    for name, code in codes.items():
        atom = plan.atoms.get(name)
        if atom is None:
            refused[name] = "the plan has no such atom any more"
        elif atom.code.text not in (code, document.item(name).original):
            refused[name] = "its code in the plan is no longer what the run saw: run the plan again"
        elif atom.code.text != code:
            fitting[name] = code
    rewriting = rewrite(plan, fitting, languages=plugins.languages)
    write_changes(rewriting)
    for change in rewriting.changes:
        console.line(f"wrote {change.name}")
    if rewriting.written:
        console.line(f"new code: {', '.join(rewriting.written)}")
    elif not refused and not rewriting.refused:
        console.line("the plan holds all accepted code already")
    for name, why in {**refused, **rewriting.refused}.items():
        console.error(f"'{name}' is not written: {why}")
    return 1 if refused or rewriting.refused else 0
