"""Expected credit losses under IFRS 9: stages, 12-month and lifetime, scenario weights.

n loans, T periods of equal length (``periods_per_year`` of them in a year), Y years. Loans that were bought
credit-impaired (5.4.1(a)) and revolving credit (5.5.20) are not covered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, Integers, check_between, column

if TYPE_CHECKING:
    import numpy.typing as npt
    from numpy.typing import ArrayLike

DAYS_TO_STAGE_2 = 30
"""5.5.11: more days past due than this are presumed a significant increase in credit risk."""
DAYS_TO_STAGE_3 = 90
"""B5.5.37: default does not occur later than when a loan is this many days past due."""
_ROUNDING = 1e-9


def marginal_pds(pd_pa: ArrayLike, periods: int, periods_per_year: int) -> Floats:
    """Probability, seen from today, to default in each of the coming periods, (n, periods).

    ``pd_pa`` is (n,), the same in each year, or (n, Y): the PD of each year given survival to its start; the
    last one goes on. The hazard is constant within a year: the survival of a period is ``(1 - p)^(1 /
    periods_per_year)``.
    """
    if periods < 1 or periods_per_year < 1:
        raise ValueError(f"periods(={periods}) and periods_per_year(={periods_per_year}) must be >= 1")
    yearly = np.atleast_1d(np.asarray(pd_pa, dtype=np.float64))
    if yearly.ndim == 1:
        yearly = yearly[:, None]
    if yearly.ndim != 2 or yearly.shape[1] == 0:
        raise ValueError(f"pd_pa has shape {yearly.shape}; it must be (n,) or (n, years)")
    check_between("pd_pa", yearly, 0.0, 1.0)
    year = np.minimum(np.arange(periods) // periods_per_year, yearly.shape[1] - 1)
    kept = (1.0 - yearly[:, year]) ** (1.0 / periods_per_year)
    alive = np.concatenate((np.ones((yearly.shape[0], 1)), np.cumprod(kept, axis=1)), axis=1)
    return alive[:, :-1] * (1.0 - kept)


def migration_pds(matrix: ArrayLike, years: int) -> Floats:
    """PDs of each coming year given survival to its start, by grade, (R, years), for :func:`marginal_pds`.

    Parameters
    ----------
    matrix
        (R + 1, R + 1) yearly migration probabilities between R grades and default, which comes last and is
        never left.
    years
        Y >= 1.

    The Markov chain ``C_t = (M^t)_(r, default)`` gives the cumulative PDs (Jarrow, Lando and Turnbull, 1997,
    under the real measure); the forward ones are ``(C_t - C_(t-1)) / (1 - C_(t-1))``.

    Raises
    ------
    ValueError
        If the matrix is not square, a row does not add up to 1 or default can be left.
    """
    moves = np.asarray(matrix, dtype=np.float64)
    if moves.ndim != 2 or moves.shape[0] != moves.shape[1] or moves.shape[0] < 2:
        raise ValueError(f"matrix has shape {moves.shape}; it must be square with default as its last grade")
    if years < 1:
        raise ValueError(f"years(={years}) must be >= 1")
    check_between("matrix", moves, 0.0, 1.0)
    sums = moves.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1.0) > _ROUNDING)
    if wrong.size:
        raise ValueError(f"row {int(wrong[0])} of matrix adds up to {sums[wrong[0]]:.9g}; it must be 1")
    if moves[-1, -1] != 1.0:
        raise ValueError(
            f"the last row of matrix leaves default ({moves[-1, -1]:g}); its last value must be 1"
        )
    cumulated = np.zeros((moves.shape[0] - 1, years + 1))
    reached = np.eye(moves.shape[0])
    for year in range(years):
        reached = reached @ moves
        cumulated[:, year + 1] = reached[:-1, -1]
    alive = 1.0 - cumulated[:, :-1]
    return np.divide(np.diff(cumulated), alive, out=np.ones_like(alive), where=alive > 0.0)


def lifetime_ecl(
    exposure_eur: ArrayLike,
    marginal_pd: ArrayLike,
    lgd: ArrayLike,
    effective_rate_pa: ArrayLike,
    periods_per_year: int,
    timing: float = 0.5,
) -> Floats:
    """Lifetime expected credit losses in euros, (n,), discounted to today (5.5.17, B5.5.44).

    ``sum_t PD_t LGD_t E_t (1 + i)^(-(t - 1 + timing) / k)`` over periods t = 1..T, k of them in a year.

    Parameters
    ----------
    exposure_eur
        (n, T) amounts owed during each period, 0 after the last: the amortisation schedule.
    marginal_pd
        (n, T) of :func:`marginal_pds`.
    lgd
        (n,) or (n, T) in [0, 1].
    effective_rate_pa
        (n,) or one original effective interest rate per year, above -1.
    timing
        Where in a period a default falls: 0 its start, 0.5 its middle, 1 its end.

    Raises
    ------
    ValueError
        If shapes do not fit or a value is out of range.
    """
    owed = np.atleast_2d(np.asarray(exposure_eur, dtype=np.float64))
    chance = np.atleast_2d(np.asarray(marginal_pd, dtype=np.float64))
    if owed.ndim != 2 or owed.shape != chance.shape:
        raise ValueError(
            f"exposure_eur{owed.shape} and marginal_pd{chance.shape} must both be (loans, periods)"
        )
    check_between("exposure_eur", owed, 0.0, np.inf)
    check_between("marginal_pd", chance, 0.0, 1.0)
    check_between("marginal_pd summed over periods", chance.sum(axis=1), 0.0, 1.0 + _ROUNDING)
    if not 0.0 <= timing <= 1.0:
        raise ValueError(f"timing(={timing}) must be in [0, 1]")
    loss = np.asarray(lgd, dtype=np.float64)
    loss = loss if loss.ndim == 2 else column("lgd", loss, size=owed.shape[0])[:, None]
    check_between("lgd", loss, 0.0, 1.0)
    rate = column("effective_rate_pa", effective_rate_pa, low=-0.99, size=owed.shape[0])
    years = (np.arange(owed.shape[1]) + timing) / periods_per_year
    discounts = (1.0 + rate[:, None]) ** -years
    return np.asarray((chance * np.broadcast_to(loss, owed.shape) * owed * discounts).sum(axis=1))


def twelve_month_ecl(
    exposure_eur: ArrayLike,
    marginal_pd: ArrayLike,
    lgd: ArrayLike,
    effective_rate_pa: ArrayLike,
    periods_per_year: int,
    timing: float = 0.5,
) -> Floats:
    """The part of :func:`lifetime_ecl` from defaults within a year (5.5.5, B5.5.43); same parameters."""
    first = slice(0, periods_per_year)
    owed = np.atleast_2d(np.asarray(exposure_eur, dtype=np.float64))[:, first]
    chance = np.atleast_2d(np.asarray(marginal_pd, dtype=np.float64))[:, first]
    loss = np.asarray(lgd, dtype=np.float64)
    loss = loss[:, first] if loss.ndim == 2 else loss
    return lifetime_ecl(owed, chance, loss, effective_rate_pa, periods_per_year, timing)


def stages(
    pd_now: ArrayLike,
    pd_at_origination: ArrayLike,
    days_past_due: ArrayLike,
    defaulted: ArrayLike,
    *,
    relative_increase: float,
    absolute_increase: float,
    low_risk_pd: float = 0.0,
) -> Integers:
    """Stage 1, 2 or 3 of each loan, (n,).

    3: in default, or 90 days past due. 2: more than 30 days past due, or the PD rose to more than
    ``relative_increase`` times *and* by more than ``absolute_increase`` since origination (5.5.9) and is
    above ``low_risk_pd`` (5.5.10). IFRS 9 names no thresholds: they are the bank's policy, and have no
    default here.

    ``pd_now`` and ``pd_at_origination`` are (n,) over the same remaining life, or one-year PDs as their
    stand-in (B5.5.13).
    """
    now = column("pd_now", pd_now, high=1.0)
    then = column("pd_at_origination", pd_at_origination, high=1.0, size=now.size)
    late = column("days_past_due", days_past_due, size=now.size)
    if not (relative_increase >= 1.0 and absolute_increase >= 0.0):
        raise ValueError(
            f"relative_increase(={relative_increase}) must be >= 1 and "
            f"absolute_increase(={absolute_increase}) >= 0"
        )
    rose = (now > relative_increase * then) & (now - then > absolute_increase) & (now > low_risk_pd)
    stage = np.where(rose | (late > DAYS_TO_STAGE_2), 2, 1)
    return np.where(np.asarray(defaulted, dtype=bool) | (late >= DAYS_TO_STAGE_3), 3, stage).astype(np.int64)


def loss_allowance(
    stage: npt.NDArray[np.int64], twelve_month: Floats, lifetime: Floats, impaired_eur: ArrayLike
) -> Floats:
    """Allowance by stage, (n,): 12-month ECL in stage 1 (5.5.5), lifetime in 2 (5.5.3), shortfall in 3.

    ``impaired_eur`` is, for loans in stage 3, the amount owed less the present value of what is still
    expected (B5.5.33).
    """
    size = np.size(stage)
    columns = [
        column(name, values, size=size)
        for name, values in (
            ("twelve_month", twelve_month),
            ("lifetime", lifetime),
            ("impaired_eur", impaired_eur),
        )
    ]
    if not np.isin(stage, (1, 2, 3)).all():
        raise ValueError("stage must be 1, 2 or 3 for each loan")
    return np.choose(np.asarray(stage) - 1, columns)


def scenario_weighted(ecl_by_scenario: ArrayLike, weights: ArrayLike) -> Floats:
    """Probability-weighted ECL, (n,), of S scenarios: (S, n) losses and (S,) weights (5.5.17(a)).

    ECL is not linear in the economy: weigh the losses of the scenarios, never the scenarios themselves.
    """
    share = column("weights", weights, high=1.0)
    losses = np.asarray(ecl_by_scenario, dtype=np.float64)
    if losses.ndim != 2 or losses.shape[0] != share.size:
        raise ValueError(
            f"ecl_by_scenario has shape {losses.shape}; {share.size} weights need (scenarios, loans)"
        )
    if abs(float(share.sum()) - 1.0) > _ROUNDING:
        raise ValueError(f"weights add up to {share.sum():.9g}; they must add up to 1")
    return np.asarray(share @ losses, dtype=np.float64)
