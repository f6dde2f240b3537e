"""An analysed book of an invented bank, by brute force, so that the report is tested without the engine."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hybridsim.book import metrics as definitions
from hybridsim.book.fields import FORMAT_VERSION, KINDS, TABLES
from hybridsim.book.store import BookResult
from hybridsim.credit.concentration import gini, herfindahl, lorenz_curve

LEVEL, SCENARIOS = 0.999, 20_000
EVIL = "</script><script>window.evil = 1</script><img src=x onerror='window.evil = 2'> \"&amp; {0} %{y}"
FORMULA = '=HYPERLINK("http://evil.example","click")'


def spread(total_cents: int, weights: np.ndarray) -> np.ndarray:
    """Whole cents in proportion to weights that add up to the total."""
    shares = weights / weights.sum() * total_cents
    cents = np.floor(shares).astype(np.int64)
    cents[np.argsort(-(shares - cents), kind="stable")[: total_cents - int(cents.sum())]] += 1
    return cents / 100.0


def make_loans(names: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    exposure = np.round(rng.lognormal(12.5, 1.0, names), 2)
    pd_pa = np.round(rng.choice([0.004, 0.01, 0.02, 0.05], names), 4)
    return pd.DataFrame(
        {
            "loan_id": [f"L{i:03d}" for i in range(names)],
            "obligor_id": [f"Haus {i // 2:02d}" for i in range(names)],
            "group_id": [f"Group {i // 4}" for i in range(names)],
            "part": np.where(np.arange(names) % 5 == 0, "ai", "book"),
            "sector": rng.choice(["nursing_home", "hospital", "ambulatory"], names),
            "land": rng.choice(["BY", "NW", "SN"], names),
            "instrument": np.where(np.arange(names) % 3 == 0, "promotional_loan", "bank_loan"),
            "design": np.where(np.arange(names) % 5 == 0, "S6", "none"),
            "provider": "house bank",
            "guarantor_id": np.where(np.arange(names) % 4 == 0, "Land fund", ""),
            "exposure_eur": exposure,
            "cover_cap_eur": np.nan,
            "pd": pd_pa,
            "lgd": 0.45,
            "cover_rate": np.where(np.arange(names) % 4 == 0, 0.5, 0.0),
            "rate_pa": 0.045,
            "maturity_months": rng.integers(6, 120, names).astype(float),
        }
    )


def simulated(loans: pd.DataFrame, covered: bool = True) -> np.ndarray:
    """Losses per scenario and loan, one factor, shape (SCENARIOS, n)."""
    from scipy.special import ndtri

    rng = np.random.default_rng(11)
    state = rng.standard_normal((SCENARIOS, 1))
    own = rng.standard_normal((SCENARIOS, len(loans)))
    defaults = 0.45 * state + np.sqrt(1 - 0.45**2) * own < ndtri(loans["pd"].to_numpy())
    cover = loans["cover_rate"].to_numpy() if covered else 0.0
    return defaults * (loans["exposure_eur"] * loans["lgd"]).to_numpy() * (1.0 - cover)


def add_figures(loans: pd.DataFrame) -> pd.DataFrame:
    losses = simulated(loans)
    total = losses.sum(axis=1)
    var = float(np.quantile(total, LEVEL, method="inverted_cdf"))
    tail = total >= var
    el = loans["pd"] * loans["exposure_eur"] * loans["lgd"] * (1 - loans["cover_rate"])
    es = losses[tail].mean(axis=0)
    near = losses[(total > 0.9 * var) & (total < 1.1 * var)].mean(axis=0)
    found = loans.assign(
        el_eur=spread(round(el.sum() * 100), el.to_numpy()),
        var_eur=spread(round(var * 100), near),
        var_se_eur=0.2 * near,
        es_eur=spread(round(es.sum() * 100), es),
        es_se_eur=0.1 * es,
        stage=np.where(loans["pd"] > 0.03, 2, 1),
    )
    found["ecl_12m_eur"] = found["el_eur"]
    found["ecl_lifetime_eur"] = found["el_eur"] * np.maximum(found["maturity_months"] / 12, 1.0)
    found["ecl_eur"] = np.where(found["stage"] == 1, found["ecl_12m_eur"], found["ecl_lifetime_eur"])
    found["rw_standardised"], found["rw_irb"] = 0.75, 0.6
    found["capital_eur"] = 0.08 * 0.75 * found["exposure_eur"]
    found["economic_capital_eur"] = found["es_eur"] - found["el_eur"]
    found["raroc"] = np.where(np.arange(len(found)) % 7 == 0, np.nan, 0.11)
    found["break_even_margin_pa"] = 0.012
    return found[[field.name for field in TABLES["loans"]]]


def contributions(loans: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for kind in KINDS:
        key = f"{kind}_id" if kind in ("obligor", "group") else kind
        grouped = loans.groupby(key, sort=True)
        part = grouped[
            [
                "exposure_eur",
                "el_eur",
                "var_eur",
                "var_se_eur",
                "es_eur",
                "es_se_eur",
                "ecl_eur",
                "capital_eur",
            ]
        ].sum()
        part.insert(0, "loans", grouped.size())
        part = part.reset_index(names="name").sort_values("es_eur", ascending=False, kind="stable")
        for name in ("exposure", "el", "es"):
            part[f"{name}_share"] = part[f"{name}_eur"] / part[f"{name}_eur"].sum()
        parts.append(part.assign(kind=kind))
    return pd.concat(parts, ignore_index=True)


def frame(name: str, rows: list[tuple]) -> pd.DataFrame:
    fields = TABLES[name]
    types = {"int64": "int64", "double": "float64", "string": "str"}
    columns = {f.name: pd.Series([row[i] for row in rows], dtype=types[f.type]) for i, f in enumerate(fields)}
    return pd.DataFrame(columns)


def make_tables(loans: pd.DataFrame, rejected: int) -> dict[str, pd.DataFrame]:
    total = simulated(loans).sum(axis=1)
    grid = np.linspace(0.0, float(total.max()), 60)
    above = [float((total > x).mean()) for x in grid]
    lorenz = []
    concentration = []
    for kind in ("obligor", "group"):
        for measure in ("exposure", "es"):
            amounts = loans.groupby(f"{kind}_id")[f"{measure}_eur"].sum().to_numpy()
            share = np.sort(amounts)[::-1] / amounts.sum()
            index = herfindahl(amounts)
            concentration.append(
                (kind, measure, len(amounts), index, 1 / index, gini(amounts), share[0], share[:10].sum())
            )
            lorenz += [
                (kind, measure, float(a), float(b)) for a, b in zip(*lorenz_curve(amounts), strict=True)
            ]
    el = loans["el_eur"].sum()
    money = [
        float(loans[name].sum()) for name in ("exposure_eur", "ecl_12m_eur", "ecl_lifetime_eur", "ecl_eur")
    ]
    return {
        "loans": loans,
        "contributions": contributions(loans)[[field.name for field in TABLES["contributions"]]],
        "distribution": frame(
            "distribution",
            [(x, p, 0.9 * p, min(1.0, 1.1 * p)) for x, p in zip(grid.tolist(), above, strict=True)],
        ),
        "concentration": frame("concentration", concentration),
        "lorenz": frame("lorenz", lorenz),
        "stresses": frame(
            "stresses",
            [
                (
                    "base",
                    "as it is",
                    el,
                    0.9 * el,
                    1.1 * el,
                    4e6,
                    3.9e6,
                    4.1e6,
                    5e6,
                    4.9e6,
                    5.1e6,
                    1.1 * el,
                    4e5,
                ),
                (
                    "severe",
                    "economy given as -2.0",
                    3 * el,
                    np.nan,
                    np.nan,
                    6e6,
                    5.9e6,
                    6.1e6,
                    7e6,
                    6.9e6,
                    7.1e6,
                    3 * el,
                    5e5,
                ),
            ],
        ),
        "models": frame(
            "models",
            [
                ("simulated", "this page", el, 4e6, 5e6),
                ("one factor, limit", "the IRB formula", el, 3.5e6, np.nan),
            ],
        ),
        "reverse_stress": frame(
            "reverse_stress",
            [
                (5e5, "all", "economy", -1.8, 0.03),
                (5e5, "all", "sector:hospital", -0.4, 0.03),
                (5e5, "economy", "economy", -2.1, 0.018),
                (5e5, "sector:hospital", "sector:hospital", np.nan, np.nan),
            ],
        ),
        "cash_flows": frame(
            "cash_flows",
            [
                (loan, float(m), 10.0, 100.0, 900.0, 9.9, 98.0, 1.0, 0.5)
                for loan in loans["loan_id"]
                for m in (1, 2)
            ],
        ),
        "provisions": frame("provisions", [(1, 30, *money), (2, 10, *money), (3, 0, 0.0, 0.0, 0.0, 0.0)]),
        "pd_terms": frame(
            "pd_terms",
            [
                (*group, "weighted", y, 0.005, 1 - 0.995**y, 40, money[0])
                for group in (("total", "all"), ("design", "S6"), ("design", "none"), ("grade", "0.5 %"))
                for y in range(1, 6)
            ],
        ),
        "capital": frame(
            "capital",
            [
                ("standardised", "CRR III standardised approach", 5e6, 4e5, 4.5e5),
                ("irb_before_floor", "CRR III internal ratings based", 4e6, 3.2e5, 3.6e5),
                ("required", "IRB with output floor", 4e6, 3.2e5, 3.6e5),
                ("economic_es", "expected shortfall less expected loss", 0.0, 1.6e6, 1.6e6),
            ],
        ),
        "pricing": frame(
            "pricing",
            [
                ("total", "all", 1e7, 5e5, 3e5, 3e4, 5e4, 1.2e5, 1e6, 4e4, 0.12, 0.02, 0.011),
                ("design", "S6", 3e6, 2e5, 1e5, 1e4, 2e4, 7e4, 4e5, 3e4, 0.175, 0.033, 0.021),
                ("design", "none", 7e6, 3e5, 2e5, 2e4, 3e4, 5e4, 6e5, 1e4, 0.083, 0.014, 0.009),
                ("instrument", "bank_loan", 6e6, 3e5, 2e5, 2e4, 3e4, 5e4, 5e5, 1e4, 0.10, 0.017, 0.012),
                (
                    "instrument",
                    "promotional_loan",
                    4e6,
                    1e5,
                    1e5,
                    1e4,
                    2e4,
                    -3e4,
                    0.0,
                    0.0,
                    np.nan,
                    np.nan,
                    np.nan,
                ),
            ],
        ),
        "guarantees": frame(
            "guarantees",
            [
                ("expected loss", "EUR", 1.2 * el, el, 0.2 * el, np.nan, np.nan),
                ("expected shortfall", "EUR", 5.5e6, 5e6, 5e5, 4.8e5, 5.2e5),
                ("break-even margin", "per year", 0.013, 0.012, 0.001, np.nan, np.nan),
            ],
        ),
        "futures": frame("futures", []),
        "rejected": frame(
            "rejected",
            [
                (17 + i, "rejected", f"R{i}", "pd", FORMULA, "is no decimal; write 0.015", np.nan, "{}")
                for i in range(rejected)
            ],
        ),
    }


def make_metrics(loans: pd.DataFrame) -> pd.DataFrame:
    el, var, es = (round(float(loans[name].sum()), 2) for name in ("el_eur", "var_eur", "es_eur"))
    exact = "exact: sum of PD times loss given default"
    sampled = "importance sampling, 20,000 scenarios"
    values = {
        ("exposure_eur", "total"): (round(float(loans["exposure_eur"].sum()), 2), None, "sum of the tape"),
        ("loans", "total"): (float(len(loans)), None, "count"),
        ("obligors", "total"): (float(loans["obligor_id"].nunique()), None, "count"),
        ("rejected_rows", "total"): (2.0, None, "count"),
        ("left_out_rows", "total"): (0.0, None, "count"),
        ("expected_loss_eur", "total"): (el, None, exact),
        ("expected_loss_rate", "total"): (el / float(loans["exposure_eur"].sum()), None, exact),
        ("loss_sd_eur", "total"): (3 * el, 0.01, sampled),
        ("loss_var_eur", "total"): (var, 0.009, sampled),
        ("loss_es_eur", "total"): (es, 0.008, sampled),
        ("loss_var_eur", "level:0.99"): (0.6 * var, 0.009, sampled),
        ("loss_es_eur", "level:0.99"): (0.7 * es, 0.008, sampled),
        ("added_es_eur", "part:ai"): (0.1 * es, 0.05, sampled),
        ("economic_capital_eur", "total"): (es - el, 0.008, sampled),
        ("capital_eur", "total"): (float(loans["capital_eur"].sum()), None, "CRR III"),
        ("ecl_eur", "total"): (float(loans["ecl_eur"].sum()), None, "IFRS 9"),
        ("guarantee_worth_pa_eur", "total"): (12_345.0, 0.03, sampled),
        ("guarantee_el_eur", "total"): (0.2 * el, None, exact),
        ("guarantee_es_eur", "total"): (5e5, 0.04, sampled),
        ("guarantee_capital_eur", "total"): (2e4, None, "CRR III"),
        ("raroc", "total"): (0.12, None, "see docs"),
        ("break_even_margin_pa", "total"): (0.011, None, "see docs"),
        ("scenarios", "total"): (20_000.0, None, "count"),
        ("effective_tail_scenarios", "total"): (3_100.0, None, "Kish"),
        ("precision_reached", "total"): (0.009, None, "half-width"),
    }
    rows = []
    for (metric, scope), (value, half, method) in values.items():
        ends = (np.nan, np.nan, np.nan) if half is None else (half / 2, 1 - half, 1 + half)
        rows.append(
            (metric, scope, value, definitions.UNITS[metric], *(value * end for end in ends), 20_000, method)
        )
    columns = ["metric", "scope", "value", "unit", "se", "ci_low", "ci_high", "n", "method"]
    return pd.DataFrame(rows, columns=columns)


def make_book(
    names: int = 40, title: str = "House bank", rejected: int = 2, evil: str = "", currency: str = "EUR"
) -> BookResult:
    """An analysed book; ``evil`` is put wherever the tape may name something."""
    plain = make_loans(names)
    if evil:
        plain["obligor_id"] = evil + plain["obligor_id"]
        plain["sector"] = evil
        plain["design"] = evil + plain["design"]
        plain["instrument"] = FORMULA
    loans = add_figures(plain)
    manifest = {
        "program": "hybridsim",
        "kind": "book",
        "format_version": FORMAT_VERSION,
        "versions": {"hybridsim": "0.1.0"},
        "title": title,
        "seed": 5,
        "level": LEVEL,
        "currency": currency,
        "tape": {"name": "tape.csv", "sha256": "ab" * 32, "rows": names + rejected},
        "settings": {"model": {"copula": "gaussian"}, "simulation": {"seed": 5}},
        "assumptions": [{"path": "rules.cost_of_capital", "value": "0.1", "source": "assumption"}],
        "notes": ["two rows were rejected"] if rejected else [],
        "metrics": {"definitions": definitions.describe(currency)},
        "timings": {"began": "2027-01-01T00:00:00+00:00", "seconds": 1.0},
    }
    return BookResult(manifest, make_metrics(loans), make_tables(loans, rejected))
