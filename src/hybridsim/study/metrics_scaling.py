"""Scaling: how many start, how far they come, what stops the others, and who pays."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from hybridsim.rollout import layout
from hybridsim.study.metric import Metric

_scaling = partial(Metric, "scaling")

_OUTCOMES = (
    ("started", "that started a project", "institutions that start"),
    ("piloted", "that brought a project to the gate", ""),
    ("rolled_out", "with a project live at its first site", ""),
    ("scaled", "with a project live at two sites or more (or all, if it has one)", "institutions that scale"),
    ("sustained", "with a project live 24 months after the last support", "institutions that sustain it"),
)
_SHARES = tuple(
    _scaling(
        f"institutions_{stage}_share", "share", f"share of institutions {text}",
        f"inst_{stage}", "institutions", title=title,
    )
    for stage, text, title in _OUTCOMES
)  # fmt: skip

_STAGES = ("ideas", "planned", "viable", "applied", "started", "piloted", "passed", "rolled_out")
_COUNTS = tuple(
    _scaling(f"projects_{column.name}", "projects", column.text, column.name)
    for column in layout.REPLICATION
    if column.name in (*_STAGES, "scaled", "sustained")
)
_CONVERSION = (
    *(
        _scaling(
            f"conversion_{later}", "share",
            f"projects {later.replace('_', ' ')} per project {earlier.replace('_', ' ')}",
            later, earlier, if_undefined=f"no project: {earlier.replace('_', ' ')}",
        )
        for earlier, later in pairwise(_STAGES)
    ),
    _scaling(
        "conversion_scaled", "share", "projects scaled per project rolled out",
        "scaled", "rolled_out", if_undefined="no project was rolled out",
    ),
    _scaling(
        "conversion_sustained", "share", "projects sustained per project started (late starts are cut off)",
        "sustained", "started", if_undefined="no project was started",
    ),
)  # fmt: skip

_ACCESS = (
    _scaling(
        "time_to_funding_months", "months", "from the decision to the first close, started projects",
        "funding_months", "started",
        title="from decision to first close", if_undefined="no project was started",
    ),
    _scaling(
        "viable_funded_small_share", "share", "one-site institutions with a viable plan that started",
        "small_started", "small_viable", if_undefined="no one-site institution had a viable plan",
    ),
    _scaling(
        "viable_funded_large_share", "share", "institutions of several sites with a viable plan that started",
        "large_started", "large_viable", if_undefined="no institution of several sites had a viable plan",
    ),
    _scaling(
        "adopters_last_year_share", "share", "institutions with a live project at the end of the horizon",
        "adopters_last", "institutions",
    ),
    _scaling(
        "users_last_year_share", "share", "the same, and those that used AI at the start",
        "users_last", "institutions",
    ),
)  # fmt: skip

_NO_PLATFORM = "no platform programme was financed"
_PLATFORMS = (
    _scaling(
        "projects_platform_started", "projects", "platform programmes with a first financial close",
        "platform_started",
    ),
    _scaling(
        "platform_cost_eur", "EUR", "cost at closes per started platform programme",
        "platform_uses_cents", "platform_started", if_undefined=_NO_PLATFORM,
    ),
    _scaling(
        "platform_lent_share", "share", "share of the cost of platform programmes met by loans",
        "platform_lent_cents", "platform_uses_cents", if_undefined=_NO_PLATFORM,
    ),
    _scaling(
        "platform_share_of_lent", "share", "share of loan principal that went to platform programmes",
        "platform_lent_cents", "lent_cents", if_undefined="no loan was disbursed",
    ),
)  # fmt: skip

_NO_USES = "nothing was financed"
_NO_SUPPORT = "there was no support"
_MONEY = (
    _scaling("uses_eur", "EUR", "cost at all financial closes", "uses_cents"),
    *(
        _scaling(
            f"{source}_share", "share", f"share of the cost at closes met {text}",
            f"{source}_cents", "uses_cents", if_undefined=_NO_USES,
        )
        for source, text in (
            ("own_funds", "from own funds"),
            ("bank_loan", "by bank loans"),
            ("promotional_loan", "by promotional loans"),
            ("grant", "by grants, as awarded"),
            ("impact", "by impact investment"),
            ("crowd", "by crowdfunding, lent or given"),
            ("outcome", "by investors of outcome contracts"),
        )
    ),
    _scaling(
        "guaranteed_share_of_lent", "share", "share of loan principal that guarantees cover",
        "guaranteed_cents", "lent_cents", if_undefined="no loan was disbursed",
    ),
    _scaling(
        "overrun_share", "share", "cost above plan per euro of planned cost", "overrun_cents", "uses_cents",
        if_undefined=_NO_USES,
    ),
    _scaling("gge_eur", "EUR", "gross grant equivalent of all support", "gge_cents"),
    _scaling("clawback_eur", "EUR", "grants repaid as projects were given up too early", "clawback_cents"),
    _scaling(
        "leverage_private", "EUR per EUR",
        "bank loans, impact investment and crowdfunding per euro of gross grant equivalent",
        "bank_loan_cents + impact_cents + crowd_cents", "gge_cents",
        title="private money per euro of support (GGE)", if_undefined=_NO_SUPPORT,
    ),
    _scaling(
        "leverage_total", "EUR per EUR", "total cost at closes per euro of gross grant equivalent",
        "uses_cents", "gge_cents", if_undefined=_NO_SUPPORT,
    ),
)  # fmt: skip

_QUEUES = tuple(
    metric
    for queue, people in (("adviser", "advisers"), ("vendor", "vendors"), ("trainer", "trainers"))
    for metric in (
        _scaling(f"{queue}_jobs", "jobs", f"jobs of {people}", f"{queue}_jobs"),
        _scaling(
            f"{queue}_wait_months", "months", f"mean wait for {people} per job",
            f"{queue}_wait", f"{queue}_jobs", if_undefined=f"{people} had nothing to do",
        ),
        _scaling(
            f"{queue}_use", "share", f"use of the time of {people}",
            f"{queue}_busy", f"{queue}_capacity", if_undefined=f"no limit to {people} in this sample",
        ),
    )
)  # fmt: skip

_REASONS = tuple(
    _scaling(
        f"reason_{reason}_share", "share", f"share of projects that fell out: {reason.replace('_', ' ')}",
        f"reason_{reason}", "reasons", if_undefined="no project fell out",
    )
    for reason in layout.REASONS
)  # fmt: skip

_INSTRUMENTS = (
    _scaling("requests", "requests", "requests that were made", "requests", scope="instrument"),
    _scaling(
        "requests_in_vain", "requests",
        "applications begun in early talks for plans that turned out not viable (not among the requests)",
        "in_vain", scope="instrument",
    ),
    _scaling(
        "granted_share", "share", "requests that were granted", "granted", "requests", scope="instrument",
        if_undefined="nothing was requested",
    ),
    _scaling(
        "gge_eur", "EUR", "gross grant equivalent", "gge_cents", scope="instrument",
    ),
    _scaling(
        "budget_use", "share", "amount granted per euro of budget within the horizon",
        "granted_cents", "budget_cents", scope="instrument", if_undefined="it has no budget",
    ),
    *(
        _scaling(
            f"answer_{answer}_share", "share", f"share of the answers: {answer.replace('_', ' ')}",
            f"answer_{answer}", "answers", scope="instrument", if_undefined="nothing was asked for",
        )
        for answer in layout.ANSWERS
    ),
)  # fmt: skip

_YEARS = (
    _scaling("live_projects", "projects", "live at the end of the year", "live_projects", scope="year"),
    _scaling("live_sites", "sites", "live at the end of the year", "live_sites", scope="year"),
    _scaling(
        "adopters_share", "share", "institutions with a live project at the end of the year",
        "adopters", "institutions", scope="year",
    ),
    _scaling(
        "users_share", "share", "the same, and those that used AI at the start",
        "users", "institutions", scope="year",
    ),
    _scaling("projects_started", "projects", "first close in the year", "started", scope="year"),
    _scaling("projects_sustained", "projects", "sustained in the year", "sustained", scope="year"),
    _scaling("projects_ended", "projects", "ended in the year", "ended", scope="year"),
)  # fmt: skip

_TYPES = (
    _scaling(
        "projects_started_per_institution", "projects", "started projects per institution",
        "started", "institutions", scope="type",
    ),
    _scaling(
        "projects_sustained_per_institution", "projects", "sustained projects per institution",
        "sustained", "institutions", scope="type",
    ),
    _scaling("grant_eur", "EUR", "grants", "grant_cents", scope="type"),
    _scaling("own_funds_eur", "EUR", "own funds", "own_funds_cents", scope="type"),
)  # fmt: skip

METRICS: tuple[Metric, ...] = (
    *_SHARES, *_COUNTS, *_CONVERSION, *_ACCESS, *_MONEY, *_QUEUES, *_REASONS, *_INSTRUMENTS, *_YEARS, *_TYPES,
    *_PLATFORMS,
)  # fmt: skip
"""Metrics of scaling."""
