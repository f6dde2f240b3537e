"""Compiling the simulation of a book ahead, and whether that has to be waited for."""

from __future__ import annotations


def must_compile() -> bool:
    """Whether the first analysis of a book will have to compile its simulation, which takes half a minute."""
    from hybridsim.credit.simulation import kernel

    return not kernel.is_compiled()


def make_ready() -> None:
    """Compile or load the simulation, so that what follows can start at once, in any thread."""
    from hybridsim.credit.simulation.warming import compile_now

    compile_now()
