"""The manifest of a run: what was simulated, with what, and how to do it again."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import numpy as np

from hybridsim.core.codes import InstitutionType
from hybridsim.core.rng import SCHEME_VERSION
from hybridsim.study import metrics
from hybridsim.study.plan import Plan, code_digest
from hybridsim.study.tables import FORMAT_VERSION, METRICS, STORED, describe

PROGRAM = "hybridsim"
_LIBRARIES = ("numpy", "pandas", "pyarrow", "pydantic", "scipy", "simpy")


def version() -> str:
    """Version of the installed package."""
    return metadata.version(PROGRAM)


def build(
    plan: Plan,
    rows: Mapping[str, int],
    digests: Mapping[str, str],
    digest: str,
    metrics_digest: str,
    workers: int,
    timings: Mapping[str, Any],
    notes: list[str],
) -> dict[str, Any]:
    """The manifest as JSON-ready values; ``rows`` and ``digests`` by table."""
    tables = {
        name: {"rows": rows[name], "digest": digests[name], "columns": describe(fields)}
        for name, fields in STORED.items()
    }
    return {
        "program": PROGRAM,
        "format_version": FORMAT_VERSION,
        "versions": versions(),
        "code_digest": code_digest(),
        "random_scheme": SCHEME_VERSION,
        "name": plan.name,
        "title": plan.scenario.get("title", plan.name),
        "seed": plan.seed,
        "replications": {"asked": plan.replications, "done": rows["replications"]},
        "engine": plan.engine,
        "workers": workers,
        "identity": plan.identity,
        "digest": digest,
        "scenario_hash": plan.scenario_hash,
        "scenario": dict(plan.scenario),
        "files": dict(plan.files),
        "assumptions": [dict(item) for item in plan.assumptions],
        "population": population(plan),
        "instruments": list(plan.world.instrument_names),
        "use_cases": list(plan.world.use_case_names),
        "years": plan.world.years,
        "notes": notes,
        "timings": dict(timings),
        "tables": tables,
        "metrics": {
            "rows": rows["metrics"],
            "digest": metrics_digest,
            "columns": describe(METRICS),
            "definitions": metrics.describe(),
        },
    }


def versions() -> dict[str, str]:
    """Versions of the package, the interpreter and the libraries that a result may depend on."""
    return {
        PROGRAM: version(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in _LIBRARIES},
    }


def population(plan: Plan) -> dict[str, Any]:
    """Institutions and sites by type, and which part of the sector they are."""
    people = plan.world.population
    kinds = np.asarray(people.type)
    sites = np.asarray(people.sites)
    by_type = {
        InstitutionType(int(code)).label: {
            "institutions": int(np.sum(kinds == code)),
            "sites": int(sites[kinds == code].sum()),
        }
        for code in np.unique(kinds)
    }
    return {
        "institutions": plan.world.n,
        "sites": int(sites.sum()),
        "sample_fraction": float(people.sample_fraction),
        "by_type": by_type,
    }


def notes(plan: Plan) -> list[str]:
    """What a reader has to know before the figures, each once."""
    return list(dict.fromkeys([*plan.notes, *plan.world.notes]))
