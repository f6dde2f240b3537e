"""Simulate how AI projects roll out across social-care institutions under mixes of funding.

>>> import hybridsim as hs                                          # doctest: +SKIP
>>> scenario = hs.load("scenarios/care-germany.toml", ["population.size=300"])  # doctest: +SKIP
>>> run = hs.run(scenario, replications=200)                        # doctest: +SKIP
>>> run.metrics, run.years, run.institutions                        # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hybridsim.book.api import book
    from hybridsim.book.store import BookResult, load_book
    from hybridsim.core.errors import (
        DataError,
        HybridsimError,
        InputError,
        InvariantError,
        PopulationError,
        ResourceError,
        ScenarioError,
    )
    from hybridsim.report import write_report
    from hybridsim.scenario import Resolved, Scenario
    from hybridsim.scenario import resolve as load
    from hybridsim.study.compare import compare
    from hybridsim.study.equalise import equalise
    from hybridsim.study.manifest import version as _version
    from hybridsim.study.prepare import replay
    from hybridsim.study.run import run
    from hybridsim.study.sensitivity import sensitivity
    from hybridsim.study.sensitivity_store import load_sensitivity
    from hybridsim.study.store import StoredRun, load_run

    __version__ = _version()

__all__ = [
    "BookResult",
    "DataError",
    "HybridsimError",
    "InputError",
    "InvariantError",
    "PopulationError",
    "Resolved",
    "ResourceError",
    "Scenario",
    "ScenarioError",
    "StoredRun",
    "__version__",
    "book",
    "compare",
    "equalise",
    "load",
    "load_book",
    "load_run",
    "load_sensitivity",
    "replay",
    "run",
    "sensitivity",
    "write_report",
]

_ERRORS = "hybridsim.core.errors"
_HOMES = {
    "BookResult": ("hybridsim.book.store", "BookResult"),
    "DataError": (_ERRORS, "DataError"),
    "HybridsimError": (_ERRORS, "HybridsimError"),
    "InputError": (_ERRORS, "InputError"),
    "InvariantError": (_ERRORS, "InvariantError"),
    "PopulationError": (_ERRORS, "PopulationError"),
    "Resolved": ("hybridsim.scenario", "Resolved"),
    "ResourceError": (_ERRORS, "ResourceError"),
    "Scenario": ("hybridsim.scenario", "Scenario"),
    "ScenarioError": (_ERRORS, "ScenarioError"),
    "StoredRun": ("hybridsim.study.store", "StoredRun"),
    "book": ("hybridsim.book.api", "book"),
    "compare": ("hybridsim.study.compare", "compare"),
    "equalise": ("hybridsim.study.equalise", "equalise"),
    "load": ("hybridsim.scenario", "resolve"),
    "load_book": ("hybridsim.book.store", "load_book"),
    "load_run": ("hybridsim.study.store", "load_run"),
    "load_sensitivity": ("hybridsim.study.sensitivity_store", "load_sensitivity"),
    "replay": ("hybridsim.study.prepare", "replay"),
    "run": ("hybridsim.study.run", "run"),
    "sensitivity": ("hybridsim.study.sensitivity", "sensitivity"),
    "write_report": ("hybridsim.report", "write_report"),
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used, so that importing the package stays quick."""
    if name == "__version__":
        from importlib.metadata import version

        return version("hybridsim")
    if name not in _HOMES:
        raise AttributeError(f"module 'hybridsim' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
