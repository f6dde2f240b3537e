"""One institution through one future: its events and its money, in lines that a credit officer reads."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hybridsim.core.errors import InputError
from hybridsim.rollout.events import Rank
from hybridsim.rollout.layout import Answer
from hybridsim.rollout.ledger import Entry
from hybridsim.study.again import check_replication, plan_again
from hybridsim.study.prepare import simulate_one

if TYPE_CHECKING:
    from hybridsim.rollout.world import World
    from hybridsim.study.store import StoredRun

_TEXTS = {
    Rank.DEFAULT: "defaults",
    Rank.ILLIQUID: "cannot pay what is due: defaults",
    Rank.ESTATE: "estate is distributed to project loans",
    Rank.FINAL_ACCOUNT: "final account of the grant",
    Rank.SUPPORT_END: "support ends",
    Rank.WORN_OUT: "software is worn out",
    Rank.PRICE_ROUND: "price round with the payers",
    Rank.SUSTAINED: "sustained: in use 24 months after support",
    Rank.GATE: "gate after the pilot",
    Rank.LIVE: "goes live",
    Rank.SERVED: "its turn has come after a wait",
    Rank.IDEA: "takes up the idea",
    Rank.PLANNED: "plan is ready",
    Rank.ANSWER: "answer",
    Rank.RETRY: "tries again",
    Rank.NEXT_WAVE: "considers further sites",
}
_OUTCOMES = {
    Rank.PLANNED: ("rejected as not viable", "viable"),
    Rank.GATE: ("failed", "passed"),
    Rank.SUPPORT_END: ("given up", "goes on"),
    Rank.WORN_OUT: ("not renewed", "renewed"),
    Rank.NEXT_WAVE: ("not worth it", "planned"),
}
_AFTER_PROJECT = 31


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One line: ``kind`` is `event` or `money`; ``cents`` is signed from the institution's side, if money."""

    month: float
    date: str
    kind: str
    text: str
    cents: int | None


def trace_run(
    run: StoredRun, replication: int, institution: str, folder: Path | None = None
) -> list[TraceLine]:
    """Replay one replication of a stored run and tell what happened to one institution.

    Parameters
    ----------
    run
        The stored run; its scenario and seed are used again.
    replication
        Number of the future.
    institution
        Id as in the table of institutions.
    folder
        Where the population file lies, if the run had one.

    Raises
    ------
    InputError
        If there is no such institution or replication.
    DataError
        If the population file is not the one of the run.
    """
    check_replication(run, replication)
    plan = plan_again(run, folder)
    if institution not in plan.world.ids:
        raise InputError(
            f"institution(={institution!r}) is not in this run; the table of institutions lists all ids"
        )
    outcome = simulate_one(plan, replication)
    row = plan.world.ids.index(institution)
    start = plan.world.scenario.run.start
    lines = [
        TraceLine(time, _date(start, time), "event", _event(plan.world, Rank(rank), sub, amount), None)
        for time, rank, where, sub, amount in outcome.log
        if where == row and Rank(rank) in _TEXTS
    ]
    lines += [_money(entry, institution, start) for entry in outcome.entries if institution in _sides(entry)]
    lines.sort(key=lambda line: line.month)
    return lines


def _date(start: dt.date, month: float) -> str:
    """Calendar month that contains a time."""
    whole = start.year * 12 + start.month - 1 + int(month)
    return f"{whole // 12:04d}-{whole % 12 + 1:02d}"


def _sides(entry: Entry) -> tuple[str, str]:
    return entry.giver, entry.receiver


def _money(entry: Entry, institution: str, start: dt.date) -> TraceLine:
    paid = entry.giver == institution
    other = entry.receiver if paid else entry.giver
    text = f"{entry.memo}, {'to' if paid else 'from'} {other}"
    return TraceLine(
        entry.time, _date(start, entry.time), "money", text, -entry.cents if paid else entry.cents
    )


def _is_platform(world: World, use_case: int) -> bool:
    return any(platform.index == use_case for platform in world.platforms)


def _event(world: World, rank: Rank, sub: int, amount: int) -> str:
    use_case, wave, instrument = sub >> 11, (sub >> 6) & 31, sub & 63
    text = _TEXTS[rank]
    if rank in (Rank.DEFAULT, Rank.ILLIQUID, Rank.ESTATE):
        return f"{text}: {amount / 100:,.2f} euros" if amount else text
    name = world.use_case_names[use_case]
    if rank is Rank.ANSWER:
        return (
            f"{name}: {world.instrument_names[instrument]} answers {Answer(amount).label.replace('_', ' ')}"
        )
    if rank is Rank.FINAL_ACCOUNT:
        return f"{name}: {text} {world.instrument_names[instrument]}: {amount / 100:,.2f} euros"
    if rank is Rank.RETRY and wave == _AFTER_PROJECT:
        again = (
            "its use cases may come up one by one"
            if _is_platform(world, use_case)
            else "the idea may come up again"
        )
        return f"{name}: {again}"
    if rank in _OUTCOMES:
        return f"{name}: {text}: {_OUTCOMES[rank][int(amount > 0)]}"
    if rank is Rank.LIVE:
        if amount < 0:
            return f"{name}: costs {-amount / 100:,.2f} euros, more than there is: given up"
        where = ("at the pilot", "at the rest of the first site")[wave] if wave < 2 else "at further sites"
        return f"{name}: {text} {where}; it cost {amount / 100:,.2f} euros"
    return f"{name}: {text}"
