"""CreditRisk+: Poisson defaults whose intensities share gamma-distributed sector factors, in closed form.

Source: Credit Suisse First Boston, "CreditRisk+: a credit risk management framework" (1997), appendix A.

The probability generating function of the loss in units is, for idiosyncratic intensities ``P_0`` and sectors
k, ``G(z) = exp(P_0(z) - P_0(1)) prod_k (1 + s_k (P_k(1) - P_k(z)))^(-1/s_k)`` with ``P_k(z) = sum_i w_ik p_i
z^(v_i)`` and ``s_k`` the variance of a sector factor with mean 1. It is evaluated on the unit circle and
inverted by one FFT:

- the Panjer recursion of the paper adds terms of both signs, and it starts from P(no loss), which underflows
  to zero in large books, and with it all that follows (Haaf, Reiss and Schoenmakers, "Numerically stable
  computation of CreditRisk+", Journal of Risk 6(4), 2004);
- on the unit circle ``Re(P_k(1) - P_k(z)) >= 0``, so the bases of the powers have a real part of at least 1:
  their principal logarithm is the right branch, nothing is divided by a small number, and the absolute
  error is that of an FFT, about 1e-16 times the expected number of defaults;
- what lies beyond the grid would be folded back onto it, so that the grid is as long as Chernoff's bound
  asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, check_between, column
from hybridsim.credit.distribution import Bands, LossDistribution, loss_distribution

if TYPE_CHECKING:
    import numpy.typing as npt
    from numpy.typing import ArrayLike

    Complexes = npt.NDArray[np.complex128]

BEYOND_THE_GRID = 1e-14
_LONGEST_GRID = 1 << 25
_SLACK = 1e-9


def credit_risk_plus(loans: Bands, sector_weights: ArrayLike, sector_variance: ArrayLike) -> LossDistribution:
    """Loss distribution of a book under CreditRisk+.

    Parameters
    ----------
    loans
        n loans in whole units (:func:`hybridsim.credit.distribution.bands`).
    sector_weights
        (n, S) shares of each loan's intensity that move with the sector factors, >= 0; what a row leaves to 1
        is idiosyncratic.
    sector_variance
        (S,) variances of the sector factors with mean 1, >= 0; 0 is no systematic risk.

    Returns
    -------
    LossDistribution
        With ``P(loss beyond the grid) <= 1e-14`` by Chernoff's bound.

    Raises
    ------
    ValueError
        If shapes do not fit, a weight or variance is out of range, or the unit is too small for the memory.
    """
    from scipy import fft

    weights, variance = _sectors(loans, sector_weights, sector_variance)
    intensity = _intensities(loans, weights)
    size = fft.next_fast_len(_grid(intensity, variance), real=True)
    exponent = np.zeros(size // 2 + 1, dtype=np.complex128)
    for row, own in zip(intensity, (0.0, *variance), strict=True):
        exponent += _log_factor(row.sum() - fft.rfft(row, size), float(own))
    return loss_distribution(loans.unit_eur, fft.irfft(np.exp(exponent), size))


def unexpected_loss(
    loans: Bands,
    sector_weights: ArrayLike,
    sector_variance: ArrayLike,
    sector_correlation: ArrayLike | None = None,
) -> float:
    """Standard deviation of the loss in euros without the distribution: chance of defaults plus the sectors.

    ``UL^2 = sum_i p_i e_i^2 + sum_kl r_kl sqrt(s_k s_l) EL_k EL_l`` with (S, S) correlations r of the sector
    factors (none: independent). Source: Buergisser, Kurth, Wagner and Wolf, "Integrating correlations", Risk
    (July 1999).
    """
    weights, variance = _sectors(loans, sector_weights, sector_variance)
    chance = float(loans.pd @ (loans.units.astype(np.float64) ** 2))
    systematic = _systematic_variance(loans, weights, variance, sector_correlation)
    return float(np.sqrt(chance + systematic)) * loans.unit_eur


def matched_variance(
    loans: Bands, sector_weights: ArrayLike, sector_variance: ArrayLike, sector_correlation: ArrayLike
) -> float:
    """Variance of the one sector factor that gives a book with correlated sectors its unexpected loss.

    CreditRisk+ has independent sectors. With this variance and one sector for all loans (same idiosyncratic
    shares) it has the mean and the standard deviation of the correlated book. Source: Buergisser et al.
    (1999), as above.

    Raises
    ------
    ValueError
        If ``sector_correlation`` is no (S, S) correlation matrix, or no loan moves with a sector.
    """
    weights, variance = _sectors(loans, sector_weights, sector_variance)
    expected = float((loans.units * loans.pd) @ weights.sum(axis=1))
    if not expected > 0.0:
        raise ValueError("no loan moves with a sector: give some sector_weights above 0")
    return _systematic_variance(loans, weights, variance, sector_correlation) / (expected * expected)


def _systematic_variance(
    loans: Bands, weights: Floats, variance: Floats, correlation: ArrayLike | None
) -> float:
    spread = np.sqrt(variance) * ((loans.units * loans.pd) @ weights)
    if correlation is None:
        return float(spread @ spread)
    matrix = np.asarray(correlation, dtype=np.float64)
    if matrix.shape != (spread.size, spread.size):
        raise ValueError(f"sector_correlation has shape {matrix.shape}; it must be {(spread.size,) * 2}")
    check_between("sector_correlation", matrix, -1.0, 1.0)
    if not (np.allclose(matrix, matrix.T) and np.allclose(np.diag(matrix), 1.0)):
        raise ValueError("sector_correlation must be symmetric with ones on its diagonal")
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    if smallest < -_SLACK:
        raise ValueError(f"sector_correlation has the eigenvalue {smallest:.6g}; none may be negative")
    return float(spread @ matrix @ spread)


def _sectors(loans: Bands, sector_weights: ArrayLike, sector_variance: ArrayLike) -> tuple[Floats, Floats]:
    variance = column("sector_variance", sector_variance)
    weights = np.asarray(sector_weights, dtype=np.float64)
    if weights.shape != (loans.units.size, variance.size):
        raise ValueError(
            f"sector_weights has shape {weights.shape}; {loans.units.size} loans and {variance.size} sectors "
            f"need {(loans.units.size, variance.size)}"
        )
    check_between("sector_weights", weights, 0.0, 1.0)
    check_between("sector_weights summed over sectors", weights.sum(axis=1), 0.0, 1.0 + _SLACK)
    return weights, variance


def _intensities(loans: Bands, weights: Floats) -> Floats:
    """Expected defaults by (idiosyncratic and sectors, loss units), shape (S + 1, largest loss + 1)."""
    longest = int(loans.units.max(initial=0)) + 1
    _check_grid(longest)
    own = np.maximum(1.0 - weights.sum(axis=1), 0.0)
    shares = [own, *weights.T]
    return np.stack([np.bincount(loans.units, share * loans.pd, minlength=longest) for share in shares])


def _log_factor(distance: Complexes, variance: float) -> Complexes:
    """``-log(1 + s d) / s`` with ``d = P(1) - P(z)``, and ``-d`` at s = 0; precise for small s too."""
    if variance == 0.0:
        return -distance
    real, imaginary = variance * distance.real, variance * distance.imag
    modulus = 0.5 * np.log1p(2.0 * real + real * real + imaginary * imaginary)
    return -(modulus + 1j * np.arctan2(imaginary, 1.0 + real)) / variance


def _grid(intensity: Floats, variance: Floats) -> int:
    """Grid length N with ``P(L >= N) <= min_t exp(K(t) - t N) <= BEYOND_THE_GRID``, K the cumulants."""
    used = np.flatnonzero(intensity.any(axis=0))
    if not used.any():
        return 2
    expected = intensity[:, used]
    longest = int(used[-1])

    def growth(tilt: float) -> Floats:
        return np.asarray(expected @ np.expm1(tilt * used), dtype=np.float64)

    def cumulant(tilt: float) -> float:
        own, *sectors = growth(tilt)
        terms = [
            value if s == 0.0 else -np.log1p(-s * value) / s
            for s, value in zip(variance, sectors, strict=True)
        ]
        return float(own + sum(terms))

    # The gamma factors explode where s_k (P_k(e^t) - P_k(1)) reaches 1; exp() overflows beyond 700.
    low, high = 0.0, 700.0 / longest
    for _ in range(60):
        middle = 0.5 * (low + high)
        if np.all(variance * growth(middle)[1:] < 1.0):
            low = middle
        else:
            high = middle
    tilts = low * np.geomspace(1e-5, 0.999, 120)
    needed = min((cumulant(tilt) - float(np.log(BEYOND_THE_GRID))) / tilt for tilt in tilts.tolist())
    _check_grid(needed)
    return max(int(np.ceil(needed)), longest) + 1


def _check_grid(needed: float) -> None:
    if not needed < _LONGEST_GRID:
        raise ValueError(
            f"the loss needs {needed:,.0f} units, more than {_LONGEST_GRID:,}; take a larger unit_eur"
        )
