"""The service: parts of a plan, loose atoms, errors that name the remedy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from mge_toolkit.core.errors import MgeError, SettingsError, UnknownAtomError, UnknownSandboxError
from mge_toolkit.core.ports import Sandbox, SandboxOptions
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import Settings, parse_slots
from mge_toolkit.plugins.hookspecs import hookimpl
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.service import CodeExecutor, ExecutionService, run
from mge_toolkit.testing import FakeSandbox, FakeSandboxPlugin, make_atom, make_plan

T = TypeVar("T")
PLAN = make_plan(
    [
        make_atom("a", module="m1", component="c"),
        make_atom("b", module="m2", component="c", depends_on=("a",)),
        make_atom("c", module="m2", component="other"),
        make_atom("d", module="m1", component="c", depends_on=("b",)),
    ]
)


def with_service(use: Callable[[ExecutionService], Awaitable[T]], *plugins: object) -> T:
    async def main() -> T:
        offered = Plugins([FakeSandboxPlugin(), *plugins], entry_points=False)
        async with ExecutionService(Settings(sandbox="fake", slots=2), plugins=offered) as service:
            return await use(service)

    return asyncio.run(main())


def reported(result: RunResult) -> dict[str, bool]:
    return {name: r.reported for name, r in result.results.items()}


def test_a_batch_brings_what_it_needs_without_reporting_it() -> None:
    result = with_service(lambda service: service.execute_batch(PLAN, ["b"]))
    assert reported(result) == {"a": False, "b": True}


def test_a_wave_and_a_module_are_batches() -> None:
    assert reported(with_service(lambda service: service.execute_wave(PLAN, 1))) == {"a": False, "b": True}
    module = with_service(lambda service: service.execute_module(PLAN, "m2"))
    assert reported(module) == {"a": False, "b": True, "c": True}
    narrowed = with_service(lambda service: service.execute_module(PLAN, "m2", "other"))
    assert reported(narrowed) == {"c": True}


def test_what_does_not_exist_is_named_with_what_does() -> None:
    with pytest.raises(MgeError, match=r"has no wave 7: it has waves 0 to 2"):
        with_service(lambda service: service.execute_wave(PLAN, 7))
    with pytest.raises(MgeError, match=r"has no module 'm9': it has m1, m2"):
        with_service(lambda service: service.execute_module(PLAN, "m9"))
    with pytest.raises(UnknownAtomError, match="has no atom 'e'"):
        with_service(lambda service: service.execute_atom(PLAN, "e"))


def test_one_atom_can_be_given_other_input() -> None:
    plugin = FakeSandboxPlugin(name="seen")

    async def main() -> None:
        offered = Plugins([plugin], entry_points=False)
        async with ExecutionService(Settings(sandbox="seen"), plugins=offered) as service:
            plan = make_plan([make_atom("a", inputs={"x": 1})])
            await service.execute_atom(plan, "a", {"x": 2, "y": 3})

    asyncio.run(main())
    assert plugin.made[0].executed[0].segments[0].inputs == {"x": 2, "y": 3}


def test_loose_atoms_run_without_a_plan() -> None:
    async def use(service: ExecutionService) -> list[str]:
        executor = CodeExecutor(service)
        assert (await executor.execute_atom(make_atom("solo"))).outcome == "passed"
        return [
            r.atom_id
            for r in await executor.execute_batch([make_atom("y", depends_on=("x",)), make_atom("x")])
        ]

    assert with_service(use) == ["y", "x"]
    with pytest.raises(UnknownAtomError, match="has no atom 'gone'"):
        with_service(lambda service: CodeExecutor(service).execute_atom(make_atom("s", depends_on=("gone",))))
    with pytest.raises(MgeError, match="same id"):
        with_service(lambda service: CodeExecutor(service).execute_batch([make_atom("s"), make_atom("s")]))


def test_an_unknown_sandbox_is_refused_with_the_known_ones() -> None:
    async def main() -> None:
        async with ExecutionService(
            Settings(sandbox="cloud"), plugins=Plugins(entry_points=False)
        ) as service:
            await service.execute_masterplan(PLAN)

    with pytest.raises(UnknownSandboxError, match="unknown sandbox 'cloud': choose one of direct, local"):
        asyncio.run(main())


def test_a_sandbox_that_does_not_start_is_closed_and_not_kept() -> None:
    closed: list[str] = []

    class Unstartable(FakeSandbox):
        async def start(self) -> None:
            raise MgeError("no walls here")

        async def close(self) -> None:
            closed.append(self.name)

    class Offer:
        @hookimpl
        def mge_sandboxes(self) -> dict[str, Callable[[SandboxOptions], Sandbox]]:
            return {"fake": Unstartable}

    with pytest.raises(MgeError, match="no walls here"):
        with_service(lambda service: service.execute_masterplan(PLAN), Offer())
    assert closed == ["fake"]


def test_plans_with_other_preloads_get_sandboxes_of_their_own() -> None:
    plugin = FakeSandboxPlugin(name="counted")

    async def main() -> int:
        offered = Plugins([plugin], entry_points=False)
        async with ExecutionService(Settings(sandbox="counted"), plugins=offered) as service:
            for preload in ((), ("numpy",), ()):
                await service.execute_masterplan(make_plan([make_atom("a")], preload=preload))
            return len(plugin.made)

    assert asyncio.run(main()) == 2
    assert all(sandbox.closed for sandbox in plugin.made)


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "", "99999", "²"])
def test_slots_that_cannot_be_used_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="neither 'auto' nor a whole number"):
        parse_slots(text)


def test_settings_are_checked_when_made() -> None:
    for wrong in ({"slots": 0}, {"wave_threshold": 1.5}, {"timeout": 0.0}, {"timeout": float("nan")}):
        with pytest.raises(SettingsError):
            Settings(**wrong)


def test_an_error_of_a_plain_call_has_no_other_error_behind_it() -> None:
    with pytest.raises(UnknownAtomError, match="has no atom 'zz'") as caught:
        run(PLAN, atoms=["zz"])
    assert caught.value.__context__ is None
