from __future__ import annotations

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.api.live.feed import Feed
from tests.api.support import events


@given(
    capacity=st.integers(1, 12),
    steps=st.lists(st.one_of(st.integers(1, 8), st.just("read")), max_size=30),
)
def test_a_reader_gets_every_event_once_in_order_or_is_told_of_the_gap(
    capacity: int, steps: list[int | str]
) -> None:
    feed = Feed(capacity)
    seen: list[int] = []
    missed = 0
    after = 0
    for step in [*steps, "read"]:
        if isinstance(step, int):
            for _ in range(step):
                feed.append("tick", {"number": feed.last + 1})
            continue
        batch = feed.after(after)
        heard = list(events(iter(batch.text.decode().split("\n"))))
        assert all(event.number == event.data["number"] for event in heard)
        numbers = [event.data["number"] for event in heard]
        if batch.missed is not None:
            assert batch.missed == after + 1
            assert numbers[0] == batch.first
            missed += batch.first - batch.missed
        seen += numbers
        after = batch.last
    assert seen == sorted(set(seen))
    assert len(seen) + missed == feed.last
    assert all(right - left == 1 for left, right in pairwise(seen)) or missed


def test_a_reader_is_woken_by_an_event_and_by_the_end() -> None:
    async def main() -> list[bool]:
        feed = Feed(4)
        loop = asyncio.get_running_loop()
        found = [await feed.beyond(0, 0.01)]
        loop.call_later(0.01, feed.append, "tick", {})
        found.append(await feed.beyond(0, 10))
        loop.call_later(0.01, feed.close)
        found.append(await feed.beyond(1, 10))
        return found

    assert asyncio.run(main()) == [False, True, True]


def test_nothing_follows_the_end() -> None:
    feed = Feed(4)
    feed.append("tick", {})
    feed.close()
    feed.append("tick", {})
    assert feed.last == 1
