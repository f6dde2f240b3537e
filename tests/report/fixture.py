"""Stored runs of an invented world, so that the report is tested without the engine."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from hybridsim.rollout import layout
from hybridsim.rollout.tally import Outcome
from hybridsim.study.plan import Plan
from hybridsim.study.run import execute
from hybridsim.study.store import StoredRun

YEARS = 5
INSTRUMENTS = ("own_grant", "bank_loan", "guarantee", "unused")

EVIL = "</script><script>window.evil = 1</script><img src=x onerror='window.evil = 2'> \"&amp; {0} %{y}"


def columns(table, values):
    """Values in the order of a table of the layout; 0 where nothing is given."""
    unknown = set(values) - {column.name for column in table}
    assert not unknown, unknown
    return [int(values.get(column.name, 0)) for column in table]


def _cohort(year, started):
    """All but the last two years are followed to the end; each is better than the one before."""
    found = {
        "complete": int(year < YEARS - 2),
        "started": started,
        "rolled_out": started - 4,
        "sustained": started // 4 + year,
        "inst_started": started,
        "inst_defaults": year,
        "inputs_pv_cents": started * 5_000_000,
        "social_pv_cents": started * 1_000_000 * (2 + year),
        "capital_pv_cent_years": started * 20_000_000,
        "fiscal_pv_cents": started * 300_000,
        "hours_milli": started * 700_000,
    }
    return columns(layout.COHORT, found)


def simulate(world, replication):
    """An invented future: more of everything than the one before, with rare large losses."""
    rng = np.random.default_rng(replication)
    started = 20 + int(rng.integers(0, 15))
    lent = started * 4_000_000
    loss = int(lent * 0.01 * rng.exponential()) if rng.random() < 0.8 else 0
    ead = loss * 4
    totals = {
        "ideas": started * 4,
        "planned": started * 3,
        "viable": started * 2,
        "applied": started * 2 - 3,
        "started": started,
        "piloted": started - 1,
        "passed": started - 5,
        "rolled_out": started - 5,
        "scaled": started // 3,
        "sustained": started // 4,
        "inst_started": min(started, world.n),
        "inst_piloted": min(started - 1, world.n),
        "inst_rolled_out": min(started - 5, world.n),
        "inst_scaled": started // 4,
        "inst_sustained": started // 5,
        "small_viable": 20,
        "small_started": 10,
        "large_viable": 15,
        "large_started": 11,
        "funding_months": started * 5_200 + replication % 7,
        "defaults": int(rng.integers(0, 4)),
        "defaults_financed": int(rng.integers(0, 2)),
        "institution_years": world.n * 4_900,
        "financed_years": started * 3_000,
        "base_hazard_financed": started * 27,
        "loans": started,
        "loans_defaulted": int(loss > 0),
        "lent_cents": lent,
        "ead_cents": ead,
        "recovered_cents": ead // 2,
        "payout_cents": ead // 4,
        "loss_cents": loss,
        "loss_horizon_cents": loss // 2,
        "loss_public_cents": ead // 4,
        "uses_cents": started * 10_000_000,
        "own_funds_cents": started * 2_500_000,
        "bank_loan_cents": lent,
        "grant_cents": started * 3_500_000,
        "guaranteed_cents": lent // 3,
        "overrun_cents": started * 500_000,
        "gge_cents": started * 3_600_000,
        "fiscal_pv_cents": started * 2_900_000,
        "fiscal_grants_pv_cents": started * 3_200_000,
        "fiscal_payouts_pv_cents": ead // 4,
        "fiscal_fees_pv_cents": -started * 20_000 - ead // 4,
        "fiscal_administration_pv_cents": started * 100_000,
        "fiscal_payers_pv_cents": -started * 380_000,
        "social_pv_cents": started * 9_000_000 + int(rng.integers(0, 90_000_000)),
        "cash_benefit_pv_cents": started * 3_000_000,
        "running_cost_pv_cents": started * 2_000_000,
        "capital_pv_cent_years": started * 40_000_000,
        "hours_milli": started * 3_000_000 + int(rng.integers(0, 9_000_000)),
        "incidents_milli": started * 900,
        "reached": started * 80,
        "events": 1000,
    }
    years = [
        columns(
            layout.YEAR,
            {
                "live_projects": started * year // YEARS,
                "live_sites": started * year // 3,
                "ideas": started,
                "adopters": started * year // YEARS,
                "users": 3 + started * year // YEARS,
                "started": started // YEARS,
                "lent_cents": lent // YEARS,
                "grant_cents": started * 700_000,
                "own_funds_cents": started * 500_000,
                "outstanding_cents": lent * year // 10,
                "loss_cents": loss // YEARS,
                "hours_milli": started * 600_000 * year,
            },
        )
        for year in range(YEARS)
    ]
    answers = [[0] * len(layout.ANSWERS) for _ in INSTRUMENTS]
    for index, (granted, other) in enumerate(((started, 2), (started, 4), (started // 2, 7))):
        answers[index][layout.Answer.GRANTED] = granted
        answers[index][other] = 10 + index
    return Outcome(
        replication=replication,
        totals=columns(layout.REPLICATION, totals),
        years=years,
        instruments=[
            columns(
                layout.INSTRUMENT,
                {
                    "requests": sum(row),
                    "granted": row[0],
                    "granted_cents": row[0] * 4_000_000,
                    "in_vain": 6 if name == "own_grant" else 0,
                },
            )
            for name, row in zip(INSTRUMENTS, answers, strict=True)
        ],
        answers=answers,
        reasons=[30, 9, 4, 1, 5, 2, 0, 1],
        institutions={
            row: columns(layout.INSTITUTION, {"started": 1, "lent_cents": 100_000}) for row in range(9)
        },
        loans=[],
        cohorts=[_cohort(year, started) for year in range(YEARS)],
    )


def simulate_nothing(world, replication):
    """A future in which nothing happens."""
    return Outcome(
        replication=replication,
        totals=columns(layout.REPLICATION, {"institution_years": world.n * 5_000}),
        years=[columns(layout.YEAR, {}) for _ in range(YEARS)],
        instruments=[columns(layout.INSTRUMENT, {}) for _ in INSTRUMENTS],
        answers=[[0] * len(layout.ANSWERS) for _ in INSTRUMENTS],
        reasons=[0] * len(layout.REASONS),
        institutions={},
        loans=[],
    )


def simulate_without_loans(world, replication):
    """A future with grants and own funds only."""
    outcome = simulate(world, replication)
    for index, column in enumerate(layout.REPLICATION):
        if column.name.startswith(
            ("loan", "loss", "lent", "ead", "recovered", "payout", "bank_loan", "guaranteed")
        ):
            outcome.totals[index] = 0
    for row in outcome.years:
        for index, column in enumerate(layout.YEAR):
            if column.name in ("lent_cents", "outstanding_cents", "loss_cents"):
                row[index] = 0
    return outcome


def make_run(
    out: Path,
    replications: int = 250,
    simulate=simulate,
    types=(40, 12, 5),
    title="Invented care",
    sample=0.05,
) -> StoredRun:
    """Store a run; ``types`` counts nursing homes, ambulatory services and hospitals."""
    kinds = np.repeat(np.arange(len(types)), types)
    people = SimpleNamespace(
        type=kinds,
        land=np.zeros_like(kinds),
        legal_form=np.zeros_like(kinds),
        sites=np.where(kinds == 2, 4, 1),
        revenue_eur_pa=np.full(len(kinds), 5e6),
        pd_pa=np.full(len(kinds), 0.01),
        sample_fraction=sample,
    )
    world = SimpleNamespace(
        n=len(kinds),
        supported=[True] * len(kinds),
        ids=[f"person-{row}" for row in range(len(kinds))],
        instrument_names=list(INSTRUMENTS),
        use_case_names=["documentation"],
        years=YEARS,
        population=people,
        notes=["the budget of own_grant is tiny"],
    )
    scenario = {
        "title": title,
        "run": {"start": "2027-01-01", "follow_up_months": 24},
        "design": {"title": f"Design of {title}", "order": ["own_grant", "guarantee", "bank_loan"]},
        "stress": {"name": "baseline"},
        "instruments": {name: {"title": f"{name.replace('_', ' ')} of {title}"} for name in INSTRUMENTS},
        "institution_types": {"nursing_home": {"title": f"Homes of {title}"}},
    }
    assumptions = (
        {
            "path": "impact.deadweight",
            "value": 0.2,
            "unit": "share",
            "source": f"a paper by {title}",
            "evidence": "published",
            "low": 0.1,
            "high": 0.3,
        },
        {
            "path": "pilot.scope",
            "value": -0.5,
            "unit": "",
            "source": "set on the command line",
            "evidence": "assumption",
            "low": None,
            "high": None,
        },
        {
            "path": "x.maximum_eur",
            "value": 1e9,
            "unit": "EUR",
            "source": "no limit",
            "evidence": "derived",
            "low": None,
            "high": None,
        },
    )
    plan = Plan(
        world=world,
        scenario=scenario,
        scenario_hash="0" * 64,
        name="invented",
        seed=7,
        replications=replications,
        engine="simpy",
        files={"invented.toml": "1" * 64},
        assumptions=assumptions,
        notes=(),
    )
    return execute(plan, simulate, out=out)
