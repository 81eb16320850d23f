"""Fixers of Python's names, imports and attributes: what a message says is missing, found by looking it up."""

from __future__ import annotations

from mge_toolkit.core.ports import Fixer
from mge_toolkit.retry.fixes.python_names import (
    annotation,
    attribute,
    expected_name,
    foreign_methods,
    foreign_words,
    guessed_name,
    in_place,
    initialised,
    keyword_argument,
    method_for_function,
    missing_import,
    misspelt_name,
    module,
    not_callable,
    receiver,
    self_parameter,
    standard_attribute,
    unbound_local,
    undefined_call,
    used_too_early,
)
from mge_toolkit.retry.fixes.python_names.resolution import MissingNames, NamesFixer

__all__ = ["python_name_fixers"]

_RESOLVERS = {
    "missing-import": missing_import.resolve,
    "foreign-word": foreign_words.resolve,
    "receiver": receiver.resolve,
    "misspelt-name": misspelt_name.resolve,
    "annotation": annotation.resolve,
    "method-for-function": method_for_function.resolve,
    "first-value": initialised.resolve,
    "guessed-name": guessed_name.resolve,
    "undefined-call": undefined_call.resolve,
}

_PROPOSERS = {
    "used-too-early": used_too_early.propose,
    "unbound-local": unbound_local.propose,
    "self-parameter": self_parameter.propose,
    "expected-name": expected_name.propose,
    "attribute": attribute.propose,
    "foreign-method": foreign_methods.propose,
    "undefined-method": undefined_call.propose_for_methods,
    "standard-attribute": standard_attribute.propose,
    "module": module.propose,
    "keyword-argument": keyword_argument.propose,
    "not-callable": not_callable.propose,
    "in-place": in_place.propose,
}


def python_name_fixers() -> tuple[Fixer, ...]:
    """Return the fixers, the likeliest first."""
    every = tuple(_RESOLVERS.values())
    names = (
        NamesFixer(f"python-{name}", MissingNames(resolve, every)) for name, resolve in _RESOLVERS.items()
    )
    others = (NamesFixer(f"python-{name}", propose) for name, propose in _PROPOSERS.items())
    return (*names, *others)
