"""Counts of everything that a future may hold: kinds of instruments, service, events, answers and reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from unittest.mock import patch

from hybridsim.core.codes import GrantSettlement, InstrumentKind, Service
from hybridsim.rollout import layout
from hybridsim.rollout.desks import Desk
from hybridsim.rollout.events import Rank
from hybridsim.rollout.layout import Answer, Reason
from hybridsim.rollout.ledger import Entry
from hybridsim.rollout.reference import Story
from hybridsim.rollout.state import Loan
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.terms import InstrumentTerms
from hybridsim.rollout.world import World

TERMS = (
    "holiday until go-live", "rate lower once live", "revenue share to its multiple",
    "revenue share cut by its term", "conversion after failure", "write-off after failure", "commitment fee",
    "platform fee", "guarantee fee", "up-front guarantee fee", "grant element", "grant in arrears",
    "retained part paid", "clawback", "grant repaid at its final account", "outcomes paid",
    "payout of a guarantee", "payout of a liability exemption", "junior claim recovers", "fund lends",
)  # fmt: skip
"""Ways of paying and being repaid that are no code of their own."""


def name_of(kind: IntEnum) -> str:
    """Name of a kind in the counts."""
    return f"{type(kind).__name__}.{kind.name}"


CODES = (InstrumentKind, Service, GrantSettlement, Rank, Answer, Reason)
KINDS = (*(name_of(kind) for codes in CODES for kind in codes), *TERMS)
"""All that has to happen."""


@contextmanager
def counted_releases(seen: Counter[str]) -> Iterator[None]:
    """Count that advisers, vendors and trainers are free again, which is not logged."""
    release = Desk._release

    def counting(desk: Desk) -> None:
        seen[name_of(Rank.RELEASED)] += 1
        release(desk)

    with patch.object(Desk, "_release", counting):
        yield


def count_kinds(world: World, outcome: Outcome, seen: Counter[str]) -> None:
    """Kinds that have a code."""
    granted = [column.name for column in layout.INSTRUMENT].index("granted_cents")
    count = [column.name for column in layout.INSTRUMENT].index("granted")
    figures = dict(zip((column.name for column in layout.REPLICATION), outcome.totals, strict=True))
    seen[name_of(InstrumentKind.OWN_FUNDS)] += figures["started"] if figures["own_funds_cents"] else 0
    for terms, row in zip(world.instruments, outcome.instruments, strict=True):
        seen[name_of(InstrumentKind(terms.kind))] += row[count]
        if not terms.is_loan and row[granted] and terms.kind != InstrumentKind.GUARANTEE:
            seen[name_of(Service.NONE)] += row[count]
        if terms.kind == InstrumentKind.GRANT and row[granted]:
            seen[name_of(GrantSettlement(terms.settlement))] += row[count]
    instrument = [column.name for column in layout.LOAN[1:]].index("instrument")
    seen.update(name_of(Service(world.instruments[row[instrument]].service)) for row in outcome.loans)
    seen.update(name_of(Rank(rank)) for _, rank, *_ in outcome.log)
    seen.update({name_of(Reason(code)): number for code, number in enumerate(outcome.reasons)})
    for answers in outcome.answers:
        seen.update({name_of(Answer(code)): number for code, number in enumerate(answers)})


def count_terms(story: Story, outcome: Outcome, seen: Counter[str]) -> None:
    """Terms of repayment and of grants, from the loans' last state and the ledger."""
    for loan in story.context.loans:
        seen.update(what for what, so in _of_loan(loan).items() if so)
    settled = {
        (story.world.ids[row], time) for time, rank, row, *_ in outcome.log if rank == Rank.FINAL_ACCOUNT
    }
    terms = {part.name: part for part in story.world.instruments}
    for entry in outcome.entries:
        seen.update([_of_entry(entry, terms, settled)])
    seen.pop("", None)


def _of_loan(loan: Loan) -> dict[str, bool]:
    terms = loan.terms
    shares = terms.service == Service.REVENUE_SHARE
    return {
        "holiday until go-live": loan.holiday > 0,
        "rate lower once live": terms.live_discount > 0.0
        and 0.0 <= loan.project.live_at < loan.ended_at - 3.0,
        "revenue share to its multiple": shares
        and loan.repaid + loan.interest > 0
        and not loan.forgiven
        and not loan.ead,
        "revenue share cut by its term": shares and loan.forgiven > 0 and terms.on_failure == "none",
        "conversion after failure": loan.service != terms.service,
        "write-off after failure": loan.forgiven > 0 and terms.on_failure == "write_off",
        "payout of a guarantee": loan.payout > 0 and loan.guarantee is not None,
        "payout of a liability exemption": loan.payout > 0 and loan.guarantee is None,
        "junior claim recovers": terms.subordinated and loan.recovered > 0,
        "fund lends": terms.fund > 0,
    }


def _of_entry(entry: Entry, terms: dict[str, InstrumentTerms], settled: set[tuple[str, float]]) -> str:
    what, _, name = entry.memo.rpartition(" ")
    others = {"up-front fee": "up-front guarantee fee", "outcomes": "outcomes paid"}
    if what == "fee":
        return "platform fee" if entry.receiver == "outside" else "guarantee fee"
    if what == "grant" and (entry.receiver, entry.time) in settled:
        return "grant in arrears" if terms[name].arrears else "retained part paid"
    if what == "repaid grant":
        return "grant repaid at its final account" if (entry.giver, entry.time) in settled else "clawback"
    return what if what in ("grant element", "commitment fee") else others.get(what, "")
