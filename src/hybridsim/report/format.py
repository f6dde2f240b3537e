"""Numbers as people read them: rounded to what their interval supports, with units in plain words."""

from __future__ import annotations

import math

NBSP = "\u00a0"
MINUS = "\u2212"
JOINER = "\u2060"
"""Keeps minus and euro sign on one line."""
NOT_KNOWN = "n/a"

_EURO_SCALES = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))
_SIGNS = {"EUR": "€", "USD": "US$", "GBP": "£"}


def places(value: float, low: float | None = None, high: float | None = None) -> int:
    """Decimal places that a figure supports (negative: tens, hundreds, ...).

    The half-width of the interval shows two significant digits if they are below 36, else one (the rule of
    the Particle Data Group). The figure shows two at least, unless its interval is many times wider, and
    three at most, however narrow the interval. Without an interval it shows three.
    """
    if low is None or high is None or not high > low:
        return 2 - _order(value) if value else 0
    half = (high - low) / 2.0
    order = _order(half)
    supported = -order + (1 if half < 3.55 * 10.0**order else 0)
    if abs(value) * 10.0 < half:
        return supported
    return min(max(supported, 1 - _order(value)), 2 - _order(value))


def number(value: float, decimals: int) -> str:
    """A figure with thousands separators and a real minus sign, rounded to ``decimals`` places."""
    rounded = round(value, decimals)
    if rounded == 0:
        rounded = 0.0
    text = f"{abs(rounded):,.{max(decimals, 0)}f}"
    return f"{MINUS}{text}" if rounded < 0 else text


def count(value: float) -> str:
    """A whole number with thousands separators."""
    return number(value, 0)


def plain(value: float, digits: int = 3) -> str:
    """A figure without an interval: so many significant digits or its whole part, no idle zeros."""
    text = number(value, min(max(digits - 1 - _order(value), 0), 6))
    return text.rstrip("0").rstrip(".") if "." in text else text


def euros(value: float) -> str:
    """An amount such as ``€1.23 m``, three significant digits."""
    return amount(value, None, None)[0]


def amount(value: float, low: float | None, high: float | None, sign: str = "€") -> tuple[str, str]:
    """An amount in euros or another currency and its interval (empty if there is none), in one scale."""
    scale, suffix = _scale(value)
    return _in_scale(value, low, high, scale, sign, suffix)


def currency_sign(code: str) -> str:
    """What stands before an amount of a currency: its sign, or its code of three letters."""
    return _SIGNS.get(code, f"{code}{NBSP}")


def is_currency(unit: str) -> bool:
    """Whether a unit is the code of a currency (three capitals)."""
    return len(unit) == 3 and unit.isascii() and unit.isupper()


def per_cent(value: float, low: float | None = None, high: float | None = None) -> tuple[str, str]:
    """A decimal as per cent, and its interval."""
    return _figures(
        value * 100.0,
        None if low is None else low * 100.0,
        None if high is None else high * 100.0,
        after=f"{NBSP}%",
    )


def counted(value: float, low: float | None = None, high: float | None = None) -> tuple[str, str]:
    """A number without a unit and its interval: from a million up in millions, exact whole ones as such."""
    if low is None and high is None and value == round(value) and abs(value) < 1e6:
        return count(value), ""
    scale, suffix = _scale(value) if abs(value) >= 1e6 else (1.0, "")
    return _in_scale(value, low, high, scale, "", suffix)


def axis(top: float, bottom: float = 0.0, unit: str = "", steps: int = 5) -> tuple[list[float], list[str]]:
    """Round ticks from below ``bottom`` (zero or less) to above ``top``, and their texts.

    ``unit`` is "%", or the sign of a currency, or nothing.
    """
    if top <= bottom:
        return [bottom, bottom + 1.0], [_tick(bottom, 1.0, unit), ""]
    step = round_step((top - bottom) / steps)
    first, last = math.floor(bottom / step + 1e-9), math.ceil(top / step - 1e-9)
    ticks = [index * step for index in range(first, last + 1)]
    largest = max(abs(ticks[0]), abs(ticks[-1]))
    return ticks, [_tick(tick, largest, unit) for tick in ticks]


def round_step(least: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least ``least``."""
    power = 10.0 ** _order(least)
    return next(
        factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= least * (1 - 1e-12)
    )


def _tick(tick: float, largest: float, unit: str) -> str:
    scale, suffix = _scale(largest) if unit != "%" else (1.0, "")
    after = f"{NBSP}{suffix}" if suffix and tick else f"{NBSP}%" if unit == "%" else ""
    return _signed(plain(tick / scale), "" if unit == "%" else unit) + after


def _in_scale(
    value: float, low: float | None, high: float | None, scale: float, before: str, suffix: str
) -> tuple[str, str]:
    ends = [None if end is None else end / scale for end in (low, high)]
    return _figures(value / scale, ends[0], ends[1], before=before, after=f"{NBSP}{suffix}" if suffix else "")


def _figures(
    value: float, low: float | None, high: float | None, before: str = "", after: str = ""
) -> tuple[str, str]:
    decimals = places(value, low, high)
    if low is None or high is None:
        decimals = min(max(decimals, 0), 6)
    figure = _signed(number(value, decimals), before) + after
    if low is None:
        return figure, ""
    if high is None:
        return figure, f"{_signed(number(low, decimals), before)}{after} or more"
    lower, upper = (_signed(number(end, decimals), before) for end in (low, high))
    # Each end of an amount carries its scale: "€24 to €40 k" would read as 24 euros.
    return figure, f"{lower}{after if before else ''} to {upper}{after}"


def _signed(text: str, before: str) -> str:
    joined = f"{MINUS}{JOINER}{before}" if before else MINUS
    return f"{joined}{text[1:]}" if text.startswith(MINUS) else f"{before}{text}"


def _scale(value: float) -> tuple[float, str]:
    return next(((scale, name) for scale, name in _EURO_SCALES if abs(value) >= scale), (1.0, ""))


def _order(value: float) -> int:
    """Exponent of the first significant digit; 0 for zero."""
    return math.floor(math.log10(abs(value))) if value else 0
