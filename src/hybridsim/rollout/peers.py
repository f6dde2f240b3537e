"""Imitation: who uses what already, and when the idea of a use case reaches an institution.

Each institution and use case waits for its own exponential threshold. The hazard is that of Bass,
``interest (p + q share)``, with the share of successful peers as seen at the last quarter-turn, so that it is
constant within a quarter and the moment of an idea is exact.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hybridsim.core.mathx import log1p_neg
from hybridsim.core.rng import S_ADOPTION, S_INITIAL_USER, S_PLATFORM, draw_index, uniform_array
from hybridsim.rollout.context import Context
from hybridsim.rollout.events import Rank, sub_index
from hybridsim.rollout.platforms import PlatformTerms
from hybridsim.rollout.rules import adoption_hazard_pa, peer_share
from hybridsim.rollout.state import Institution
from hybridsim.rollout.terms import UseCaseTerms
from hybridsim.rollout.world import LAENDER

TYPES = 6
# NumPy's logarithm picks who may be due, our own decides; the two are never apart by this much.
_SLACK = 1.0 + 1e-9


class Peers:
    """Users by use case and cell (type and Land), and everybody's wait for the idea."""

    def __init__(self, context: Context, on_idea: Callable[[int, int], None]) -> None:
        world = context.world
        self.context = context
        self._on_idea = on_idea
        self._size = np.bincount(world.cell, minlength=TYPES * LAENDER).astype(np.float64).tolist()
        self._type_size = [sum(self._size[kind * LAENDER : (kind + 1) * LAENDER]) for kind in range(TYPES)]
        count = len(world.use_case_names)
        self.users = [[0] * (TYPES * LAENDER) for _ in range(count)]
        self.initial = np.zeros((count, world.n), dtype=bool)
        self._waiting = np.zeros((count, world.n), dtype=bool)
        self._draws = np.zeros((count, world.n))
        self._offsets = np.zeros((count, world.n))
        self._likely = np.zeros((count, world.n))
        self._reached = np.zeros((count, TYPES * LAENDER))
        self._hazard = np.zeros((count, TYPES * LAENDER))
        self._seen_at = 0.0
        for use_case in range(count):
            self._start(use_case)
        for platform in world.platforms:
            self._start_platform(platform)

    def _start(self, use_case: int) -> None:
        """Users at the start, and the first threshold of everybody else."""
        world = self.context.world
        share, offered = np.zeros(world.n), np.zeros(world.n, dtype=bool)
        for (index, kind), terms in world.use_cases.items():
            if index == use_case and not terms.members:
                members = world.population.type == kind
                share[members] = terms.initial_share
                offered |= members
        key = (world.seed_lo, world.seed_hi, self.context.replication, world.key_lo, world.key_hi)
        first = draw_index(use_case, 0, 0, 0)
        self.initial[use_case] = offered & (uniform_array(*key, S_INITIAL_USER, first) < share)
        for cell in world.cell[self.initial[use_case]].tolist():
            self.users[use_case][cell] += 1
        self._waiting[use_case] = offered & ~self.initial[use_case]
        self._draws[use_case] = uniform_array(*key, S_ADOPTION, first)
        self._likely[use_case] = -np.log1p(-self._draws[use_case]) / world.adoption_multiplier

    def _start_platform(self, platform: PlatformTerms) -> None:
        """Who thinks in programmes waits for the platform's idea, and not for those of its use cases.

        Only carriers that use none of them at the start, and have none of them in another platform.
        """
        world = self.context.world
        kinds = world.population.type
        key = (world.seed_lo, world.seed_hi, self.context.replication, world.key_lo, world.key_hi)
        first = draw_index(platform.index, 0, 0, 0)
        thinks = uniform_array(*key, S_PLATFORM, first) < platform.share
        can = (world.population.sites >= platform.minimum_sites) | np.isin(kinds, list(platform.any_size))
        for (index, kind), terms in world.use_cases.items():
            if index != platform.index:
                continue
            chosen = thinks & can & (kinds == kind)
            for member in terms.members:
                chosen &= self._waiting[member]
            for member in terms.members:
                self._waiting[member] &= ~chosen
            self._waiting[index] |= chosen

    def _members(self, use_case: int, kind: int) -> tuple[int, ...]:
        """Use cases of a platform at a type; a use case is its own only member."""
        return self.context.world.use_cases[(use_case, kind)].members or (use_case,)

    def turn_quarter(self) -> None:
        """Look at the peers again and find everybody whom the idea reaches before the next look."""
        now = self.context.now
        self._reached += self._hazard * ((now - self._seen_at) / 12.0)
        self._seen_at = now
        cells = self.context.world.cell
        for use_case in range(len(self.users)):
            self._look(use_case)
            end = self._reached[use_case] + self._hazard[use_case] * 0.25
            due = self._waiting[use_case] & (self._likely[use_case] <= end[cells] * _SLACK)
            for row in np.nonzero(due)[0].tolist():
                self._schedule(use_case, row)

    def _look(self, use_case: int) -> None:
        adoption, users = self.context.world.scenario.adoption, self.users[use_case]
        for kind in range(TYPES):
            terms = self.context.world.use_cases.get((use_case, kind))
            if terms is None or not self._type_size[kind]:
                continue
            if terms.members:
                self._look_platform(use_case, kind, terms)
                continue
            of_type = float(sum(users[kind * LAENDER : (kind + 1) * LAENDER]))
            for cell in range(kind * LAENDER, (kind + 1) * LAENDER):
                share = peer_share(
                    float(users[cell]),
                    self._size[cell],
                    of_type,
                    self._type_size[kind],
                    adoption.shrinkage_peers.value,
                )
                self._hazard[use_case, cell] = adoption_hazard_pa(
                    adoption.innovation_pa.value, adoption.imitation_pa.value, share, terms.interest
                )

    def _look_platform(self, platform: int, kind: int, terms: UseCaseTerms) -> None:
        """The idea of a platform comes when that of any of its use cases would."""
        for cell in range(kind * LAENDER, (kind + 1) * LAENDER):
            hazard = 0.0
            for member in terms.members:
                hazard += float(self._hazard[member, cell])
            self._hazard[platform, cell] = terms.interest * hazard

    def _schedule(self, use_case: int, row: int) -> None:
        """Put the idea on the calendar if it comes before the next look."""
        world = self.context.world
        cell = int(world.cell[row])
        target = float(self._offsets[use_case, row]) - log1p_neg(float(self._draws[use_case, row])) / float(
            world.adoption_multiplier[row]
        )
        hazard = float(self._hazard[use_case, cell])
        months = (target - float(self._reached[use_case, cell])) / hazard * 12.0 if hazard > 0.0 else 3.0
        time = max(self.context.now, self._seen_at + months)
        if months >= 3.0 or time > world.horizon:
            return
        self._waiting[use_case, row] = False
        self.context.calendar.call_at(
            time, Rank.IDEA, row, sub_index(use_case), lambda: self._on_idea(row, use_case)
        )

    def wait_again(self, institution: Institution, use_case: int, attempt: int) -> None:
        """After a project has ended: a new threshold, counted from the hazard reached by now."""
        world, row = self.context.world, institution.row
        cell = int(world.cell[row])
        elapsed = (self.context.now - self._seen_at) / 12.0
        self._draws[use_case, row] = self.context.draw(
            institution, S_ADOPTION, draw_index(use_case, 0, attempt, 0)
        )
        offset = float(self._reached[use_case, cell]) + float(self._hazard[use_case, cell]) * elapsed
        self._offsets[use_case, row] = offset
        self._likely[use_case, row] = offset - float(
            np.log1p(-self._draws[use_case, row]) / world.adoption_multiplier[row]
        )
        self._waiting[use_case, row] = True
        self._schedule(use_case, row)

    def part_again(self, institution: Institution, platform: int) -> None:
        """After a platform programme has ended: its use cases may come up one by one."""
        for member in self._members(platform, institution.type):
            self.wait_again(institution, member, institution.attempts.get(member, 0))

    def share_seen(self, use_case: int, row: int) -> float:
        """Share of successful peers that an institution sees now; for a platform, mean of its use cases."""
        cell = int(self.context.world.cell[row])
        members = self._members(use_case, cell // LAENDER)
        share = 0.0
        for member in members:
            share += self._share_of(member, cell)
        return share / len(members)

    def _share_of(self, use_case: int, cell: int) -> float:
        kind = cell // LAENDER
        users = self.users[use_case]
        return peer_share(
            float(users[cell]),
            self._size[cell],
            float(sum(users[kind * LAENDER : (kind + 1) * LAENDER])),
            self._type_size[kind],
            self.context.world.scenario.adoption.shrinkage_peers.value,
        )

    def succeeded(self, institution: Institution, use_case: int, change: int) -> None:
        """One more (or fewer) successful user among the peers; a platform's is one in each use case."""
        cell = int(self.context.world.cell[institution.row])
        for member in self._members(use_case, institution.type):
            self.users[member][cell] += change
