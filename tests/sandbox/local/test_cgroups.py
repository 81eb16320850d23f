"""Control groups of both versions. Version 2 is a tree of plain files here: it shows what is read and written."""

from __future__ import annotations

from pathlib import Path

import pytest

from mge_toolkit.sandbox.local.inside.cgroups import Parents, SlotGroup, find_parents, remove

V2_FILES = {
    "memory.max": "max\n",
    "memory.swap.max": "max\n",
    "memory.current": "5000\n",
    "memory.peak": "9000\n",
    "memory.events": "low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n",
    "cpu.max": "max 100000\n",
    "cpu.stat": "usage_usec 2500000\nuser_usec 1\n",
    "pids.max": "max\n",
    "cgroup.procs": "",
}


def make_group(path: Path, *, controllers: str = "cpu memory pids", handed: str = "") -> None:
    path.mkdir(parents=True, exist_ok=True)
    (path / "cgroup.controllers").write_text(controllers)
    (path / "cgroup.subtree_control").write_text(handed)
    (path / "cgroup.procs").write_text("")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    make_group(tmp_path)
    make_group(tmp_path / "user", handed="cpu memory pids")
    make_group(tmp_path / "user" / "app")
    return tmp_path


def fill(tree: Path, name: str) -> Path:
    group = tree / "user" / name
    group.mkdir()
    for file, text in V2_FILES.items():
        (group / file).write_text(text)
    return group


def test_finds_the_nearest_group_that_hands_its_controllers_down(tree: Path) -> None:
    (tree / "user" / "app" / "cgroup.subtree_control").chmod(0o444)
    parents = find_parents(str(tree), "0::/user/app\n")
    assert set(parents) == {""}
    assert Path(parents[""]) in {tree / "user", tree / "user" / "app"}


def test_asks_for_controllers_where_none_are_handed_down(tmp_path: Path) -> None:
    make_group(tmp_path)
    assert find_parents(str(tmp_path), "0::/\n") == {"": str(tmp_path)}
    assert (tmp_path / "cgroup.subtree_control").read_text().startswith("+")


def test_none_to_be_had(tmp_path: Path) -> None:
    make_group(tmp_path, controllers="")
    assert find_parents(str(tmp_path), "0::/\n") == {}
    assert find_parents(str(tmp_path / "nowhere"), "0::/\n3:memory:/x\n") == {}


def test_version_one_prefers_its_own_place(tmp_path: Path) -> None:
    (tmp_path / "memory" / "me").mkdir(parents=True)
    (tmp_path / "cpu,cpuacct").mkdir()
    parents = find_parents(str(tmp_path), "4:memory:/me\n2:cpu,cpuacct:/hidden\n0::/\n")
    assert parents == {
        "memory": str(tmp_path / "memory" / "me"),
        "cpu": str(tmp_path / "cpu,cpuacct"),
        "cpuacct": str(tmp_path / "cpu,cpuacct"),
    }
    assert list((tmp_path / "memory" / "me").iterdir()) == []


@pytest.fixture
def group(tree: Path) -> tuple[SlotGroup, Path]:
    directory = fill(tree, "mge-1-0")
    return Parents({"": str(tree / "user")}).make("mge-1-0"), directory


def test_version_two_holds_all(group: tuple[SlotGroup, Path]) -> None:
    assert group[0].holds == {"memory", "cpu", "cpuacct", "pids"}


def test_version_two_limits(group: tuple[SlotGroup, Path]) -> None:
    slot, directory = group
    slot.limit(123456, 17)
    slot.throttle(2)
    assert (directory / "memory.max").read_text().startswith("123456")
    assert (directory / "memory.swap.max").read_text().startswith("0")
    assert (directory / "pids.max").read_text().startswith("17")
    assert (directory / "cpu.max").read_text() == "204000 100000"
    slot.throttle(None)
    assert (directory / "cpu.max").read_text().startswith("max 100000")


def test_version_two_measures(group: tuple[SlotGroup, Path]) -> None:
    slot, directory = group
    assert slot.cpu_seconds() == 2.5
    assert slot.memory_kills() == 2
    assert slot.memory_in_use() == 5000
    (directory / "memory.peak").write_text("7000\n")
    assert slot.memory_peak() == 7000


def test_version_two_without_a_peak_that_resets(tree: Path) -> None:
    directory = fill(tree, "mge-1-1")
    (directory / "memory.peak").unlink()
    slot = Parents({"": str(tree / "user")}).make("mge-1-1")
    assert slot.memory_in_use() == 5000
    assert slot.memory_peak() is None


def test_entering_writes_oneself(group: tuple[SlotGroup, Path]) -> None:
    slot, directory = group
    slot.enter()
    assert (directory / "cgroup.procs").read_text() == "0"
    slot.close()


def test_a_limit_that_does_not_change_is_not_written_again(group: tuple[SlotGroup, Path]) -> None:
    slot, directory = group
    slot.limit(1000, 5)
    (directory / "pids.max").write_text("untouched")
    slot.limit(1000, 5)
    assert (directory / "pids.max").read_text() == "untouched"


def test_removes_only_what_is_its_own(tmp_path: Path) -> None:
    for name in ("mge-1-0", "mge-1-1", "mge-2-0", "other"):
        (tmp_path / name).mkdir()
    remove([str(tmp_path), str(tmp_path / "nowhere")], "mge-1-", patience=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mge-2-0", "other"]


def test_what_is_in_use_is_left(tmp_path: Path) -> None:
    (tmp_path / "mge-1-0" / "busy").mkdir(parents=True)
    remove([str(tmp_path)], "mge-1-", patience=0)
    assert (tmp_path / "mge-1-0").is_dir()
