from __future__ import annotations

import pytest

from hybridsim.report.page import render
from tests.report import fixture


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def run(folders):
    """A run of 250 futures with loans, defaults and a sample of the sector."""
    return fixture.make_run(folders / "plain")


@pytest.fixture(scope="session")
def page(run):
    return render(run)


@pytest.fixture(scope="session")
def evil(folders):
    """A run whose names try to break out of HTML, scripts, templates and chart labels."""
    return fixture.make_run(folders / "evil", replications=30, title=fixture.EVIL)


@pytest.fixture(scope="session")
def odd_runs(folders):
    """Runs with something missing."""
    return {
        "one replication": fixture.make_run(folders / "one", replications=1),
        "no projects": fixture.make_run(folders / "none", 30, fixture.simulate_nothing),
        "no loans": fixture.make_run(folders / "loanless", 30, fixture.simulate_without_loans),
        "whole sector": fixture.make_run(folders / "whole", 30, sample=1.0),
    }
