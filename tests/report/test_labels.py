from __future__ import annotations

from hybridsim.report import labels
from hybridsim.rollout import layout
from hybridsim.study.metrics import METRICS


def test_every_reason_answer_and_component_has_words():
    assert tuple(labels.REASONS) == layout.REASONS
    assert tuple(labels.ANSWERS) == layout.ANSWERS
    stored = {column.name for column in layout.REPLICATION}
    assert {stage for stage, _ in labels.STAGES} <= stored
    parts = {name.removeprefix("fiscal_").removesuffix("_pv_cents") for name in stored if "_pv_cents" in name}
    assert {name for name, _ in labels.FISCAL} == {
        part for part in parts if f"fiscal_{part}_pv_cents" in stored
    }
    assert set(labels.GROUPS) == {metric.group for metric in METRICS}
