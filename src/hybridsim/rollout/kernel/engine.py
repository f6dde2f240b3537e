"""The compiled engine from Python: futures one by one, or blocks of them as arrays.

The first use compiles the kernel if it is not kept from an earlier one, which takes a minute or two.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import numba

from hybridsim.core import kernel_cache
from hybridsim.core.compiling import entry, listening
from hybridsim.core.errors import InvariantError
from hybridsim.rollout.kernel.memory import BROKEN, FULL, LATE, UNEQUAL
from hybridsim.rollout.kernel.story import tell
from hybridsim.rollout.kernel.workspace import Array, Workspace
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World

SOURCES = ("core/*.py", "credit/*.py", "finance/*.py", "impact/*.py", "rollout/**/*.py")
"""What the kernel is compiled from."""
FOLDER = kernel_cache.prepare("rollout", SOURCES)
"""Where the compiled kernel is kept."""

_BROKEN = LATE | UNEQUAL | BROKEN


@entry(FOLDER)
def replicate(runs: Array) -> None:
    """Tell one replication; the run's record says which, and where its memory is."""
    tell(runs[0])


class Compiled:
    """The compiled engine; every thread that calls it has memory of its own."""

    in_threads = True
    """It runs in threads: while it computes, Python's lock is free."""

    def __init__(self) -> None:
        self._own = threading.local()

    def __call__(self, world: World, replication: int, record: bool = False) -> Outcome:
        """One future of the world; see `hybridsim.rollout.reference.simulate`."""
        workspace = self._workspace(world)
        workspace.forget_institutions()
        self._tell(workspace, replication, record, True)
        return workspace.outcome()

    def block(
        self,
        world: World,
        replications: Iterable[int],
        with_loans: int,
        with_starts: int,
        told: Callable[[int], None],
    ) -> dict[str, Array]:
        """Several futures as arrays, by the names of `hybridsim.study.blocks.Block`.

        Parameters
        ----------
        world
            What is simulated.
        replications
            Numbers of the futures.
        with_loans, with_starts
            Numbers from which on loans and first starts are left out.
        told
            Called with 1 after each future; what it raises ends the block.
        """
        workspace = self._workspace(world)
        workspace.forget_institutions()
        collected: dict[str, list[Array]] = {}
        for replication in replications:
            self._tell(workspace, replication, False, replication < with_loans)
            for name, array in workspace.tables(with_loans, with_starts).items():
                collected.setdefault(name, []).append(array)
            told(1)
        return {**workspace.stack(collected), **workspace.institutions()}

    def _workspace(self, world: World) -> Workspace:
        if getattr(self._own, "world", None) is not world:
            self._own.world, self._own.workspace = world, Workspace(world)
        workspace: Workspace = self._own.workspace
        return workspace

    def _tell(self, workspace: Workspace, replication: int, record: bool, follow: bool) -> None:
        """Tell one replication, with more room for what was full, until it fits."""
        while True:
            workspace.begin(replication, record, follow)
            replicate(workspace.argument)
            status = workspace.status
            if not status & FULL:
                break
            workspace.grow()
        if status & _BROKEN:
            self._explain(workspace.world, replication, status)

    def _explain(self, world: World, replication: int, status: int) -> None:
        """Let the reference engine say which rule was broken."""
        from hybridsim.rollout.reference import simulate

        simulate(world, replication)
        raise InvariantError(
            f"the compiled engine broke a rule of the model (status {status}) that the reference engine "
            "keeps; this is a fault of hybridsim: simulate with --engine simpy until it is mended"
        )


simulate = Compiled()
"""The engine."""


def is_compiled() -> bool:
    """Whether the kernel is compiled already, so that the first replication starts at once."""
    return kernel_cache.is_compiled(FOLDER, Path(__file__))


def compile_now() -> None:
    """Compile the kernel, or load it, without simulating anything; Ctrl-C is heard meanwhile."""
    argument = numba.typeof(Workspace.empty_argument())
    listening(lambda: replicate.compile((argument,)))
    kernel_cache.mark_compiled(FOLDER, Path(__file__))
