"""What the charts draw is what the tables hold, recomputed here in another way."""

from __future__ import annotations

import statistics

import pandas as pd
import pytest
from pyarrow import parquet

from hybridsim.report.charts import Chart, data_block
from tests.report import reading


def table(run, name):
    return parquet.read_table(run.folder / f"{name}.parquet").to_pylist()


def metric(run, name, scope="total"):
    (row,) = (r for r in table(run, "metrics") if r["metric"] == name and r["scope"] == scope)
    return row


def test_the_histogram_counts_every_future_with_a_loss_once(run, page):
    chart = reading.charts(page)["plot-loss"]["data"][0]
    losses = [row["loss_cents"] / 100 for row in table(run, "replications") if row["loss_cents"]]
    for middle, width, drawn in zip(chart["x"], chart["width"], chart["y"], strict=True):
        inside = sum(1 for loss in losses if middle - width / 2 <= loss < middle + width / 2)
        assert inside == pytest.approx(drawn, abs=0)
    assert sum(chart["y"]) == len(losses)
    none = next(row for row in reading.rows(page, "Data: Lenders&#x27; loss in the futures with a loss"))
    assert none == ["No loss", str(250 - len(losses))]


def test_the_lines_of_the_histogram_stand_at_the_stored_metrics(run, page):
    shapes = reading.charts(page)["plot-loss"]["layout"]["shapes"]
    names = ("expected_loss_eur", "loss_var_95_eur", "loss_es_95_eur")
    assert [shape["x0"] for shape in shapes] == [metric(run, name)["value"] for name in names]
    assert metric(run, "loss_var_99_eur")["value"] is None


@pytest.mark.parametrize(
    ("column", "scale"),
    [("adopters", 100 / 57), ("live_sites", 1), ("hours_milli", 1e-3), ("outstanding_cents", 1e-2)],
)
def test_fans_are_order_statistics_of_the_stored_years(run, page, column, scale):
    drawn = reading.charts(page)[f"plot-years-{column.replace('_', '-')}"]["data"]
    for year in range(5):
        values = sorted(row[column] * scale for row in table(run, "years") if row["year"] == year)
        # 250 futures: the k-th smallest with k = 13, 63, 125, 188, 238 (5, 25, 50, 75, 95 %, rounded up).
        wanted = [values[k - 1] for k in (13, 63, 125, 188, 238)]
        lowest, highest, low, high, middle = (trace["y"][year] for trace in drawn)
        assert [lowest, low, middle, high, highest] == pytest.approx(wanted, rel=1e-12)


def test_money_by_year_holds_the_means_of_the_stored_years(run, page):
    drawn = {trace["name"]: trace["y"] for trace in reading.charts(page)["plot-money-by-year"]["data"]}
    for name, column in (
        ("Own funds", "own_funds_cents"),
        ("Loans", "lent_cents"),
        ("Grants", "grant_cents"),
    ):
        for year in range(5):
            amounts = [row[column] / 100 for row in table(run, "years") if row["year"] == year]
            assert drawn[name][year] == pytest.approx(statistics.fmean(amounts), rel=1e-9)


def test_expected_losses_by_year_are_the_stored_metrics(run, page):
    (bars,) = reading.charts(page)["plot-years-expected-loss"]["data"]
    for year in range(5):
        row = metric(run, "expected_loss_eur", f"year:{year}")
        assert bars["y"][year] == row["value"]
        assert bars["y"][year] + bars["error_y"]["array"][year] == pytest.approx(row["ci_high"])
        assert bars["y"][year] - bars["error_y"]["arrayminus"][year] == pytest.approx(row["ci_low"])


def test_every_chart_is_valid_plotly_and_has_its_place_on_the_page(page):
    import plotly.graph_objects as go

    drawn = reading.charts(page)
    places = reading.Page(page).all("div", class_="plot")
    assert sorted(drawn) == sorted(place["attributes"]["id"] for place in places)
    assert len(drawn) == 8
    for chart in drawn.values():
        go.Figure(data=chart["data"], layout=chart["layout"])


def test_the_funnel_shows_the_means_of_the_stored_replications(run, page):
    shown = {row[0]: row[1] for row in reading.rows(page, "Projects by stage, mean over replications")}
    stored = pd.DataFrame(table(run, "replications"))
    for label, column in (("Idea taken up", "ideas"), ("Financed and started", "started")):
        mean = statistics.fmean(stored[column])
        assert float(shown[label].replace(",", "")) == pytest.approx(mean, rel=0.01)


def test_the_data_block_cannot_end_its_script_element():
    text = "</script><!--<script>alert(1)</script>&amp;\u2028"
    chart = Chart("name", "title", "says", [{"type": "bar", "x": [text], "y": [1]}], {"height": 1}, (), ())
    block = data_block([chart])
    assert block.count("<") == 2 and "&" not in block
    assert reading.charts(block)["plot-name"]["data"][0]["x"] == [text]
