"""Risk: who defaults and why, and what lenders, guarantors and the public lose."""

from __future__ import annotations

from functools import partial

from hybridsim.study.metric import Metric, Statistic

_risk = partial(Metric, "risk")
_TAIL_MEASURES: tuple[tuple[str, str, Statistic], ...] = (
    ("var", "value at risk", "quantile"),
    ("es", "expected shortfall", "shortfall"),
)
_LEVELS = ((0.90, "90"), (0.95, "95"), (0.99, "99"), (0.999, "99_9"))

_DEFAULTS = (
    _risk(
        "default_rate_pa", "per year", "defaults per institution and year under risk, all institutions",
        "defaults", "institution_years",
    ),
    _risk(
        "default_rate_financed_pa", "per year",
        "defaults per year under risk of institutions with a started project",
        "defaults_financed", "financed_years", title="default rate of financed institutions",
    ),
    _risk(
        "rated_default_rate_financed_pa", "per year",
        "expected defaults of the same institutions in the same futures at their ratings, without projects",
        "base_hazard_financed", "financed_years",
    ),
    _risk(
        "induced_default_rate_pa", "per year",
        "what projects and their financing add to it: a higher expected rate, and exhausted liquidity",
        "hazard_financed - base_hazard_financed + defaults_liquidity", "financed_years",
        title="  added by projects and their finance",
    ),
    _risk(
        "induced_by_rating_pa", "per year", "of this: debt, margins, liquidity and failure move the rating",
        "hazard_financed - base_hazard_financed", "financed_years",
    ),
    _risk(
        "induced_by_liquidity_pa", "per year", "of this: a project exhausts liquidity and credit line",
        "defaults_liquidity", "financed_years",
    ),
    _risk(
        "selection_default_rate_pa", "per year",
        "rated rate of financed institutions less that of the whole population: who takes part",
        "base_hazard_financed - rated_defaults_financed", "financed_years",
    ),
    _risk(
        "liquidity_share_of_defaults", "share",
        "share of defaults because a project exhausted liquidity and credit line",
        "defaults_liquidity", "defaults", if_undefined="nobody defaulted",
    ),
)  # fmt: skip

_NO_LOANS = "no loan was disbursed"
_NO_LOSS = "there was nothing to bear"

_LOANS = (
    _risk("loans", "loans", "project loans disbursed", "loans"),
    _risk("lent_eur", "EUR", "loan principal disbursed", "lent_cents"),
    _risk(
        "loan_default_rate", "share", "share of project loans that defaulted, run-off included",
        "loans_defaulted", "loans", title="loans that default", if_undefined=_NO_LOANS,
    ),
    _risk("ead_eur", "EUR", "exposure of project loans at default, run-off included", "ead_cents"),
    _risk(
        "loss_given_default", "share", "share of the exposure at default that the estate does not meet",
        "ead_cents - recovered_cents", "ead_cents", if_undefined="no loan defaulted",
    ),
    _risk(
        "expected_loss_eur", "EUR", "lenders' expected loss on project loans after recoveries and payouts",
        "loss_cents", title="expected loss of lenders",
    ),
    _risk(
        "expected_loss_horizon_eur", "EUR", "lenders' expected loss from defaults within the horizon",
        "loss_horizon_cents",
    ),
    _risk(
        "loss_rate_on_lent", "share", "lenders' loss per euro lent",
        "loss_cents", "lent_cents", title="expected loss per euro lent", if_undefined=_NO_LOANS,
    ),
    _risk("payout_eur", "EUR", "guarantee payouts and liability exemptions", "payout_cents"),
    _risk(
        "public_share_of_loss", "share",
        "share of lenders' losses and payouts together that public providers bear",
        "loss_public_cents", "loss_cents + payout_cents", if_undefined=_NO_LOSS,
    ),
    _risk(
        "written_off_eur", "EUR", "principal written off against borrowers in default", "written_off_cents"
    ),
    _risk(
        "forgiven_eur", "EUR", "given up by investors without a default (revenue shares, outcome contracts)",
        "forgiven_cents",
    ),
)  # fmt: skip

_TAIL = tuple(
    _risk(
        f"loss_{short}_{label}_eur", "EUR", f"{long} of lenders' loss at {level:.1%}",
        "loss_cents", statistic=statistic, level=level, title=f"{long} of the loss, {level:.1%}",
    )
    for short, long, statistic in _TAIL_MEASURES
    for level, label in _LEVELS
)  # fmt: skip

_INSTRUMENTS = (
    _risk("granted_eur", "EUR", "amount granted and used at a close", "granted_cents", scope="instrument"),
    _risk(
        "default_share_of_volume", "share", "exposure at default per euro granted",
        "defaulted_cents", "granted_cents", scope="instrument", if_undefined="nothing was granted",
    ),
    _risk(
        "expected_loss_eur", "EUR", "expected loss borne by its provider", "loss_cents", scope="instrument",
    ),
    _risk(
        "loss_rate_on_granted", "share", "loss borne by its provider per euro granted",
        "loss_cents", "granted_cents", scope="instrument", if_undefined="nothing was granted",
    ),
    _risk(
        "payout_eur", "EUR", "payouts made on it by others (loans), or by it (guarantees, exemptions)",
        "payout_cents", scope="instrument",
    ),
)  # fmt: skip

_YEARS = (
    _risk(
        "default_share", "share", "institutions that defaulted in the year, per institution at the start",
        "defaults", "institutions", scope="year",
    ),
    _risk("lent_eur", "EUR", "loan principal disbursed in the year", "lent_cents", scope="year"),
    _risk(
        "outstanding_eur", "EUR", "loan principal outstanding at the end of the year", "outstanding_cents",
        scope="year",
    ),
    _risk("ead_eur", "EUR", "exposure of loans that defaulted in the year", "ead_cents", scope="year"),
    _risk("expected_loss_eur", "EUR", "lenders' expected loss of the year", "loss_cents", scope="year"),
)  # fmt: skip

_TYPES = (
    _risk(
        "default_share", "share", "institutions that defaulted within the horizon, per institution",
        "defaults", "institutions", scope="type",
    ),
    _risk("lent_eur", "EUR", "loan principal disbursed", "lent_cents", scope="type"),
    _risk("ead_eur", "EUR", "exposure at default", "ead_cents", scope="type"),
    _risk("expected_loss_eur", "EUR", "lenders' expected loss", "loss_cents", scope="type"),
    _risk(
        "loss_rate_on_lent", "share", "lenders' loss per euro lent", "loss_cents", "lent_cents", scope="type",
    ),
)  # fmt: skip

METRICS: tuple[Metric, ...] = (*_DEFAULTS, *_LOANS, *_TAIL, *_INSTRUMENTS, *_YEARS, *_TYPES)
"""Metrics of risk."""
