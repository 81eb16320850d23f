"""The parts that come with the toolkit, registered through the same hooks as everyone's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mge_toolkit.core.ports import (
    Fixer,
    Importer,
    Language,
    RetryPolicy,
    Sandbox,
    SandboxFactory,
    SandboxOptions,
)
from mge_toolkit.plugins.hookspecs import hookimpl


def _local(options: SandboxOptions) -> Sandbox:
    from mge_toolkit.sandbox.local import LocalSandbox

    return LocalSandbox(options)


def _direct(options: SandboxOptions) -> Sandbox:
    from mge_toolkit.sandbox.direct import DirectSandbox

    return DirectSandbox(options)


@hookimpl
def mge_sandboxes() -> Mapping[str, SandboxFactory]:
    """Return ``local`` and ``direct``."""
    return {"local": _local, "direct": _direct}


@hookimpl
def mge_languages() -> Sequence[Language]:
    """Return Python, JavaScript and TypeScript."""
    from mge_toolkit.sandbox.languages import builtin_languages

    return builtin_languages()


@hookimpl
def mge_importers() -> Sequence[Importer]:
    """Return the importers of public problem sets."""
    from mge_toolkit.plan.importers import builtin_importers

    return builtin_importers()


@hookimpl
def mge_fixers() -> Sequence[Fixer]:
    """Return the automatic fixers."""
    from mge_toolkit.retry.fixes import builtin_fixers

    return builtin_fixers()


@hookimpl(trylast=True)
def mge_retry_policy() -> RetryPolicy:
    """Return the policy that decides by the category of a failure."""
    from mge_toolkit.retry.policy import CategoryPolicy

    return CategoryPolicy()
