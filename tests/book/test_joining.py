"""A tape and a run as one book: factors drawn by their definition, and obligors that stay what they were."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hybridsim.book.assembly import assemble
from hybridsim.book.columns import BY_NAME, NAMES
from hybridsim.book.joining import joined, joined_state, with_loadings
from hybridsim.book.settings import BookSettings
from hybridsim.core.errors import InputError
from hybridsim.credit.factor_state import FactorState, point_in_time, through_the_cycle
from hybridsim.credit.factors import factor_model
from hybridsim.credit.portfolio import residuals

RUN = factor_model(
    ["economy", "labour"], [[0.5, 0.0], [0.1, 0.6]], [[1.0, -0.3], [-0.3, 1.0]]
)  # fmt: skip
TAPE_CORRELATION = np.array([[1.0, 0.4, 0.2], [0.4, 1.0, 0.3], [0.2, 0.3, 1.0]])
TAPE = FactorState(
    ("land:NW", "economy", "sector:home"), TAPE_CORRELATION, np.array([0.3, -0.2, 0.0]),
    np.linalg.cholesky(TAPE_CORRELATION),
)  # fmt: skip


def tape(**columns: object) -> pd.DataFrame:
    """Three loans of a bank; everything else is a column's default."""
    frame = pd.DataFrame(
        {
            "loan_id": ["b1", "b2", "b3"], "obligor_id": ["A", "B", "both"], "exposure_eur": [100.0, 50, 70],
            "pd": [0.01, 0.02, 0.03], "lgd": 0.4, "sector": ["home", "home", ""], "land": ["NW", "BY", ""],
            "turnover_eur": 1e7, **columns,
        }
    )  # fmt: skip
    frame["group_id"] = frame["obligor_id"]
    for name in NAMES:
        if name not in frame:
            frame[name] = BY_NAME[name].default if name in BY_NAME else np.arange(len(frame))
    return frame[list(NAMES)]


def run_loans() -> pd.DataFrame:
    frame = tape(loan_id=["run-0-0", "run-0-1", "run-0-2"], obligor_id=["X", "Y", "both"], part="ai")
    return frame.assign(
        loading_economy=[0.2, 0.3, 0.25], loading_labour=[0.1, -0.2, 0.3], use_case="rostering"
    )


def test_joined_factors_are_those_of_their_definition():
    run = point_in_time(RUN, [-1.0, 0.5])
    state = joined_state(TAPE, run)
    assert state.names == ("economy", "labour", "land:NW", "sector:home")
    noise = np.random.default_rng(2)
    drawn = run.mean + noise.standard_normal((400_000, 2)) @ run.root.T
    # The tape's own factors given its economy, from its covariance; then the run's economy in its place.
    own, at = [0, 2], 1
    slope = TAPE_CORRELATION[own, at]
    rest = TAPE_CORRELATION[np.ix_(own, own)] - np.outer(slope, slope)
    noise_own = noise.multivariate_normal([0.0, 0.0], rest, 400_000)
    follow = TAPE.mean[own] + (drawn[:, :1] - TAPE.mean[at]) * slope + noise_own
    whole = np.hstack([drawn, follow])
    assert state.mean == pytest.approx(whole.mean(axis=0), abs=0.01)
    assert state.root @ state.root.T == pytest.approx(np.cov(whole.T), abs=0.01)
    assert np.allclose(state.root, np.tril(state.root))


def test_long_run_correlations_of_each_side_stay():
    state = joined_state(TAPE, through_the_cycle(RUN))
    assert state.correlation[:2, :2] == pytest.approx(np.array(RUN.correlation))
    places = [2, 0, 3]
    assert state.correlation[np.ix_(places, places)] == pytest.approx(TAPE_CORRELATION)
    assert state.root @ state.root.T == pytest.approx(state.correlation)
    assert np.linalg.eigvalsh(state.correlation).min() > 0.0


def test_what_a_tape_knows_of_its_own_factors_narrows_the_year_and_not_the_long_run():
    """Half the spread in the year that is known: a quarter of the variance given the economy."""
    known = FactorState(TAPE.names, TAPE.correlation, TAPE.mean, 0.5 * TAPE.root)
    state = joined_state(known, through_the_cycle(RUN))
    own, slope = [0, 2], TAPE_CORRELATION[[0, 2], 1]
    rest = TAPE_CORRELATION[np.ix_(own, own)] - np.outer(slope, slope)
    assert state.root[2:, 2:] @ state.root[2:, 2:].T == pytest.approx(0.25 * rest)
    places = [2, 0, 3]
    assert state.correlation[np.ix_(places, places)] == pytest.approx(TAPE_CORRELATION)


def test_without_a_common_factor_the_sides_are_independent():
    other = FactorState(("world",), np.eye(1), np.zeros(1), np.eye(1))
    state = joined_state(other, through_the_cycle(RUN))
    assert state.names == ("economy", "labour", "world")
    assert state.correlation[2, :2].tolist() == [0.0, 0.0]


def test_obligors_keep_their_variance_and_one_of_both_has_the_loadings_of_the_run():
    settings = BookSettings()
    alone = assemble(tape(), settings)
    own = with_loadings(
        tape(), alone.obligors["obligor_id"].tolist(), alone.portfolio.loadings, alone.dependence.factors
    )
    loans, run = run_loans(), through_the_cycle(RUN)
    frame, state = joined(own, alone.dependence.factors, loans, run)
    both = assemble(frame, settings, state)
    assert len(both.loans) == 6
    spread = dict(zip(both.obligors["obligor_id"], residuals(both.portfolio, state), strict=True))
    before = dict(
        zip(alone.obligors["obligor_id"], residuals(alone.portfolio, alone.dependence.factors), strict=True)
    )
    correlation = np.array(RUN.correlation)
    of_run = dict(
        zip(loans["obligor_id"], loans[["loading_economy", "loading_labour"]].to_numpy(), strict=True)
    )
    for name, value in spread.items():
        if name in of_run:
            assert value == pytest.approx(np.sqrt(1.0 - of_run[name] @ correlation @ of_run[name]))
        else:
            assert value == pytest.approx(before[name])
    assert set(spread) == {"A", "B", "X", "Y", "both"}
    assert both.loans.set_index("loan_id")["part"].to_dict()["run-0-1"] == "ai"


def test_loans_of_the_same_name_are_refused():
    state = through_the_cycle(RUN)
    loans = run_loans().assign(loan_id=["b2", "r1", "r2"])
    with pytest.raises(InputError, match="put together") as error:
        joined(with_loadings(tape(), [], np.zeros((0, 2)), state), state, loans, state)
    assert "'b2'" in str(error.value)
