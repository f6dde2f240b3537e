"""Money: who pays, who bears the loss, and what the public cost is made of."""

from __future__ import annotations

from hybridsim.report.facts import Run
from hybridsim.report.labels import FISCAL, SOURCES
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.sections_scaling import short
from hybridsim.report.tables import Bar, bar_table, spread

_USUAL_SOURCES = 4


def capital(run: Run) -> Markup:
    """Who meets the cost at financial closes."""
    uses = run.values.get("uses_eur")
    if not uses.value:
        return fill("<p>No project is financed in any replication.</p>")
    shares = [(label, run.values.get(f"{name}_share")) for name, label in SOURCES]
    # Usual sources are shown even at nothing, the others only where a design has them.
    found = [item for place, item in enumerate(shares) if place < _USUAL_SOURCES or item[1].value]
    bars = _stacked([value.value or 0.0 for _, value in found])
    table = bar_table(
        "Sources of the cost at financial closes",
        ("Source", "Share", "95 % interval"),
        [
            Bar(label, (value.figure, short(value)), *bar, kind=f"source-{index}")
            for index, ((label, value), bar) in enumerate(zip(found, bars, strict=True))
        ],
    )
    label, value = max(found, key=lambda item: item[1].value or 0.0)
    says = (
        f"Projects cost {uses.with_interval} at their financial closes, mean over replications. "
        f"The largest source: {label[0].lower()}{label[1:]} ({value.figure})."
    )
    overrun = run.values.get("overrun_share")
    note = (
        f"On top, cost runs over plan by {overrun.figure} of planned cost, met from liquidity."
        if overrun.value
        else ""
    )
    total, private = (run.values.get(name) for name in ("leverage_total", "leverage_private"))
    if total.known:
        note = (
            f"Per euro of gross grant equivalent, {total.scaled(1.0, 'EUR').with_interval} of cost is "
            f"financed, of it {private.scaled(1.0, 'EUR').with_interval} from private sources. {note}"
        )
    return join(
        [fill('<p class="says">{text}</p>', text=says), table, fill('<p class="note">{text}</p>', text=note)]
    )


def losses(run: Run) -> Markup:
    """From the exposure at default to who bears what is lost."""
    exposure = run.values.get("ead_eur")
    if not exposure.value:
        return fill("<p>No project loan defaults in any replication, so there is no loss to bear.</p>")
    lost = run.values.get("loss_given_default")
    parts = [
        ("Exposure at default", exposure, "plain"),
        ("Guarantee payouts and liability exemptions", run.values.get("payout_eur"), "source-2"),
        ("Lenders' loss after recoveries and payouts", run.values.get("expected_loss_eur"), "source-0"),
    ]
    bars = spread([value.value or 0.0 for _, value, _ in parts])
    table = bar_table(
        "Exposure at default and who bears what is lost, mean over replications",
        ("Item", "Amount", "95 % interval"),
        [
            Bar(label, (value.figure, short(value)), *bar, kind=kind)
            for (label, value, kind), bar in zip(parts, bars, strict=True)
        ],
    )
    share = run.values.get("public_share_of_loss")
    public = (
        f" Public providers bear {share.with_interval} of losses and payouts together." if share.known else ""
    )
    says = f"Borrowers' estates leave {lost.with_interval} of the exposure unpaid.{public}"
    return join([fill('<p class="says">{text}</p>', text=says), table])


def public_cost(run: Run) -> Markup:
    """Components of the public cost, and their sum."""
    total = run.values.get("fiscal_cost_eur")
    found = [(label, run.values.get(f"fiscal_{name}_eur")) for name, label in FISCAL]
    if not total.known or not any(value.value for _, value in found):
        return fill("<p>No public money is spent in any replication.</p>")
    rows = [*((label, value, "plain") for label, value in found), ("Public cost, net", total, "total")]
    bars = spread([value.value or 0.0 for _, value, _ in rows])
    table = bar_table(
        "Components of the public cost (discounted, mean over replications; negative: the public saves)",
        ("Component", "Amount", "95 % interval"),
        [
            Bar(
                label,
                (value.figure, short(value)),
                *bar,
                kind=f"{kind} minus" if (value.value or 0) < 0 else kind,
            )
            for (label, value, kind), bar in zip(rows, bars, strict=True)
        ],
    )
    largest, value = max(found, key=lambda item: abs(item[1].value or 0.0))
    says = (
        f"The net cost to the public is {total.with_interval}. "
        f"The largest component: {_lower(largest)} ({value.figure})."
    )
    return join([fill('<p class="says">{text}</p>', text=says), table])


def _lower(label: str) -> str:
    return f"{label[0].lower()}{label[1:]}"


def _stacked(shares: list[float]) -> list[tuple[float, float]]:
    """Bars that start where the one before ended, so that they read as one stack."""
    total = sum(shares) or 1.0
    starts = [sum(shares[:index]) / total for index in range(len(shares))]
    return [(start, share / total) for start, share in zip(starts, shares, strict=True)]
