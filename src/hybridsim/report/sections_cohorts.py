"""What became of the projects of each start year within the same time."""

from __future__ import annotations

from hybridsim.report import format as fmt
from hybridsim.report.facts import Run
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.tables import plain_table

_ALL = "cohort:all"
_COLUMNS = (
    ("projects_started", "Projects started"),
    ("projects_rolled_out_share", "Live at the first site"),
    ("projects_sustained_share", "Sustained"),
    ("default_share", "Institution defaulted"),
    ("hours_freed_per_started", "Hours freed per project"),
    ("sroi", "Social value per euro put in"),
    ("social_impact_yield_pa", "Social-impact yield"),
    ("fiscal_cost_per_started_eur", "Public cost per project"),
)


def cohorts(run: Run) -> Markup:
    """Main figures by start year, with the same follow-up for all of them."""
    left_out, months = run.values.get("cohorts_left_out"), run.follow_up_months
    scopes = [f"cohort:{name}" for name in run.values.scopes("cohort") if f"cohort:{name}" != _ALL]
    if not scopes:
        return fill(
            "<p>No start year can be followed for {months} months within the horizon: make it longer, or "
            "run.follow_up_months shorter.</p>",
            months=months,
        )
    if not run.values.get("sroi", _ALL).known:
        return fill("<p>No project is started in any replication in the years that can be followed.</p>")
    rows = [
        (_name(run, scope), *(run.values.get(metric, scope).figure for metric, _ in _COLUMNS))
        for scope in (*scopes, _ALL)
    ]
    rows.append(("95 % interval", *(run.values.get(metric, _ALL).interval for metric, _ in _COLUMNS)))
    says = (
        f"Each project counts for {months} months from its first disbursement, whenever it starts: "
        f"{run.values.get('projects_sustained_share', _ALL).with_interval} of the projects are sustained by "
        f"then, and the social value of what was put in is {run.values.get('sroi', _ALL).with_interval}."
    )
    note = (
        f"Start years left out because their {months} months end after the horizon: "
        f"{fmt.count(int(left_out.value or 0.0))}. A longer horizon adds years and changes none of these. "
        "Money is discounted to each project's start."
    )
    table = plain_table("By year of the first disbursement, means over replications",
                        ("Start year", *(label for _, label in _COLUMNS)), rows)  # fmt: skip
    return join(
        [
            fill('<p class="says">{text}</p>', text=says),
            table,
            fill('<p class="note">{text}</p>', text=note),
        ]
    )


def _name(run: Run, scope: str) -> str:
    name = scope.partition(":")[2]
    return str(run.first_year + int(name)) if name.isdigit() else "All of these"
