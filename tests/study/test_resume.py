"""An interrupted run goes on from its finished blocks, and only from its own."""

import json
from pathlib import Path

import numpy as np
import pytest

from hybridsim.core.errors import InputError, InvariantError, ResourceError
from hybridsim.study.run import execute
from tests.study import fake


def partial(out: Path) -> Path:
    return out.with_name(out.name + ".partial")


def interrupted(out: Path, replications: int = 40, at: int = 25) -> None:
    with pytest.raises(KeyboardInterrupt):
        execute(fake.plan(replications, interrupt=at), fake.simulate, out=out)
    assert not out.exists()
    assert len(list(partial(out).glob("block-*.npz"))) == at


def simulated(out: Path, replications: int = 40, **options: int) -> list[int]:
    """Finish the run and say which replications were simulated to do so."""
    log = out.with_name("count.txt")
    log.write_text("", encoding="utf-8")
    execute(fake.plan(replications, count=str(log), **options), fake.simulate, out=out)
    return [int(line) for line in log.read_text(encoding="utf-8").split()]


def test_going_on_simulates_only_what_is_missing_and_gives_the_same_run(tmp_path: Path):
    out = tmp_path / "run"
    interrupted(out)
    assert simulated(out) == list(range(25, 40))
    whole = execute(fake.plan(40), fake.simulate, out=tmp_path / "whole")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["digest"] == whole.digest
    assert manifest["timings"]["blocks_of_an_earlier_attempt"] == 25
    assert not partial(out).exists()


def test_progress_counts_finished_blocks_as_done(tmp_path: Path):
    interrupted(tmp_path / "run")
    seen: list[tuple[int, int]] = []
    execute(fake.plan(40), fake.simulate, out=tmp_path / "run", progress=lambda *at: seen.append(at))
    assert seen[0] == (25, 40)
    assert seen[-1] == (40, 40)


@pytest.mark.parametrize("damage", [b"", b"no archive", "cut", "scramble"])
def test_a_damaged_block_is_simulated_again_and_said_so(tmp_path: Path, damage: bytes | str):
    out = tmp_path / "run"
    interrupted(out)
    block = partial(out) / "block-000003.npz"
    content = bytearray(block.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "scramble":
        middle = len(content) // 2
        content[middle : middle + 300] = bytes(300)
    else:
        content = bytearray(damage)  # type: ignore[arg-type]
    block.write_bytes(content)
    assert simulated(out) == [3, *range(25, 40)]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["timings"]["blocks_simulated_again"] == 1
    assert manifest["digest"] == execute(fake.plan(40), fake.simulate).digest


def test_blocks_of_another_seed_scenario_or_plan_are_not_used(tmp_path: Path):
    for name, replications, seed in (("seed", 40, 8), ("count", 41, 7)):
        out = tmp_path / name
        interrupted(out)
        again = execute(fake.plan(replications, seed=seed), fake.simulate, out=out)
        assert again.digest == execute(fake.plan(replications, seed=seed), fake.simulate).digest
        assert again.manifest["timings"]["blocks_of_an_earlier_attempt"] == 0


def test_a_block_that_holds_other_replications_is_not_used(tmp_path: Path):
    out = tmp_path / "run"
    interrupted(out)
    (partial(out) / "block-000003.npz").write_bytes((partial(out) / "block-000004.npz").read_bytes())
    assert simulated(out)[0] == 3


def test_blocks_are_plain_arrays_without_pickled_objects(tmp_path: Path):
    interrupted(tmp_path / "run")
    with np.load(partial(tmp_path / "run") / "block-000000.npz", allow_pickle=False) as stored:
        assert all(stored[name].dtype.kind in "ifU" for name in stored.files)


def test_an_invariant_error_leaves_no_result_and_says_how_to_replay(tmp_path: Path):
    with pytest.raises(InvariantError) as caught:
        execute(fake.plan(40, broken=31), fake.simulate, out=tmp_path / "run")
    assert "sources 100 do not equal uses 99" in str(caught.value)
    assert "replication 31 of seed 7" in str(caught.value)
    assert "hybridsim.replay(scenario, replication=31, seed=7)" in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_bug_in_the_engine_is_our_fault_and_names_its_replication(tmp_path: Path):
    with pytest.raises(
        InvariantError, match=r"ZeroDivisionError: division by zero\nin replication 5 of seed 7"
    ):
        execute(fake.plan(10, bug=5), fake.simulate, out=tmp_path / "run")


def test_lack_of_memory_can_be_resumed(tmp_path: Path):
    out = tmp_path / "run"
    with pytest.raises(ResourceError, match="goes on from the finished blocks"):
        execute(fake.plan(40, memory=12), fake.simulate, out=out)
    assert simulated(out) == list(range(12, 40))


def test_a_full_disk_can_be_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import errno

    from hybridsim.study import run as module

    out, write = tmp_path / "run", module.write_block

    def full(path, block, identity):
        if path.name == "block-000010.npz":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, block, identity)

    monkeypatch.setattr(module, "write_block", full)
    with pytest.raises(ResourceError, match="no space left on the disk"):
        execute(fake.plan(40), fake.simulate, out=out)
    monkeypatch.undo()
    assert simulated(out) == list(range(10, 40))


def test_a_foreign_folder_in_the_place_of_the_partial_one_is_left_alone(tmp_path: Path):
    out = tmp_path / "run"
    partial(out).mkdir()
    (partial(out) / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"was not written by a run"):
        execute(fake.plan(5), fake.simulate, out=out)
    assert (partial(out) / "thesis.txt").read_text(encoding="utf-8") == "mine"
