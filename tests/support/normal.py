"""Standard normal tail with fifty digits, from the series and the continued fraction (not from our code)."""

from __future__ import annotations

from decimal import Decimal, localcontext

PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")


def density(x: float) -> Decimal:
    with localcontext() as context:
        context.prec = 50
        return (-Decimal(x) * Decimal(x) / 2).exp() / (2 * PI).sqrt()


def lower_tail(x: float) -> Decimal:
    """P(Z < x) for x <= 0."""
    with localcontext() as context:
        context.prec = 50
        y = -Decimal(x)
        if y < 3:
            term = total = y
            k = 0
            while abs(term) > Decimal("1e-45"):
                k += 1
                term = term * y * y / (2 * k + 1)
                total += term
            return Decimal("0.5") - total * density(x)
        fraction = y
        for k in range(400, 0, -1):
            fraction = y + k / fraction
        return density(x) / fraction
