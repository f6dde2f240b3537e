"""What makes two scenarios the same."""

from __future__ import annotations

import json
from hashlib import sha256

from hybridsim.scenario.schema.scenario import Scenario


def canonical_json(scenario: Scenario) -> str:
    """The whole scenario as JSON with sorted keys and no blanks."""
    plain = scenario.model_dump(mode="json")
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def scenario_hash(scenario: Scenario) -> str:
    """SHA-256 of the canonical JSON; changes with every figure, source and name."""
    return sha256(canonical_json(scenario).encode("utf-8")).hexdigest()
