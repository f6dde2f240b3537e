"""The long tables: by institution type, all figures, all assumptions; and where the run came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridsim.report import format as fmt
from hybridsim.report.facts import FEWEST, Run
from hybridsim.report.labels import DEFINITIONS, GROUPS
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.tables import plain_table, search_table
from hybridsim.report.values import Value

_TYPE_COLUMNS = (
    ("projects_started_per_institution", "Projects started per 100 institutions", 100.0),
    ("projects_sustained_per_institution", "Projects sustained per 100 institutions", 100.0),
    ("default_share", "Default within the horizon", 1.0),
    ("lent_eur", "Lent, all of the type", 1.0),
    ("loss_rate_on_lent", "Loss per euro lent", 1.0),
    ("grant_eur", "Grants, all of the type", 1.0),
    ("own_funds_eur", "Own funds, all of the type", 1.0),
)
_HIDDEN = "not shown"
_UNLIMITED = 1e9


def by_type(run: Run) -> Markup:
    """Outcomes by institution type; types with too few institutions are not shown."""
    hidden = run.hidden_types
    shown = [name for name in run.values.scopes("type") if name not in hidden]
    rows = [
        (
            run.type_title(name),
            fmt.count(run.by_type.get(name, {}).get("institutions", 0)),
            fmt.count(run.by_type.get(name, {}).get("sites", 0)),
            *(
                _of_type(run.values.get(metric, f"type:{name}"), factor)
                for metric, _, factor in _TYPE_COLUMNS
            ),
        )
        for name in shown
    ]
    headers = ("Type", "Institutions", "Sites", *(label for _, label, _ in _TYPE_COLUMNS))
    parts = (
        [plain_table("Outcomes by institution type, means over replications", headers, rows)] if rows else []
    )
    if hidden:
        parts.append(
            fill(
                '<p class="note">Not shown, because figures of fewer than {fewest} institutions could be '
                "traced to one: {names}.</p>",
                fewest=FEWEST,
                names=", ".join(sorted(run.type_title(name) for name in hidden)),
            )
        )
    parts.append(
        Markup(
            '<p class="note">Without intervals: only sums over replications are stored by institution.</p>'
        )
    )
    return join(parts)


def metrics(run: Run) -> Markup:
    """All rows of the metrics table, except those of hidden types."""
    known = {
        (str(item["metric"]), str(item["scope"])): item for item in run.manifest["metrics"]["definitions"]
    }
    hidden = {f"type:{name}" for name in run.hidden_types}
    rows = []
    for value in run.values.rows:
        definition = known.get((value.metric, value.scope.partition(":")[0]), {})
        group, meaning = str(definition.get("group", "")), str(definition.get("text", ""))
        figures = (_HIDDEN, "", "") if value.scope in hidden else (value.figure, value.interval, value.method)
        rows.append(
            (
                value.metric,
                _scope(run, value.scope),
                GROUPS.get(group, group),
                *figures[:2],
                meaning,
                figures[2],
            )
        )
    headers = ("Metric", "Scope", "Group", "Value", "95 % interval", "Meaning", "Method")
    return search_table("metrics", "All figures of the run", headers, rows, "e.g. default, grant, year 2030")


def assumptions(run: Run) -> Markup:
    """Every input with a source, its evidence and range; changed ones are marked."""
    stored = run.manifest["assumptions"]
    rows = [_assumption(item) for item in stored]
    counts = {
        kind: sum(1 for item in stored if item.get("evidence") == kind)
        for kind in ("published", "derived", "assumption")
    }
    changed = sum(1 for item in stored if _changed(item))
    says = (
        f"{fmt.count(len(stored))} figures: {fmt.count(counts['published'])} published, "
        f"{fmt.count(counts['derived'])} derived from published ones, "
        f"{fmt.count(counts['assumption'])} assumed. "
        f"{fmt.count(changed) if changed else 'None'} changed by the scenario or on the command line."
    )
    headers = ("Figure", "Value", "Unit", "Plausible range", "Evidence", "Changed", "Source")
    table = search_table(
        "assumptions",
        "Assumptions and their evidence",
        headers,
        rows,
        "e.g. nursing_home, published, changed",
    )
    return join([fill('<p class="says">{text}</p>', text=says), table])


def definitions() -> Markup:
    """How to read the report."""
    return fill(
        '<dl class="terms">{terms}</dl>',
        terms=join(
            fill("<dt>{term}</dt><dd>{meaning}</dd>", term=term, meaning=text) for term, text in DEFINITIONS
        ),
    )


def provenance(run: Run) -> Markup:
    """Versions, seed, hashes, and how to repeat the run."""
    manifest = run.manifest
    rows = [
        ("Scenario", f"{manifest.get('name', '')} (hash {manifest.get('scenario_hash', '')})"),
        ("Seed; random scheme", f"{manifest['seed']}; {manifest.get('random_scheme', '')}"),
        ("Replications asked; done", f"{manifest['replications'].get('asked', '')}; {run.replications}"),
        ("Digest of the result tables", str(manifest["digest"])),
        ("Engine", str(manifest.get("engine", ""))),
        ("Versions", _pairs(manifest["versions"])),
        ("Input files (SHA-256)", _lines(manifest.get("files") or {})),
        ("Simulated", str((manifest.get("timings") or {}).get("began", ""))),
    ]
    table = plain_table("Where the figures come from", ("Item", "Value"), [row for row in rows if row[1]])
    command = f"hybridsim run {_scenario_file(manifest)} -n {run.replications} --seed {manifest['seed']}"
    again = fill(
        "<p>To repeat it, with the same version and the same settings (--set): <code>{command}</code>. "
        "The digest must come out the same on every machine, with any number of workers.</p>",
        command=command,
    )
    return fill('<div class="facts">{parts}</div>', parts=join([table, again]))


def _of_type(value: Value, factor: float) -> str:
    return value.scaled(factor, "" if factor != 1.0 else value.unit).figure


def _assumption(item: Mapping[str, Any]) -> tuple[str | Markup, ...]:
    low, high, value = item.get("low"), item.get("high"), float(item["value"])
    source = str(item.get("source", ""))
    unlimited = value >= _UNLIMITED and source == "no limit"
    ends = f"{_exact(low if low is not None else value)} to {_exact(high if high is not None else value)}"
    return (
        str(item["path"]),
        "no limit" if unlimited else _exact(value),
        str(item.get("unit", "")),
        "" if low is None and high is None else ends,
        str(item.get("evidence", "")),
        Markup("<strong>changed</strong>") if _changed(item) else "",
        source,
    )


def _changed(item: Mapping[str, Any]) -> bool:
    """Whether a scenario file or the command line replaced the catalogue's figure."""
    return str(item.get("source", "")).startswith(
        ("set in ", "set on the command line", "set in the scenario")
    )


def _exact(value: float) -> str:
    text = f"{value:,.10g}" if abs(value) < 1e15 else f"{value:g}"
    return text.replace("-", fmt.MINUS, 1) if text.startswith("-") else text


def _scope(run: Run, scope: str) -> str:
    kind, _, name = scope.partition(":")
    if kind == "instrument":
        return run.instrument_title(name)
    if kind == "type":
        return run.type_title(name)
    if kind == "year" and name.isdigit():
        return f"year {run.first_year + int(name)}"
    if kind == "cohort":
        return f"cohort {run.first_year + int(name)}" if name.isdigit() else "all cohorts followed up"
    return scope


def _pairs(values: Mapping[str, Any]) -> str:
    return "; ".join(f"{name} {value}" for name, value in sorted(values.items()))


def _lines(values: Mapping[str, Any]) -> Markup:
    return join(
        (fill("{name} {value}", name=name, value=value) for name, value in sorted(values.items())), "<br>"
    )


def _scenario_file(manifest: Mapping[str, Any]) -> str:
    files = [str(name) for name in (manifest.get("files") or {}) if str(name).endswith(".toml")]
    named = f"{manifest.get('name', 'scenario')}.toml"
    return next((name for name in files if name.split("/")[-1] == named), files[-1] if files else named)
