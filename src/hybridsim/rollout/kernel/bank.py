"""The bank's answer to one request for a loan (reference: underwriting)."""

from __future__ import annotations

from hybridsim.core import mathx, rng
from hybridsim.core.codes import Service
from hybridsim.core.compiling import kernel, rule
from hybridsim.finance import guarantee as guarantee_rules
from hybridsim.finance import ladder, pricing
from hybridsim.rollout import layout
from hybridsim.rollout.kernel.books import base_rate, draw_index, draw_of, normal, share_cents
from hybridsim.rollout.kernel.memory import Run, institution_at, person_at, project_at, world
from hybridsim.rollout.kernel.planning import annual_service_cents, dscr
from hybridsim.rollout.kernel.risk import net_of_projects, rate, service_of_loans

GRANTED, PD_LIMIT, DSCR_LIMIT, NO_VALUE = (
    int(layout.Answer.GRANTED), int(layout.Answer.PD_LIMIT), int(layout.Answer.DSCR_LIMIT),
    int(layout.Answer.NO_VALUE),
)  # fmt: skip
_REVENUE_SHARE = int(Service.REVENUE_SHARE)
_S_BANK_ERROR = int(rng.S_BANK_ERROR)

expit, logit = rule(mathx.expit), rule(mathx.logit)
effective_cover = rule(guarantee_rules.effective_cover)
ladder_rate = rule(ladder.ladder_rate)
bank_rate, cost_based_rate = rule(pricing.bank_rate), rule(pricing.cost_based_rate)
lender_value_cents, life_weight_years = rule(pricing.lender_value_cents), rule(pricing.life_weight_years)


@kernel
def planned_service_cents(s: Run, p: int, k: int, cents: int, rate_pa: float) -> int:
    """Yearly debt service that a rating counts on; a revenue share takes of one site's savings."""
    t = world(s).instruments[k]
    if t.service == _REVENUE_SHARE:
        return share_cents(max(0, project_at(s, p).site_cash_pa), t.savings_share)
    return annual_service_cents(t.service, cents, rate_pa, t.grace_quarters, t.quarters)


@kernel
def refinancing_rate(s: Run, k: int) -> float:
    """What the bank pays for the money: its own funding, or the refinancing provider's rate."""
    w, base = world(s), base_rate(s)
    t = w.instruments[k]
    if t.refinancer >= 0:
        return max(0.0, base - t.refinancing_discount)
    return float(base + w.funding_spread)


@kernel
def promised_cover(s: Run, k: int, g: int, cents: int) -> float:
    """Cover of a guarantee, or the loan's own liability exemption."""
    w = world(s)
    if g < 0:
        return float(w.instruments[k].exemption)
    return min(w.instruments[g].cover, w.instruments[g].cover_maximum / cents)


@kernel
def believed_cover(s: Run, k: int, g: int, cover: float, pd: float) -> float:
    """Cover that the bank counts on: less than promised if a portfolio cap will bite."""
    w = world(s)
    if g < 0 or w.instruments[g].cap_rate >= 1.0:
        return cover
    t = w.instruments[k]
    years = life_weight_years(t.service, refinancing_rate(s, k), pd, 0.0, t.quarters, t.grace_quarters)
    return effective_cover(cover, w.instruments[g].cap_rate, pd * w.lgd * years)


@kernel
def loan_rate(s: Run, k: int, cents: int, pd: float, cover: float, g: int) -> float:
    """The lower of the ladder and the cost-based rate; -1 if the ladder has no class."""
    w = world(s)
    t, base = w.instruments[k], base_rate(s)
    class_share = cover if g >= 0 and w.instruments[g].moves_class else 0.0
    top = ladder_rate(base + w.class_a_spread - t.rate_discount, pd, class_share)
    own = cost_based_rate(
        cents, refinancing_rate(s, k), pd, w.lgd, 1.0 - cover, w.capital, w.risk_weight, w.hurdle, w.margin,
        w.file_cost, t.service, t.quarters, t.grace_quarters,
    )  # fmt: skip
    if top < 0.0 and g >= 0 and t.refinancer < 0:
        return own
    return bank_rate(top, own)


@kernel
def debt_cover(s: Run, row: int, k: int, cents: int, rate_pa: float) -> float:
    """DSCR of the institution with the new loan, at the run-rate of what is live."""
    t, person = world(s).instruments[k], person_at(s, row)
    new = annual_service_cents(t.service, cents, rate_pa, t.grace_quarters, t.quarters)
    new += service_of_loans(s, row)
    return dscr(person.ebitda, person.debt_service, new, net_of_projects(s, row))


@kernel
def offer(s: Run, p: int, k: int, cents: int, g: int, wave: int) -> tuple[int, float, float, float, float]:
    """Answer, rate, refinancing rate, PD and cover of a loan, with a guarantee or without (-1)."""
    w, project = world(s), project_at(s, p)
    t, row = w.instruments[k], project.row
    cover, refinancing = promised_cover(s, k, g, cents), refinancing_rate(s, k)
    pd = institution_at(s, row).pd_now
    first_rate = loan_rate(s, k, cents, pd, believed_cover(s, k, g, cover, pd), g)
    if first_rate < 0.0:
        return PD_LIMIT, 0.0, 0.0, 0.0, 0.0
    rated = rate(s, row, annual_service_cents(t.service, cents, first_rate, t.grace_quarters, t.quarters))
    u = draw_of(s, row, k, _S_BANK_ERROR, draw_index(project.use_case, wave, project.attempt, 0))
    seen = expit(logit(rated) + normal(u, 0.0, w.error_sd_advised if project.advised else w.error_sd))
    believed = believed_cover(s, k, g, cover, seen)
    if seen > (w.pd_limit_covered if believed >= 0.5 else w.pd_limit):
        return PD_LIMIT, 0.0, 0.0, 0.0, 0.0
    rate_pa = loan_rate(s, k, cents, seen, believed, g)
    if rate_pa < 0.0:
        return PD_LIMIT, 0.0, 0.0, 0.0, 0.0
    if debt_cover(s, row, k, cents, rate_pa) < w.bank_dscr:
        return DSCR_LIMIT, 0.0, 0.0, 0.0, 0.0
    value = lender_value_cents(
        cents, rate_pa, refinancing, seen, w.lgd, 1.0 - believed, w.capital, w.risk_weight, w.hurdle,
        3 * t.quarters, 3 * t.grace_quarters, t.service, w.file_cost, w.running_cost, 0.0,
    )  # fmt: skip
    if value < 0:
        return NO_VALUE, 0.0, 0.0, 0.0, 0.0
    return GRANTED, rate_pa, refinancing, rated, cover
