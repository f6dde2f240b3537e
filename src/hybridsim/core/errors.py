"""Every error that hybridsim raises on purpose, and the exit code that the command line gives it.

HybridsimError
 +- InputError          wrong input or usage: scenario, population, option     (exit 2)
 |   +- ScenarioError   one scenario file, all its faults together
 |   +- PopulationError one population file, all its faulty rows together
 +- DataError           a run folder or table is broken or of another version  (exit 3)
 +- ResourceError       out of disk, memory or time; can be resumed            (exit 4)
 +- InvariantError      the model broke one of its own rules: our fault        (exit 5)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class HybridsimError(Exception):
    """Base of all errors that hybridsim raises on purpose."""

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input: where, what stands there, what is allowed.

    ``line`` is counted from 1 and 0 if unknown; ``path`` is the dotted key path or column name.
    """

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class InputError(HybridsimError):
    """Wrong input; ``faults`` lists every fault that was found."""

    exit_code = 2

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join([message, *(f"  {fault}" for fault in self.faults)]))


class ScenarioError(InputError):
    """A scenario that cannot be simulated as written."""


class PopulationError(InputError):
    """A population file that cannot be used as written."""


class DataError(HybridsimError):
    """A stored run that is broken, incomplete or of another version."""

    exit_code = 3


class ResourceError(HybridsimError):
    """Out of disk, memory or time; the message says how to go on."""

    exit_code = 4


class InvariantError(HybridsimError):
    """The model broke one of its own rules; the message names seed and replication to replay it."""

    exit_code = 5
