"""Against the test cases that the ACTUS Financial Research Foundation publishes (CC BY-SA 4.0).

The files lie beside the project and are not part of it. The terms know fixed rates only, but a path of rates
once observed is a path of agreed ones, so the floating cases are compared as well.
"""

import numpy as np
import pytest

from hybridsim.finance.schedule import schedule
from tests.support.actus import FOLDER, Case, cases, day, left_out, terms_of

KINDS = {"RR": "RRF"}
"""A rate observed and a rate agreed are one kind here."""

LEFT_OUT = {
    "lam17": "interest is not counted on the balance",
    "lam21": "accrued interest lowers the price that a borrower gets for taking the debt over",
    "lam25": "the balance follows an index",
}
"""All three follow a market rate, too; no case of fixed rates is left out."""

PRESENT = FOLDER.is_dir()
ALL = [case for kind in ("pam", "lam", "ann", "lax") for case in cases(kind)] if PRESENT else []
needs_cases = pytest.mark.skipif(not PRESENT, reason="no ../shared/data/actus beside the project")


@needs_cases
@pytest.mark.parametrize("case", [case for case in ALL if not left_out(case)], ids=lambda case: case.name)
def test_a_published_case_agrees_in_date_type_amount_and_balance_of_every_row(case: Case):
    table = schedule(terms_of(case))
    assert table.kind.tolist() == [KINDS.get(row["eventType"], row["eventType"]) for row in case.rows]
    assert table.day.tolist() == [day(row["eventDate"]) for row in case.rows]
    for column, name, sign in (
        (table.cash, "payoff", case.sign),
        (table.balance, "notionalPrincipal", case.sign),
        (table.accrued, "accruedInterest", case.sign),
        (table.rate_pa, "nominalInterestRate", 1.0),
    ):
        published = np.array([float(row[name]) for row in case.rows])
        np.testing.assert_allclose(sign * column, published, rtol=0, atol=1e-6, err_msg=name)


@needs_cases
def test_the_cases_left_out_are_these_and_each_has_its_reason():
    assert {case.name: reason for case in ALL if (reason := left_out(case))} == LEFT_OUT
