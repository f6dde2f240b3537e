"""What differs between two scenarios."""

from __future__ import annotations

from hybridsim.study.levers import Lever, levers


def figure(value, source="x", low=None):
    return {"value": value, "source": source, "evidence": "assumption", "low": low, "high": None}


def test_only_keys_with_another_value_are_levers():
    before = {
        "name": "a", "title": "A", "run": {"seed": 1, "start": "2027-01-01"},
        "advice": {"share": figure(0.1), "cost": figure(5.0)}, "design": {"title": "S1", "order": ["x"]},
    }  # fmt: skip
    after = {
        "name": "b", "title": "B", "run": {"seed": 2, "start": "2027-01-01"},
        "advice": {"share": figure(0.2), "cost": figure(5.0, "set on the command line", low=1.0)},
        "design": {"title": "S2", "order": []},
    }  # fmt: skip
    assert levers(before, after) == [
        Lever("run.seed", 1, 2),
        Lever("advice.share", 0.1, 0.2),
        Lever("design.order", ["x"], []),
    ]
    assert levers(before, before) == []


def test_what_only_one_scenario_has_is_left_out_in_the_other():
    before, after = {"stress": {"fix": {}}}, {"stress": {"fix": {"economy": [-1.0]}}}
    assert levers(before, after) == [Lever("stress.fix.economy", None, [-1.0])]
    assert levers(after, before) == [Lever("stress.fix.economy", [-1.0], None)]


def test_a_switch_is_no_number():
    assert levers({"a": True}, {"a": 1}) == [Lever("a", True, 1)]
    assert levers({"a": 1}, {"a": 1.0}) == []
