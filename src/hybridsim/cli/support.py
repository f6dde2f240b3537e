"""What support does, as lines of a comparison that people read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hybridsim.cli.figures import number

if TYPE_CHECKING:
    from hybridsim.study.additionality import Effect
    from hybridsim.study.compare import Comparison

_TITLES = {
    "deadweight": "deadweight",
    "deadweight_all": "deadweight, all projects",
    "acceleration": "acceleration",
    "crowded_out": "crowded out",
    "total": "total effect",
    "direct": "direct effect",
    "on_others": "effect on others",
    "spillover": "spillover",
}
_OUTCOMES = {"hours_freed": "hours freed", "social_value_eur": "social value"}
_UNITS = {"share": "", "EUR": " euros"}


def support_lines(found: Comparison, show: Callable[[str], str], bullet: str) -> list[str]:
    """Deadweight, acceleration and effects, run by run; ``show`` makes text safe for where it goes."""
    if not found.additionality:
        return []
    from hybridsim.study.additionality import MEANINGS

    lines: list[str] = []
    label = ""
    for effect in found.additionality:
        if effect.without != label:
            label = effect.without
            lines.append(f"What support does, measured without it in {show(label)}:")
        lines.append(f"{bullet}{_line(effect)}")
    used = {effect.measure for effect in found.additionality}
    meant = [f"{_TITLES[name]}: {text}" for name, text in MEANINGS.items() if name in used]
    return [*lines, *(f"{bullet}({text})" for text in meant), ""]


def _line(effect: Effect) -> str:
    title = _TITLES[effect.measure]
    if effect.measure in ("total", "direct", "on_others", "spillover"):
        title += f" on {_OUTCOMES.get(effect.outcome, f'projects {effect.outcome}')}"
    if effect.saturation is not None:
        title += f", cells with {effect.saturation:.0%} without support"
    estimate = effect.estimate
    if estimate.value is None:
        return f"{title}: - ({estimate.method})"
    figure = _figure(estimate.value, effect.unit)
    ends = [_figure(end, effect.unit) for end in (estimate.ci_low, estimate.ci_high) if end is not None]
    interval = f" ({' to '.join(ends)})" if ends else " (no interval)"
    return f"{title}: {figure}{_UNITS.get(effect.unit, f' {effect.unit}')}{interval}"


def _figure(value: float, unit: str) -> str:
    if unit == "share":
        return number(value, unit)
    decimals = 0 if abs(value) >= 100.0 else 2 if abs(value) >= 0.1 else 4
    return f"{value:,.{decimals}f}"
