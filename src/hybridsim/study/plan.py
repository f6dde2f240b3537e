"""What is to be simulated, cut into blocks, and the identity by which finished blocks are recognised."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridsim.core.rng import SCHEME_VERSION
from hybridsim.study.tables import FORMAT_VERSION

if TYPE_CHECKING:
    from hybridsim.rollout.world import World
    from hybridsim.scenario import Scenario

_BLOCKS_WANTED = 64
_BLOCKS_AT_MOST = 2_000
_INSTITUTIONS_PER_BLOCK = 60_000
_NAME_AT_MOST = 80
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a result, and the world made from it.

    ``scenario`` is the resolved scenario as JSON-ready values, ``files`` maps the name of each file that
    was read to its SHA-256 (names only: the manifest holds no path of a machine).
    """

    world: World
    scenario: Mapping[str, Any]
    scenario_hash: str
    name: str
    seed: int
    replications: int
    engine: str
    files: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def blocks(self) -> list[range]:
        """Replications of each block."""
        size = block_size(self.replications, self.world.n)
        return [
            range(first, min(first + size, self.replications)) for first in range(0, self.replications, size)
        ]

    @property
    def identity(self) -> str:
        """SHA-256 over all inputs, the plan and the code: only equal ones may share blocks."""
        return _sha256(
            {
                "format": FORMAT_VERSION,
                "scheme": SCHEME_VERSION,
                "code": code_digest(),
                "scenario": self.scenario_hash,
                "seed": self.seed,
                "replications": self.replications,
                "block": block_size(self.replications, self.world.n),
                "institutions": self.world.n,
                "engine": self.engine,
                "files": dict(self.files),
            }
        )


def block_size(replications: int, institutions: int) -> int:
    """Replications per block: from these two numbers only, never from the number of workers.

    About 64 blocks, so that workers finish together; smaller ones for large populations, so that little
    is lost by an interruption; at most 2,000 of them.
    """
    balanced = -(-replications // _BLOCKS_WANTED)
    bounded = min(balanced, max(1, _INSTITUTIONS_PER_BLOCK // max(1, institutions)))
    return max(bounded, -(-replications // _BLOCKS_AT_MOST))


def folder_name(name: str, seed: int, replications: int) -> str:
    """Name of the default run folder: one plain component that every file system accepts."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)[:_NAME_AT_MOST].strip(".-_ ") or "scenario"
    if _RESERVED.match(plain):
        plain = f"run-{plain}"
    return f"{plain}-{seed}-{replications}"


@cache
def code_digest() -> str:
    """SHA-256 over the sources of the package, so that edited code never goes on from old blocks."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        name = path.relative_to(root).as_posix()
        digest.update(f"{name}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def inputs_digest(scenario: Scenario, files: Mapping[str, str], measures: Sequence[str]) -> str:
    """SHA-256 over a scenario with seed and replications, what was read and is measured, and the code."""
    from hybridsim.scenario import scenario_hash

    return _sha256(
        {
            "format": FORMAT_VERSION,
            "scheme": SCHEME_VERSION,
            "code": code_digest(),
            "scenario": scenario_hash(scenario),
            "files": sorted(files.values()),
            "measures": list(measures),
        }
    )


def _sha256(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
