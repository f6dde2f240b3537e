"""A bank's own book and the loans of a run, as one book on the factors of both.

The factors that both have (the economy) are one, in the state in which the run has it. Given them, the tape's
own factors and the run's own are independent:

    F_tape = mean_tape + B (F_shared - mean_shared) + e,   B = C_ts C_ss^-1,   e as in the tape's year

so that each obligor keeps its loadings, its R2 and its PD, and what the run knows of the economy reaches the
tape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.core.errors import Fault, InputError
from hybridsim.credit.arrays import Floats
from hybridsim.credit.factor_state import FactorState
from hybridsim.study.loan_book import FACTOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def with_loadings(
    frame: pd.DataFrame, obligors: Sequence[str], loadings: Floats, state: FactorState
) -> pd.DataFrame:
    """A tape with a column ``loading_<factor>`` for each factor: those (m, K) of its m obligors, else 0."""
    import pandas as pd

    columns = [f"{FACTOR}{name}" for name in state.names]
    table = pd.DataFrame(loadings, index=pd.Index(obligors), columns=columns)
    found = table.reindex(frame["obligor_id"]).fillna(0.0).set_index(frame.index)
    return frame.join(found)


def joined(
    tape: pd.DataFrame, tape_state: FactorState, loans: pd.DataFrame, run_state: FactorState
) -> tuple[pd.DataFrame, FactorState]:
    """A tape and the loans of a run as one frame, with the factors of both.

    Parameters
    ----------
    tape, tape_state
        Columns of a tape and a loading for each of the tape's factors, see :func:`with_loadings`.
    loans, run_state
        Likewise of a run: `hybridsim.study.loan_book.LoanBook`.

    Returns
    -------
    tuple
        Rows of the tape and of the run, with the tape's columns and every loading; an obligor of both has the
        loadings of the run. Factors: the run's, then those that only the tape has.

    Raises
    ------
    InputError
        If a loan of the run has the id of one of the tape.
    """
    import pandas as pd

    twice = sorted(set(tape["loan_id"]) & set(loans["loan_id"]))
    if twice:
        fault = Fault("tape", 0, "loan_id", f"{twice[0]!r} is the name of a loan of the run too; rename it")
        raise InputError("tape and run cannot be put together", [fault])
    state = joined_state(tape_state, run_state)
    columns = [f"{FACTOR}{name}" for name in state.names]
    plain = [name for name in tape.columns if not name.startswith(FACTOR)]
    both = pd.concat(
        [part.reindex(columns=[*plain, *columns], fill_value=0.0) for part in (tape, loans)],
        ignore_index=True,
    )
    own = loans.drop_duplicates("obligor_id").set_index("obligor_id").reindex(columns=columns, fill_value=0.0)
    shared = both["obligor_id"].isin(own.index)
    both.loc[shared, columns] = own.loc[both.loc[shared, "obligor_id"]].to_numpy()
    return both, state


def joined_state(tape: FactorState, run: FactorState) -> FactorState:
    """Factors of a run and, after them, those that only the tape has."""
    shared = [name for name in run.names if name in tape.names]
    own = [k for k, name in enumerate(tape.names) if name not in shared]
    of_tape, of_run = ([names.index(name) for name in shared] for names in (tape.names, run.names))
    count, more = len(run.names), len(own)
    follow = np.zeros((more, count))
    if shared and own:
        inverse = np.linalg.pinv(tape.correlation[np.ix_(of_tape, of_tape)])
        follow[:, of_run] = tape.correlation[np.ix_(own, of_tape)] @ inverse
    covariance = tape.root @ tape.root.T
    rest = _given(covariance, own, of_tape)
    long_run = _given(tape.correlation, own, of_tape)
    correlation = np.eye(count + more)
    correlation[:count, :count] = run.correlation
    correlation[count:, :count] = follow @ run.correlation
    correlation[:count, count:] = correlation[count:, :count].T
    correlation[count:, count:] = follow @ run.correlation @ follow.T + long_run
    mean = np.concatenate([run.mean, tape.mean[own]])
    mean[count:] += follow[:, of_run] @ (run.mean[of_run] - tape.mean[of_tape])
    root = np.zeros((count + more, count + more))
    root[:count, :count] = run.root
    root[count:, :count] = follow @ run.root
    root[count:, count:] = _root(rest)
    return FactorState((*run.names, *(tape.names[k] for k in own)), correlation, mean, root)


def _given(covariance: Floats, own: list[int], shared: list[int]) -> Floats:
    """Covariance of some factors given others."""
    rest: Floats = covariance[np.ix_(own, own)]
    if shared:
        cross = covariance[np.ix_(own, shared)]
        rest = rest - cross @ np.linalg.pinv(covariance[np.ix_(shared, shared)]) @ cross.T
    return rest


def _root(covariance: Floats) -> Floats:
    """Lower triangular root of a covariance that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    triangular: Floats = np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0.0))).T)[1].T
    return triangular
