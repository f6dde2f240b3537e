"""Scaling: from the idea to sustained use, what stops projects, and what became of requests for money."""

from __future__ import annotations

from hybridsim.report import format as fmt
from hybridsim.report.facts import Run
from hybridsim.report.labels import ANSWERS, REASONS, STAGES
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.tables import Bar, bar_table, plain_table, spread
from hybridsim.report.values import Value


def funnel(run: Run) -> Markup:
    """Projects at each stage, means over replications, and the share that came from the stage before."""
    counts = [run.values.get(f"projects_{stage}") for stage, _ in STAGES]
    if not counts[0].value:
        return fill("<p>No idea for a project is taken up in any replication.</p>")
    rows = []
    for (stage, label), value, (start, length) in zip(
        STAGES, counts, spread([x.value or 0.0 for x in counts]), strict=True
    ):
        share = run.values.get(f"conversion_{stage}")
        rows.append(
            Bar(
                label,
                (value.figure.removesuffix(" projects"), short(value), _share(stage, share)),
                start,
                length,
            )
        )
    table = bar_table(
        "Projects by stage, mean over replications",
        ("Stage", "Projects", "95 % interval", "Of the stage before"),
        rows,
    )
    note = fill(
        '<p class="note">An institution can have several projects. Scaled is counted of those live at '
        "the first site; sustained of those started, and those that start late have no time to get there.</p>"
    )
    says = " ".join(part for part in (_bottleneck(run), _access(run)) if part)
    return join([fill('<p class="says">{text}</p>', text=says), table, note])


def reasons(run: Run) -> Markup:
    """Why projects ended or did not start, as shares of all that fell out."""
    found = [(label, run.values.get(f"reason_{name}_share")) for name, label in REASONS.items()]
    if not any(value.known for _, value in found):
        return fill("<p>No project falls out in any replication.</p>")
    found = sorted(found, key=lambda item: -(item[1].value or 0.0))
    bars = spread([value.value or 0.0 for _, value in found])
    table = bar_table(
        "Why projects fall out: share of all that end or do not start",
        ("Reason", "Share", "95 % interval"),
        [
            Bar(label, (value.figure, short(value)), *bar)
            for (label, value), bar in zip(found, bars, strict=True)
        ],
    )
    label, value = found[0]
    says = f"The most common reason: {label[0].lower()}{label[1:]} ({value.figure} of those that fall out)."
    return join([fill('<p class="says">{text}</p>', text=says), table])


def answers(run: Run) -> Markup:
    """What became of the requests to each instrument of the design."""
    names = [x for x in run.instruments if run.values.get("granted_share", f"instrument:{x}").known]
    if not names:
        return fill("<p>No instrument is asked for money in any replication.</p>")
    used = [
        answer
        for answer in ANSWERS
        if answer != "granted" and any(_answer(run, name, answer) for name in names)
    ]
    rows = []
    for name in names:
        requests = run.values.get("requests", f"instrument:{name}")
        budget = run.values.get("budget_use", f"instrument:{name}")
        rows.append(
            (
                run.instrument_title(name),
                requests.figure.removesuffix(" requests"),
                run.values.get("granted_eur", f"instrument:{name}").figure,
                budget.figure if budget.known else "no limit",
                *(_cell(_answer(run, name, answer)) for answer in ("granted", *used)),
            )
        )
    headers = (
        "Instrument",
        "Requests",
        "Amount granted",
        "Budget used",
        *(ANSWERS[answer] for answer in ("granted", *used)),
    )
    silent = [run.instrument_title(x) for x in run.instruments if x not in names]
    parts = [
        plain_table(
            "Requests by instrument, means over replications, and answers as shares of all answers",
            headers,
            rows,
        )
    ]
    if silent:
        parts.append(fill('<p class="note">Never asked: {names}.</p>', names="; ".join(silent)))
    parts.append(_in_vain(run))
    return join(parts)


def short(value: Value) -> str:
    """The interval without its unit words; a dash if there is none."""
    return value.interval or "\u2013"


def _answer(run: Run, name: str, answer: str) -> float:
    return run.values.get(f"answer_{answer}_share", f"instrument:{name}").value or 0.0


def _in_vain(run: Run) -> Markup:
    """What early talks cost where the plan then falls: applications that were begun for nothing."""
    found = [(name, run.values.get("requests_in_vain", f"instrument:{name}")) for name in run.instruments]
    begun = [f"{run.instrument_title(name)} {value.figure}" for name, value in found if value.value]
    if not begun:
        return Markup("")
    return fill(
        '<p class="note">Begun besides in early talks, for plans that turned out not viable: {names}.</p>',
        names="; ".join(begun),
    )


def _cell(share: float) -> Markup:
    if not share:
        return Markup('<span class="none">\u2013</span>')
    rounded = fmt.number(share * 100.0, 0 if share >= 0.1 else 1) if share >= 0.0005 else "<0.1"
    text = f"{rounded}{fmt.NBSP}%"
    return fill('<span class="heat" style="--share:{share:.3f}">{text}</span>', share=share, text=text)


def _share(stage: str, share: Value) -> str:
    suffix = {"scaled": " of live", "sustained": " of started"}.get(stage, "")
    return f"{share.figure}{suffix}" if share.known else "\u2013"


def _bottleneck(run: Run) -> str:
    steps = [(run.values.get(f"conversion_{stage}"), label) for stage, label in STAGES[1:8]]
    known = [(value.value, value.figure, label) for value, label in steps if value.value is not None]
    if not known:
        return "No project gets beyond the idea."
    _, figure, label = min(known)
    return (
        f"The narrowest step is \u201c{label[0].lower()}{label[1:]}\u201d: "
        f"{figure} of those that come to it get through."
    )


def _access(run: Run) -> str:
    """Whether small institutions with a viable plan get money as often as large ones."""
    small, large = (run.values.get(f"viable_funded_{size}_share") for size in ("small", "large"))
    if not small.known or not large.known:
        return ""
    return (
        f"Of institutions with an accepted plan, {small.with_interval} of those with one site and "
        f"{large.with_interval} of those with several sites start a project."
    )
