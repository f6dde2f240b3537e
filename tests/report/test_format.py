"""Every expected text was worked out by hand."""

from __future__ import annotations

import pytest

from hybridsim.report import format as fmt
from hybridsim.report.values import Value, in_words

S, M, W = fmt.NBSP, "\u2212", fmt.JOINER


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "figure", "interval"),
    [
        (0.2312, 0.2104, 0.2520, "share", f"23.1{S}%", f"21.0 to 25.2{S}%"),
        (0.23, 0.18, 0.28, "share", f"23{S}%", f"18 to 28{S}%"),
        (0.0091, 0.0071, 0.0111, "per year", f"0.91{S}% a year", f"0.71 to 1.11{S}%"),
        (123_456.0, 120_000.0, 126_912.0, "EUR", f"€123{S}k", f"€120{S}k to €127{S}k"),
        (36_000.0, -53_000.0, 124_000.0, "EUR", f"€36{S}k", f"{M}{W}€53{S}k to €124{S}k"),
        (1_005.0, 1_001.0, 1_009.0, "EUR", f"€1.00{S}k", f"€1.00{S}k to €1.01{S}k"),
        (-2_500_000.0, None, None, "EUR", f"{M}{W}€2.50{S}m", ""),
        (0.0, None, None, "EUR", "€0", ""),
        (0.3599, 0.3206, 0.3992, "EUR per EUR", "€0.36 per €", "€0.32 to €0.40"),
        (28_673.0, None, None, "institutions", "28,673 institutions", ""),
        (2.0, None, None, "rows", "2 rows", ""),
        (2.0, 1.0, 3.0, "rows", "2.0 rows", "1.0 to 3.0"),
        (2.5, None, None, "months", "2.50 months", ""),
        (472_027.0, 304_804.0, None, "EUR", f"€472{S}k", f"€305{S}k or more"),
        (117_449.0, 98_558.0, 136_340.0, "hours", "117,000 hours", "99,000 to 136,000"),
        (1_234_567.0, 1_200_000.0, 1_269_134.0, "hours", f"1.23{S}m hours", f"1.20 to 1.27{S}m"),
        (0.003, -5.0, 5.006, "months", "0 months", f"{M}5 to 5"),
    ],
)
def test_figures_are_rounded_to_what_their_interval_supports(value, low, high, unit, figure, interval):
    assert in_words(value, low, high, unit) == (figure, interval)


def test_a_figure_without_an_interval_has_three_digits_and_a_missing_one_says_so():
    assert Value("m", "total", 0.123456, "share", None, None, 1, "mean").figure == f"12.3{S}%"
    assert Value("m", "total", None, "share", None, None, 1, "no loan").figure == fmt.NOT_KNOWN


def test_a_negative_factor_swaps_the_ends_of_an_interval():
    saved = Value("m", "total", -3.0, "EUR", -5.0, -1.0, 9, "mean").scaled(-1.0, "EUR")
    assert (saved.low, saved.value, saved.high) == (1.0, 3.0, 5.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(36.8, "36.8"), (4.0, "4"), (0.25, "0.25"), (12345.6, "12,346"), (0.0, "0"), (2.5, "2.5")],
)
def test_plain_figures_have_no_idle_zeros(value, text):
    assert fmt.plain(value) == text


@pytest.mark.parametrize(
    ("top", "bottom", "unit", "texts"),
    [
        (9.0, 0.0, "", ["0", "2", "4", "6", "8", "10"]),
        (8.67, 0.0, "%", [f"{n}{S}%" for n in (0, 2, 4, 6, 8, 10)]),
        (1_730_000.0, 0.0, "€", ["€0", f"€0.5{S}m", f"€1{S}m", f"€1.5{S}m", f"€2{S}m"]),
        (30.0, -10.0, "", [f"{M}10", "0", "10", "20", "30"]),
        (0.0, 0.0, "€", ["€0", ""]),
    ],
)
def test_axis_ticks_are_round_and_hold_the_data(top, bottom, unit, texts):
    ticks, found = fmt.axis(top, bottom, unit)
    assert found == texts
    assert ticks[0] <= bottom <= top <= ticks[-1]
