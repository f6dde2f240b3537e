"""What the figures say, in sentences that claim no more than they do."""

from __future__ import annotations

from hybridsim.report import format as fmt
from hybridsim.report.facts import Run
from hybridsim.report.values import Value

_SMALL = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def answer(run: Run) -> str:
    """The result in two or three sentences."""
    return " ".join(part for part in (_scaling(run), _risk(run), _public(run)) if part)


def what(run: Run) -> str:
    """What was simulated, in one sentence."""
    many = "possible future" if run.replications == 1 else "possible futures"
    return (
        f"{fmt.count(run.institutions)} institutions with {fmt.count(run.sites)} sites "
        f"({_part_of_sector(run)}), {run.years} years from {run.first_year}, "
        f"{fmt.count(run.replications)} {many}."
    )


def _part_of_sector(run: Run) -> str:
    if run.sample_fraction >= 1.0:
        return "all that the scenario describes"
    return f"a sample: {fmt.plain(run.sample_fraction * 100.0, 2)}{fmt.NBSP}% of the sector's sites"


def _scaling(run: Run) -> str:
    started = run.values.get("institutions_started_share")
    sustained = run.values.get("institutions_sustained_share")
    if not started.known or not started.value:
        return "No institution starts a project in any replication."
    first = f"Of 100 institutions, {_of_hundred(started)} start a project within {_years(run.years)}"
    if not sustained.value:
        return f"{first}; none still uses it 24 months after its support ended."
    return f"{first}; {_of_hundred(sustained)} still use one 24 months after its support ended."


def _risk(run: Run) -> str:
    lent = run.values.get("lent_eur")
    rate = run.values.get("loss_rate_on_lent")
    if not lent.value or rate.value is None:
        return "No project loan is disbursed in any replication, so lenders cannot lose."
    if not rate.value:
        return "Lenders lose nothing in any replication."
    return f"On average lenders lose {rate.with_interval} of what they lend."


def _public(run: Run) -> str:
    cost = run.values.get("fiscal_cost_eur")
    each = run.values.get("fiscal_cost_per_sustained_eur")
    if cost.value is None or cost.value == 0:
        return "The public pays nothing." if cost.known else ""
    if cost.low is not None and cost.high is not None and cost.low < 0 < cost.high:
        return "Whether the public pays or saves on balance cannot be told from this run."
    if not each.known:
        return f"The public {_pays(cost)} in all, discounted; no project is sustained."
    return (
        f"The public {'pays' if cost.value > 0 else 'saves'} {_size(each)} per sustained project, discounted."
    )


def _pays(cost: Value) -> str:
    return f"{'pays' if (cost.value or 0) > 0 else 'saves'} {_size(cost)}"


def _size(value: Value) -> str:
    return (value.scaled(-1.0, "EUR") if (value.value or 0) < 0 else value).with_interval


def _of_hundred(share: Value) -> str:
    """Institutions of a hundred: whole ones from ten up, at most one decimal from one up."""
    hundred = share.scaled(100.0, "")
    value, low, high = hundred.value, hundred.low, hundred.high
    if value is None or low is None or high is None or value < 1.0:
        return hundred.with_interval
    decimals = min(fmt.places(value, low, high), 0 if value >= 10.0 else 1)
    figure, lower, upper = (fmt.number(x, decimals) for x in (value, low, high))
    return f"{figure} ({lower} to {upper})"


def _years(years: int) -> str:
    word = _SMALL[years] if years < len(_SMALL) else str(years)
    return f"{word} year" if years == 1 else f"{word} years"
