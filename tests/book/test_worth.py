"""What guarantees are worth: against the same book analysed without them, and loan by loan."""

from __future__ import annotations

import numpy as np
import pytest

from hybridsim.book.amortisation import contracts
from hybridsim.book.api import book
from hybridsim.book.pricing import life_years
from hybridsim.book.settings import RuleSettings
from hybridsim.book.tape import read_tape
from tests.book.books import QUICK, small_tape

RULES = RuleSettings()


@pytest.fixture(scope="module")
def covered():
    return book(small_tape(), settings=QUICK)


@pytest.fixture(scope="module")
def bare():
    return book(small_tape(cover=False), settings=QUICK)


def figure(found, metric):
    rows = found.metrics[(found.metrics["metric"] == metric) & (found.metrics["scope"] == "total")]
    return rows.iloc[0]


def test_without_is_the_book_that_never_had_guarantees(covered, bare):
    table = covered.tables["guarantees"].set_index("measure")
    held = RULES.capital_ratio * np.array([figure(x, "rwa_eur")["value"] for x in (bare, covered)])
    wanted = {
        "expected loss of a year": [figure(x, "expected_loss_eur")["value"] for x in (bare, covered)],
        "expected shortfall": [figure(x, "loss_es_eur")["value"] for x in (bare, covered)],
        "own funds for the risk-weighted amount": held.tolist(),
        "break-even margin, capital by the rules": [
            figure(x, "break_even_margin_pa")["value"] for x in (bare, covered)
        ],
    }
    for x, name in ((bare, "without"), (covered, "with_them")):
        loans = x.loans
        cost = RULES.running_cost_pa * loans["exposure_eur"] + loans["el_eur"]
        needed = cost + RULES.cost_of_capital_pa * loans["economic_capital_eur"]
        margin = needed.sum() / loans["exposure_eur"].sum()
        told = table.loc["break-even margin, capital by the loss distribution", name]
        assert told == pytest.approx(margin, rel=1e-5)
    for measure, (without, with_them) in wanted.items():
        row = table.loc[measure]
        # Amounts are rounded to cents loan by loan.
        assert row[["without", "with_them"]].tolist() == pytest.approx([without, with_them], abs=0.2)
        assert row["worth"] == pytest.approx(row["without"] - row["with_them"], abs=1e-6)


def test_a_year_is_worth_the_loss_spared_and_the_hurdle_on_the_capital_spared(covered, bare):
    shortfalls, losses = (
        [figure(x, m) for x in (bare, covered)] for m in ("loss_es_eur", "expected_loss_eur")
    )
    saved, less = (pair[0]["value"] - pair[1]["value"] for pair in (shortfalls, losses))
    hurdle = RULES.cost_of_capital_pa
    worth = figure(covered, "guarantee_worth_pa_eur")
    assert worth["value"] == pytest.approx((1.0 - hurdle) * less + hurdle * saved, abs=0.05)
    error = np.hypot(shortfalls[0]["se"], shortfalls[1]["se"])
    assert worth["se"] == pytest.approx(hurdle * error, rel=1e-6)
    assert figure(covered, "guarantee_es_eur")["se"] == pytest.approx(error, rel=1e-6)
    held = RULES.capital_ratio * (figure(bare, "rwa_eur")["value"] - figure(covered, "rwa_eur")["value"])
    assert figure(covered, "guarantee_capital_eur")["value"] == pytest.approx(held, abs=0.2)


def test_over_the_lives_of_the_loans_each_is_worth_its_years(covered, bare):
    tape = read_tape(small_tape()).frame.sort_values("loan_id", ignore_index=True)
    lives = contracts(tape, RULES.payment_months, RULES.funding_rate_pa)
    years = life_years(lives, tape["pd"], RULES.funding_rate_pa)
    loss = (bare.loans["el_eur"] - covered.loans["el_eur"]).to_numpy()
    capital = (bare.loans["economic_capital_eur"] - covered.loans["economic_capital_eur"]).to_numpy()
    by_hand = ((loss + RULES.cost_of_capital_pa * capital) * years).sum()
    assert figure(covered, "guarantee_life_eur")["value"] == pytest.approx(by_hand, abs=0.5)
