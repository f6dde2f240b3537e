"""The JSON schema that editors use to complete and check scenario files."""

from __future__ import annotations

import json
from typing import Any

from hybridsim.scenario.schema.scenario import Scenario


def json_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a scenario file.

    A file may leave out whatever the catalogue or the file that it extends says, so nothing is required.
    """
    schema = Scenario.model_json_schema()
    _nothing_required(schema)
    extends = {"type": "string", "description": "File that this one starts from, relative to this file."}
    title = "hybridsim scenario"
    properties = {"extends": extends, **schema.pop("properties")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": title,
        "properties": properties,
    }


def json_schema_text() -> str:
    """The schema as the text of ``scenarios/schema.json``."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _nothing_required(part: object) -> None:
    if isinstance(part, dict):
        if isinstance(part.get("required"), list):
            del part["required"]
        # The catalogue gives the default, not the schema.
        if "type" in part or "anyOf" in part or "$ref" in part:
            part.pop("default", None)
        for below in part.values():
            _nothing_required(below)
    elif isinstance(part, list):
        for below in part:
            _nothing_required(below)
