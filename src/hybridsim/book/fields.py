"""Which tables the folder of a book holds: names, columns, types, units and meanings, in key order."""

from __future__ import annotations

from hybridsim.study.tables import METRICS, Field

FORMAT_VERSION = 2
"""Version of a book's folder; raised whenever a table or the manifest changes its shape."""

KINDS = ("obligor", "group", "sector", "land", "design", "instrument", "provider", "part")
"""By whom and what contributions are summed."""


def _names(*pairs: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(name, "string", "name", text) for name, text in pairs)


def _money(*pairs: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(name, "double", "EUR", text) for name, text in pairs)


def _decimals(*pairs: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(name, "double", "decimal", text) for name, text in pairs)


def _counts(*triples: tuple[str, str, str]) -> tuple[Field, ...]:
    return tuple(Field(name, "int64", unit, text) for name, unit, text in triples)


_TAIL = _money(
    ("el_eur", "expected loss of one year after guarantees"),
    ("var_eur", "contribution to the value at risk"),
    ("var_se_eur", "its standard error"),
    ("es_eur", "contribution to the expected shortfall"),
    ("es_se_eur", "its standard error"),
)
_ECL = _money(
    ("ecl_12m_eur", "expected credit loss of twelve months, scenarios weighted"),
    ("ecl_lifetime_eur", "expected credit loss of the remaining life, scenarios weighted"),
    ("ecl_eur", "provision: that of its stage"),
)

TABLES: dict[str, tuple[Field, ...]] = {
    "loans": (
        *_names(
            ("loan_id", "loan"),
            ("obligor_id", "who owes it"),
            ("group_id", "group of connected clients"),
            ("part", "part of the book"),
            ("sector", "sector"),
            ("land", "Land or region"),
            ("design", "funding-ecosystem design"),
            ("instrument", "instrument"),
            ("provider", "who lends"),
            ("guarantor_id", "who guarantees it; empty: nobody"),
        ),
        *_money(
            ("exposure_eur", "exposure at default"),
            ("cover_cap_eur", "most that the guarantor pays for all loans with the same cap; null: no cap"),
        ),
        *_decimals(
            ("pd", "one-year probability of default"),
            ("lgd", "loss given default before guarantees"),
            ("cover_rate", "share of the loss that the guarantee covers"),
            ("rate_pa", "yearly rate"),
        ),
        Field("maturity_months", "double", "months", "remaining life"),
        *_TAIL,
        *_counts(("stage", "stage", "stage 1, 2 or 3 under IFRS 9")),
        *_ECL,
        *_decimals(
            ("rw_standardised", "risk weight of the standardised approach, after guarantee and SME factor"),
            ("rw_irb", "risk weight of the internal ratings based approach, likewise"),
        ),
        *_money(
            ("capital_eur", "required capital under the rules, before the output floor, which binds totals"),
            ("economic_capital_eur", "contribution to the shortfall less expected loss"),
        ),
        *_decimals(
            ("raroc", "return on risk-adjusted capital per year; null without capital"),
            ("break_even_margin_pa", "margin over funding at which the return meets the hurdle"),
        ),
    ),
    "contributions": (
        *_names(("kind", f"one of {', '.join(KINDS)}"), ("name", "which one")),
        *_counts(("loans", "loans", "number of loans")),
        *_money(("exposure_eur", "exposure at default")),
        *_TAIL,
        *_money(("ecl_eur", "provision"), ("capital_eur", "required capital under the rules")),
        *_decimals(
            ("exposure_share", "share of the book's exposure"),
            ("el_share", "share of its expected loss"),
            ("es_share", "share of its expected shortfall"),
        ),
    ),
    "distribution": (
        *_money(("loss_eur", "loss of one year")),
        *_decimals(
            ("exceedance", "probability of a loss above it"),
            ("ci_low", "lower end of the 95 % interval of the probability"),
            ("ci_high", "upper end"),
        ),
    ),
    "concentration": (
        *_names(("kind", "obligor, group, sector, ..."), ("measure", "exposure or es")),
        *_counts(("names", "names", "how many there are")),
        Field("hhi", "double", "index", "Herfindahl-Hirschman index, sum of squared shares"),
        Field("effective_names", "double", "names", "its inverse"),
        Field("gini", "double", "index", "Gini coefficient"),
        *_decimals(
            ("top_share", "share of the largest"),
            ("top10_share", "share of the ten largest"),
        ),
    ),
    "lorenz": (
        *_names(("kind", "obligor, group, sector, ..."), ("measure", "exposure or es")),
        *_decimals(("names_share", "share of the names, smallest first"), ("held_share", "what they hold")),
    ),
    "stresses": (
        *_names(("stress", "name"), ("text", "which factor is moved by how much")),
        *_money(
            ("el_eur", "expected loss of the year under it"),
            ("el_low_eur", "lower end of its 95 % interval; empty where it is computed, not sampled"),
            ("el_high_eur", "upper end"),
            ("var_eur", "value at risk under it"),
            ("var_low_eur", "lower end of its 95 % interval"),
            ("var_high_eur", "upper end"),
            ("es_eur", "expected shortfall under it"),
            ("es_low_eur", "lower end of its 95 % interval"),
            ("es_high_eur", "upper end"),
            ("ecl_eur", "expected credit losses under it alone; provisions weigh several courses"),
            ("capital_eur", "required capital once ratings have followed"),
        ),
    ),
    "models": (
        *_names(("model", "which model of the same book"), ("text", "what it knows of the book")),
        *_money(
            ("el_eur", "expected loss of the year"),
            ("var_eur", "value at risk at the book's level"),
            ("es_eur", "expected shortfall; null for a limit that has none"),
        ),
    ),
    "reverse_stress": (
        *_money(("loss_eur", "expected loss of the year that is asked for")),
        *_names(("reach", "all factors together, or one factor alone"), ("factor", "factor")),
        Field("state_sd", "double", "standard deviations", "most likely state; below 0 is bad"),
        *_decimals(
            ("probability", "of a state at least as bad in this direction; null if out of reach"),
        ),
    ),
    "cash_flows": (
        *_names(("loan_id", "loan")),
        Field("month", "double", "months", "from now"),
        *_money(
            ("interest_eur", "interest due"),
            ("principal_eur", "principal due"),
            ("balance_eur", "owed afterwards"),
            ("expected_interest_eur", "interest expected of survivors"),
            ("expected_principal_eur", "principal expected of survivors"),
            ("expected_recovery_eur", "expected from estates"),
            ("expected_payout_eur", "expected from guarantors"),
        ),
    ),
    "provisions": (
        *_counts(("stage", "stage", "stage under IFRS 9"), ("loans", "loans", "number of loans")),
        *_money(("exposure_eur", "exposure at default")),
        *_ECL,
    ),
    "pd_terms": (
        *_names(
            ("kind", "total, design or grade"),
            ("name", "which one; of a grade that no rating tells a range of PDs"),
            ("scenario", "course of the economy"),
        ),
        *_counts(("year", "years", "year from now, counted from 1")),
        *_decimals(
            ("marginal_pd", "probability, seen from now, to default in this year"),
            ("cumulative_pd", "probability to default by its end"),
        ),
        *_counts(("loans", "loans", "number of loans")),
        *_money(("exposure_eur", "exposure at default")),
    ),
    "capital": (
        *_names(("measure", "which capital"), ("text", "what it is")),
        *_money(
            ("rwa_eur", "risk-weighted amount; 0 where there is none"),
            ("capital_eur", "capital: 8 % of it, or economic capital"),
            ("held_eur", "capital at the bank's own ratio"),
        ),
    ),
    "pricing": (
        *_names(("kind", "total, design, instrument, provider or part"), ("name", "which one")),
        *_money(
            ("exposure_eur", "exposure at default of loans not in default"),
            ("income_eur", "interest of one year"),
            ("funding_eur", "cost of funding"),
            ("running_cost_eur", "cost of administration"),
            ("expected_loss_eur", "expected loss of one year"),
            ("net_income_eur", "what is left"),
            ("capital_eur", "own funds held for the risk-weighted amount"),
            ("value_added_eur", "net income less the hurdle rate on the capital"),
        ),
        *_decimals(
            ("raroc", "net income per capital and year; null without capital or if a rate is unknown"),
            ("margin_pa", "interest less funding per exposure; null if a rate is unknown"),
            ("break_even_margin_pa", "margin over funding at which the return meets the hurdle"),
        ),
    ),
    "guarantees": (
        *_names(("measure", "what is compared"), ("unit", "unit of the figures")),
        *(
            Field(name, "double", "see unit", text)
            for name, text in (
                ("without", "without the guarantees"),
                ("with_them", "with them"),
                ("worth", "difference: what they are worth"),
                ("ci_low", "lower end of its 95 % interval; null if it is exact"),
                ("ci_high", "upper end"),
            )
        ),
    ),
    "futures": (
        *_counts(("replication", "index", "future of the run; empty without a run")),
        *_money(
            ("exposure_eur", "exposure at default"),
            ("expected_loss_eur", "expected loss of the year"),
            ("var_eur", "its own value at risk"),
            ("es_eur", "its own expected shortfall"),
        ),
        *_decimals(("beyond", "probability of a loss above the mixture's value at risk")),
    ),
    "rejected": (
        *_counts(("source_row", "row", "row of the tape: its header is row 1; of a frame, counted from 0")),
        *_names(
            ("outcome", "rejected, or left out by a rule of the mapping"),
            ("loan_id", "loan, if it can be read"),
            ("column", "column of the tape"),
            ("value", "what stands there"),
            ("reason", "what is wrong and what is allowed, or the rule"),
        ),
        *_money(("exposure_eur", "exposure at default; null if it cannot be read")),
        *_names(("cells", "the whole row as JSON")),
    ),
}  # fmt: skip
"""Result tables in the order of the digest; rows stand in the order of their key columns."""

NULLABLE = {
    "loans": ("cover_cap_eur", "raroc", "break_even_margin_pa", "rate_pa"),
    "models": ("var_eur", "es_eur"),
    "reverse_stress": ("state_sd", "probability"),
    "pricing": ("raroc", "margin_pa", "break_even_margin_pa"),
    "guarantees": ("ci_low", "ci_high"),
    "stresses": (
        "el_low_eur", "el_high_eur", "var_eur", "var_low_eur", "var_high_eur", "es_eur", "es_low_eur",
        "es_high_eur",
    ),
    "rejected": ("exposure_eur",),
    "metrics": ("value", "se", "ci_low", "ci_high"),
}  # fmt: skip
"""Columns that may be null; a NaN anywhere else is a fault of the model."""

__all__ = ["FORMAT_VERSION", "KINDS", "METRICS", "NULLABLE", "TABLES", "Field"]
