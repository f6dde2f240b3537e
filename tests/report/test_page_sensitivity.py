"""The page of a sensitivity study: whole, safe, and drawn from the stored tables."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from hybridsim.report.page_sensitivity import render, write_sensitivity_page
from hybridsim.study.sensitivity import carry_out
from hybridsim.study.survey import plan
from tests.report import reading
from tests.study.test_sensitivity import FREED, METRIC, SHARE, TAKE, linear, tiny

EVIL = "slow </script><img src=x onerror=alert(1)> {title} & co"


@pytest.fixture(scope="module")
def studies():
    two = [tiny(), tiny("name=other", f'title="{EVIL}"')]
    metrics = [METRIC, "fiscal_cost_eur"]
    return {
        "together": carry_out(plan(two, draws=12, only=[TAKE, FREED, SHARE], metrics=metrics), linear),
        "alone": carry_out(plan(two, one_at_a_time=True, only=[TAKE, FREED, SHARE], metrics=metrics), linear),
    }


@pytest.mark.parametrize("kind", ["together", "alone"])
def test_the_page_is_whole_and_names_stay_text(studies, kind):
    page = render(studies[kind])
    read = reading.Page(page)
    assert read.open == []
    ids = [e["attributes"]["id"] for e in read.elements if "id" in e["attributes"]]
    assert len(ids) == len(set(ids))
    assert EVIL in read.all("h1")[0]["text"]
    assert not read.all("img") and len(read.all("script")) == 4
    assert "https:" not in reading.without_scripts(page)
    (policy,) = read.all("meta", http_equiv="Content-Security-Policy")
    allowed = set(re.findall(r"'sha256-([^']+)'", policy["attributes"]["content"]))
    bodies = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    assert allowed == {base64.b64encode(hashlib.sha256(b.encode()).digest()).decode() for b in bodies}


@pytest.mark.parametrize("kind", ["together", "alone"])
def test_every_chart_is_valid_plotly_and_has_its_place(studies, kind):
    import plotly.graph_objects as go

    page = render(studies[kind])
    drawn = reading.charts(page)
    places = reading.Page(page).all("div", class_="plot")
    assert drawn and sorted(drawn) == sorted(place["attributes"]["id"] for place in places)
    for chart in drawn.values():
        go.Figure(data=chart["data"], layout=chart["layout"])


def test_the_bars_of_a_tornado_end_at_the_stored_figures(studies):
    found = studies["alone"]
    frame = found.tables["one_at_a_time"]
    row = frame[(frame["metric"] == METRIC) & (frame["path"] == TAKE)].iloc[0]
    low, high = reading.charts(render(found))["plot-figure-0"]["data"]
    assert low["base"] + low["x"][0] == pytest.approx(100 * row["at_low"])
    assert high["base"] + high["x"][0] == pytest.approx(100 * row["at_high"])


def test_shares_of_the_spread_are_the_stored_ones(studies):
    found = studies["together"]
    stored = found.tables["spread"]["share"].dropna().tolist()
    unknowns, chance = reading.charts(render(found))["plot-spread"]["data"]
    assert unknowns["x"] == pytest.approx([100 * share for share in stored])
    assert [a + b for a, b in zip(unknowns["x"], chance["x"], strict=True)] == pytest.approx(
        [100] * len(stored)
    )


def test_the_same_study_gives_the_same_bytes(studies, tmp_path):
    first = write_sensitivity_page(studies["alone"], tmp_path / "a.html")
    second = write_sensitivity_page(studies["alone"], tmp_path / "b.html")
    assert first.read_bytes() == second.read_bytes()
