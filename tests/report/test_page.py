from __future__ import annotations

import base64
import hashlib
import json
import re
from itertools import pairwise

import pytest

from hybridsim.core.errors import DataError, InputError
from hybridsim.report import write_report
from hybridsim.report.page import render
from hybridsim.report.values import Values
from hybridsim.study.metrics import METRICS
from tests.report import fixture, reading


def test_the_page_is_one_whole_html_document(page):
    assert page.startswith("<!doctype html>\n")
    read = reading.Page(page)
    assert read.open == []
    assert read.all("html")[0]["attributes"]["lang"] == "en"
    assert read.all("meta", name="viewport")
    assert read.all("title")[0]["text"] == "Invented care"
    ids = [e["attributes"]["id"] for e in read.elements if "id" in e["attributes"]]
    assert len(ids) == len(set(ids))


def test_headings_go_down_one_level_at_a_time(page):
    levels = [int(e["tag"][1]) for e in reading.Page(page).elements if re.fullmatch(r"h[1-6]", e["tag"])]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_tables_have_captions_and_headers_and_charts_have_text(page):
    read = reading.Page(page)
    assert len(read.all("caption")) == len(read.all("table"))
    assert all("scope" in e["attributes"] for e in read.all("th"))
    for plot in read.all("div", class_="plot"):
        assert plot["attributes"]["role"] == "img"
        assert len(plot["attributes"]["aria-label"]) > 40
    names = {e["attributes"]["for"] for e in read.all("label")}
    assert names == {e["attributes"]["id"] for e in read.all("input")}


def test_links_lead_to_places_of_the_page(page):
    read = reading.Page(page)
    ids = {e["attributes"].get("id") for e in read.elements}
    targets = [e["attributes"]["href"] for e in read.all("a")]
    assert targets and all(target.startswith("#") and target[1:] in ids for target in targets)


def test_nothing_is_loaded_from_anywhere(page):
    read = reading.Page(page)
    assert not [e for e in read.elements if e["tag"] in {"link", "iframe", "img", "object", "embed", "base"}]
    assert not [e for e in read.elements if "src" in e["attributes"]]
    assert "http:" not in reading.without_scripts(page) and "https:" not in reading.without_scripts(page)
    assert "@import" not in page and "url(" not in reading.Page(page).all("style")[0]["text"]


def test_the_policy_allows_exactly_the_scripts_of_the_page(page):
    (policy,) = reading.Page(page).all("meta", http_equiv="Content-Security-Policy")
    allowed = set(re.findall(r"'sha256-([^']+)'", policy["attributes"]["content"]))
    bodies = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    assert allowed == {base64.b64encode(hashlib.sha256(b.encode()).digest()).decode() for b in bodies}
    script = policy["attributes"]["content"].split("script-src")[1].split(";")[0]
    assert policy["attributes"]["content"].startswith("default-src 'none'") and "unsafe" not in script


def test_plotly_is_embedded_once(page):
    assert page.count("plotly.js v") == 1
    assert len(page) < 6_000_000


def test_the_same_run_gives_the_same_bytes(run, page, tmp_path):
    first = write_report(run.folder, tmp_path / "a" / "report.html")
    second = write_report(run.folder, tmp_path / "b.html")
    assert first == tmp_path / "a" / "report.html"
    assert first.read_bytes() == second.read_bytes() == page.encode()
    assert [p.name for p in first.parent.iterdir()] == ["report.html"]


def test_a_missing_and_a_broken_run_are_refused(run, tmp_path):
    with pytest.raises(InputError):
        write_report(tmp_path / "nowhere", tmp_path / "r.html")
    (tmp_path / "broken").mkdir()
    for path in run.folder.iterdir():
        (tmp_path / "broken" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "broken" / "years.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError):
        write_report(tmp_path / "broken", tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_names_from_files_stay_text(evil):
    text = render(evil)
    read = reading.Page(text)
    assert read.all("h1")[0]["text"] == fixture.EVIL
    assert not read.all("img")
    assert len(read.all("script")) == 4
    assert not [e for e in read.elements if any(name.startswith("on") for name in e["attributes"])]
    sources = [row[-1] for row in reading.rows(text, "Assumptions and their evidence")]
    assert sources[0] == f"a paper by {fixture.EVIL}"


def test_the_first_screen_says_what_was_simulated_and_what_came_out(run, page):
    read = reading.Page(page)
    what = next(e for e in read.all("p", class_="what"))["text"].replace("\u00a0", " ")
    assert what == (
        "Design: Design of Invented care. 57 institutions with 72 sites (a sample: 5 % of the sector's "
        "sites), 5 years from 2027, 250 possible futures."
    )
    answer = read.all("p", class_="answer")[0]["text"]
    row = {r["metric"]: r for r in run.metrics.to_dict("records") if r["scope"] == "total"}
    started = row["institutions_started_share"]
    value, low, high = (round(100 * started[key]) for key in ("value", "ci_low", "ci_high"))
    assert answer.startswith(
        f"Of 100 institutions, {value} ({low} to {high}) start a project within five years; "
    )
    cards = read.all("article")
    names = [e["attributes"]["class"] for e in cards]
    assert names == ["card risk", "card impact", "card scaling", "card public"]
    assert all(3 <= e["text"].count("95\u00a0%:") <= 4 for e in cards)


def test_notes_of_the_run_are_on_the_first_screen_and_complete(run, page):
    read = reading.Page(page)
    (warning,) = read.all("p", class_="warning")
    assert run.notes and run.notes[0][1:] in warning["text"]
    listed = [e["text"] for e in read.all("li")]
    assert all(any(note[1:] in text for text in listed) for note in run.notes)


def test_every_figure_comes_from_a_metric_that_exists(run, monkeypatch):
    asked = set()
    original = Values.get

    def get(self, name, scope="total"):
        asked.add((name, scope.partition(":")[0]))
        return original(self, name, scope)

    monkeypatch.setattr(Values, "get", get)
    render(run)
    known = {(metric.name, metric.scope) for metric in METRICS}
    # The first stage has none before it.
    assert asked - known == {("conversion_ideas", "total")}
    assert len(asked) > 60


def test_the_table_of_figures_holds_every_stored_metric(run, page):
    shown = reading.rows(page, "All figures of the run")
    assert [row[0] for row in shown] == run.metrics["metric"].tolist()
    assert all(row[5] for row in shown)


def test_applications_begun_in_vain_are_said_where_there_are_any(run, page, odd_runs):
    start = "Begun besides in early talks, for plans that turned out not viable: "
    (note,) = (p["text"] for p in reading.Page(page).all("p", class_="note") if p["text"].startswith(start))
    assert note.replace("\u00a0", " ") == f"{start}own grant of Invented care 6 requests."
    assert start not in render(odd_runs["no projects"])


def test_start_years_with_a_whole_follow_up_are_shown_and_the_others_counted(run, page):
    caption = "By year of the first disbursement, means over replications"
    shown = reading.rows(page, caption)
    assert [row[0] for row in shown] == ["2027", "2028", "2029", "All of these", "95 % interval"]
    value = run.metrics.set_index(["metric", "scope"]).value
    # Social value of 2, 3 and 4 million per 5 million put in, of as many projects each.
    assert [value["sroi", f"cohort:{name}"] for name in ("0", "1", "2", "all")] == pytest.approx(
        [0.4, 0.6, 0.8, 0.6]
    )
    assert value["cohorts_left_out", "total"] == 2.0
    body = reading.without_scripts(page)
    assert "left out because their 24 months end after the horizon: 2." in body
    assert ["projects_sustained_share", "cohort 2029"] in [
        row[:2] for row in reading.rows(page, "All figures of the run")
    ]


def test_assumptions_are_listed_with_evidence_and_marked_if_changed(page):
    assert reading.rows(page, "Assumptions and their evidence") == [
        ["impact.deadweight", "0.2", "share", "0.1 to 0.3", "published", "", "a paper by Invented care"],
        ["pilot.scope", "\u22120.5", "", "", "assumption", "changed", "set on the command line"],
        ["x.maximum_eur", "no limit", "EUR", "", "derived", "", "no limit"],
    ]


def test_provenance_says_how_to_repeat_the_run(run, page):
    command = next(e["text"] for e in reading.Page(page).all("code"))
    assert command == "hybridsim run invented.toml -n 250 --seed 7"
    assert run.digest in page
    assert json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))["scenario_hash"] in page


def test_types_with_fewer_than_three_institutions_are_not_shown(folders):
    run = fixture.make_run(folders / "few", 20, types=(40, 12, 2))
    text = render(run)
    shown = [row[0] for row in reading.rows(text, "Outcomes by institution type, means over replications")]
    # Hospitals alone would follow from the totals, so the next smallest type is hidden too.
    assert shown == ["Homes of Invented care"]
    hidden = [r for r in reading.rows(text, "All figures of the run") if r[1] in ("hospital", "ambulatory")]
    assert hidden and all(row[3:5] == ["not shown", ""] for row in hidden)


def test_no_institution_is_named(run, page):
    body = reading.without_scripts(page)
    assert not [name for name in run.institutions["id"] if name in body]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        (
            "one replication",
            ["One replication gives one loss, not a distribution", "no interval: one replication"],
        ),
        (
            "no projects",
            [
                "No institution starts a project in any replication.",
                "No project loan is disbursed in any replication, so lenders cannot lose.",
                "No idea for a project is taken up in any replication.",
                "No project falls out in any replication.",
                "No instrument is asked for money in any replication.",
                "No project is financed in any replication.",
                "No public money is spent in any replication.",
                "No start year can be followed for 24 months within the horizon",
            ],
        ),
        (
            "no loans",
            [
                "No project loan is disbursed in any replication, so lenders cannot lose.",
                "Lenders lose nothing in any of the 30 replications.",
                "No project loan defaults in any replication, so there is no loss to bear.",
            ],
        ),
        ("whole sector", ["(all that the scenario describes)"]),
    ],
)
def test_runs_with_something_missing_say_so(odd_runs, name, texts):
    text = render(odd_runs[name])
    assert reading.Page(text).open == []
    body = reading.without_scripts(text)
    for wanted in texts:
        assert wanted in body
    assert "nan" not in re.sub(r"[a-z]nan|nan[a-z]", "", body.lower())
    assert "None" not in body.replace("None changed", "")


def test_too_few_replications_for_a_large_loss_name_how_many_it_takes(page):
    body = reading.without_scripts(page).replace("\u00a0", " ")
    assert "The 99.9 % loss needs at least 10,000 replications; this run has 250." in body
