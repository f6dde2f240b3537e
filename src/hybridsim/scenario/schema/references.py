"""Names that must exist elsewhere in the scenario.

The checks read plain tables and skip what has the wrong type, so that they also run on a file whose
other parts are faulty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from hybridsim.scenario.schema.run import TypeName

MAX_ORDER = 30
MAX_NAME = 80

ReferenceFault = tuple[tuple[str, ...], str]
"""Key path and message."""


def reference_faults(data: Mapping[str, Any]) -> list[ReferenceFault]:
    """Faults of names that refer to nothing; ``data`` is a scenario as plain tables."""
    return [
        *_names(data),
        *_order(data),
        *_providers(data),
        *_covers(data),
        *_use_cases(data),
        *_platforms(data),
        *_factors(data),
        *_types(data),
    ]


def nearest(name: str, known: Collection[str]) -> str:
    """A hint with the nearest known name, else a list of the known ones."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    if not known:
        return "; there are none"
    return f"; known: {', '.join(sorted(known))}" if len(known) <= 40 else ""


def _table(data: object, *path: str) -> Mapping[str, Any]:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def _list(data: object) -> list[str]:
    return [entry for entry in data if isinstance(entry, str)] if isinstance(data, list | tuple) else []


def _unknown(
    path: tuple[str, ...], name: object, known: Collection[str], kind: str
) -> Iterator[ReferenceFault]:
    if isinstance(name, str) and name not in known:
        yield path, f"{name!r} is not {kind}{nearest(name, known)}"


def _names(data: Mapping[str, Any]) -> Iterator[ReferenceFault]:
    for kind in ("instruments", "providers", "use_cases", "platforms"):
        for name in _table(data, kind):
            yield from _name((kind, name), name)
    for name in _table(data, "preparation", "activities"):
        yield from _name(("preparation", "activities", name), name)
    for name in _list(_table(data, "factors").get("names")):
        yield from _name(("factors", "names"), name)


def _name(path: tuple[str, ...], name: str) -> Iterator[ReferenceFault]:
    if not name.strip() or len(name) > MAX_NAME or "." in name or not name.isprintable():
        yield path, f"{name!r} cannot be a name: use 1 to {MAX_NAME} printable characters without a dot"


def _order(data: Mapping[str, Any]) -> Iterator[ReferenceFault]:
    instruments = _table(data, "instruments")
    order = _list(_table(data, "design").get("order"))
    path = ("design", "order")
    if len(order) > MAX_ORDER:
        yield path, f"{len(order)} instruments stand in the order; at most {MAX_ORDER} may"
    for name in dict.fromkeys(order):
        if name == "own_funds":
            yield path, "'own_funds' fill what is left in every design: leave them out of the order"
        else:
            yield from _unknown(path, name, instruments.keys(), "an instrument")
        if order.count(name) > 1:
            yield path, f"{name!r} stands {order.count(name)} times in the order; name it once"


def _providers(data: Mapping[str, Any]) -> Iterator[ReferenceFault]:
    known = _table(data, "providers").keys()
    for name, instrument in _table(data, "instruments").items():
        for key in ("provider", "refinanced_by"):
            path = ("instruments", name, key)
            yield from _unknown(path, _table(instrument).get(key), known, "a provider")
        payer = _table(instrument, "outcome").get("payer")
        yield from _unknown(("instruments", name, "outcome", "payer"), payer, known, "a provider")
    yield from _unknown(("advice", "provider"), _table(data, "advice").get("provider"), known, "a provider")


def _covers(data: Mapping[str, Any]) -> Iterator[ReferenceFault]:
    instruments = _table(data, "instruments")
    for name, instrument in instruments.items():
        path = ("instruments", name, "cover", "instruments")
        for covered in _list(_table(instrument, "cover").get("instruments")):
            yield from _unknown(path, covered, instruments.keys(), "an instrument")
            kind = _table(instruments, covered).get("kind")
            if isinstance(kind, str) and not kind.endswith("_loan"):
                yield path, f"{covered!r} is a {kind}; only a bank_loan or promotional_loan can be covered"
        for excluded in _list(_table(instrument, "eligibility").get("excludes")):
            place = ("instruments", name, "eligibility", "excludes")
            yield from _unknown(place, excluded, instruments.keys(), "an instrument")
            if excluded == name:
                yield place, f"{name!r} excludes itself: leave it out, or take it out of design.order"


def _use_cases(data: Mapping[str, Any]) -> Iterator[ReferenceFault]:
    known = _table(data, "use_cases").keys() | _table(data, "platforms").keys()
    for name, instrument in _table(data, "instruments").items():
        for use_case in _list(_table(instrument, "eligibility").get("use_cases")):
            path = ("instruments", name, "eligibility", "use_cases")
            yield from _unknown(path, use_case, known, "a use case")


def _platforms(data: Mapping[str, Any]) -> Iterator[ReferenceFault]:
    known = _table(data, "use_cases")
    for name, platform in _table(data, "platforms").items():
        if name in known:
            yield ("platforms", name), f"{name!r} is a use case already: give the platform another name"
        path, combined = ("platforms", name, "combines"), _list(_table(platform).get("combines"))
        for use_case in dict.fromkeys(combined):
            yield from _unknown(path, use_case, known.keys(), "a use case")
            if combined.count(use_case) > 1:
                yield path, f"{use_case!r} stands {combined.count(use_case)} times; name it once"
        types = [kind for use_case in dict.fromkeys(combined) for kind in _table(known, use_case, "types")]
        whole = len(combined) > 1 and all(use_case in known for use_case in combined)
        if whole and all(types.count(kind) < 2 for kind in types):
            yield path, "no institution type has two of these use cases: combine others"


def _factors(data: Mapping[str, Any]) -> Iterator[ReferenceFault]:
    known = _list(_table(data, "factors").get("names"))
    yield from _unknown(
        ("pilot", "technology_factor"), _table(data, "pilot").get("technology_factor"), known, "a factor"
    )
    for kind in ("shift", "fix"):
        for name in _table(data, "stress", kind):
            yield from _unknown(("stress", kind, name), name, known, "a factor")
    for institution_type, part in _table(data, "institution_types").items():
        for name in _table(part, "loadings"):
            yield from _unknown(
                ("institution_types", institution_type, "loadings", name), name, known, "a factor"
            )


def _types(data: Mapping[str, Any]) -> Iterator[ReferenceFault]:
    known = _table(data, "institution_types").keys()
    for name in _list(_table(data, "population").get("types")):
        if name not in get_args(TypeName):
            continue  # reported as a wrong value already
        yield from _unknown(("population", "types"), name, known, "a type in institution_types")
