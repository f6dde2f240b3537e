"""Progress: a live line on a terminal, sparse lines elsewhere."""

import io

import pytest

from hybridsim.cli import progress
from hybridsim.cli.figures import number
from hybridsim.cli.progress import ProgressLine, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def feed(stream: io.StringIO, clock: list[float], start: int = 0) -> str:
    with ProgressLine(stream) as line:
        line.update(start, 100)
        for done in range(start + 1, 101):
            clock[0] += 1.0
            line.update(done, 100)
    return stream.getvalue()


def test_a_terminal_sees_one_line_that_is_written_over(clock: list[float]):
    text = feed(Terminal(), clock)
    assert "\r50 of 100 replications, about 50 s left" in text
    assert text.count("\n") == 1
    assert text.rstrip().endswith("100 of 100 replications, 1 min 40 s")


def test_elsewhere_there_are_few_whole_lines(clock: list[float]):
    text = feed(io.StringIO(), clock)
    assert "\r" not in text
    assert text.splitlines() == [
        "30 of 100 replications, about 1 min 10 s left",
        "60 of 100 replications, about 40 s left",
        "90 of 100 replications, about 10 s left",
        "100 of 100 replications, 1 min 40 s",
    ]


def test_time_left_counts_only_what_this_attempt_did(clock: list[float]):
    text = feed(io.StringIO(), clock, start=60)
    assert text.splitlines()[0] == "going on from 60 of 100 replications"
    assert text.splitlines()[1] == "90 of 100 replications, about 10 s left"


def test_the_time_left_of_a_stage_counts_from_its_beginning(clock: list[float]):
    stream = Terminal()
    with ProgressLine(stream) as line:
        for label in ("book: ", "stress: "):
            line.begin(label)
            clock[0] += 10.0
            line.update(50, 100)
            clock[0] += 10.0
            line.update(100, 100)
            clock[0] += 500.0
    text = stream.getvalue()
    assert text.count("50 of 100 replications, about 10 s left") == 2
    assert text.count("100 of 100 replications, 20 s") == 2


def test_a_label_says_which_of_several_runs_it_is(clock: list[float]):
    stream = io.StringIO()
    with ProgressLine(stream) as line:
        line.update(0, 100)
        line.label = "advice 0.5: "
        clock[0] = 40.0
        line.update(20, 120)
    assert stream.getvalue() == "advice 0.5: 20 of 120 replications, about 3 min 20 s left\n"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.6, "1 min 00 s"), (61, "1 min 01 s"), (7_265, "2 h 01 min")]
)
def test_durations_read_at_a_glance(seconds: float, text: str):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "EUR", "-"),
        (0.1234, "share", "12.3 %"),
        (0.01234, "per year", "1.23 %"),
        (1_234_567.8, "EUR", "1,234,568"),
        (12.34, "EUR", "12.3"),
        (-0.5, "EUR per EUR", "-0.50"),
    ],
)
def test_numbers_are_written_as_people_write_them(value: float | None, unit: str, text: str):
    assert number(value, unit) == text
