"""The table of claims in docs/model.md speaks of parameters, scenarios and metrics that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from hybridsim.scenario import load
from hybridsim.scenario.schema.scenario import Scenario
from hybridsim.scenario.schema.values import Quantity
from hybridsim.study.metrics import METRICS

ROOT = Path(__file__).parents[1]
# DESIGN, section 10: the claims in its order, by words that each must contain.
CLAIMS = (
    "relieves staff", "up-front cost", "own funds", "combine with", "finds suitable", "adapted", "flexible",
    "non-profits", "crowdfunding", "trying out", "together early", "needs analysis", "trust", "involve",
    "small and realistic",
)  # fmt: skip


def table() -> list[list[str]]:
    """Cells of the table's rows."""
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8").split("## 13. Claims of practice")[1]
    text = text.split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def reach(scenario: Scenario, path: str) -> object:
    """What stands at a key path of a loaded scenario."""
    here: object = scenario
    for key in path.split("."):
        if isinstance(here, dict):
            assert key in here, f"{path}: there is no {key!r}"
            here = here[key]
        else:
            assert isinstance(here, BaseModel) and key in type(here).model_fields, f"{path}: no {key!r}"
            here = getattr(here, key)
    return here


@pytest.fixture(scope="module")
def status_quo() -> Scenario:
    return load(ROOT / "scenarios" / "care-germany.toml")


def test_no_claim_is_left_out():
    rows = table()
    assert len(rows) == len(CLAIMS)
    assert all(word in row[0].lower() for word, row in zip(CLAIMS, rows, strict=True))


@pytest.mark.parametrize("row", table(), ids=lambda row: row[0])
def test_every_parameter_scenario_and_metric_of_a_claim_exists(row: list[str], status_quo: Scenario):
    _, parameters, metrics = row
    paths = [name for name in quoted(parameters) if " " not in name]
    files = [name for name in paths if name.endswith(".toml")]
    keys = [name for name in paths if name not in files]
    assert keys and all((ROOT / name).is_file() for name in files)
    for path in keys:
        found = reach(status_quo, path)
        assert isinstance(found, Quantity) or not isinstance(found, BaseModel | dict), path
    known = {metric.name for metric in METRICS}
    assert quoted(metrics) and set(quoted(metrics)) <= known
