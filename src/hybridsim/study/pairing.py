"""Whether two runs went through the same futures, and so can be compared replication by replication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridsim.core.errors import Fault, InputError

if TYPE_CHECKING:
    from hybridsim.study.store import StoredRun

_IDS_SHOWN = 3
_SAME_PROGRAM = "simulate both with the same version of hybridsim"
_FIGURES = ("type", "land", "legal_form", "sites", "revenue_eur_pa", "pd_pa")


def unlike(baseline: StoredRun, other: StoredRun) -> list[Fault]:
    """Everything that keeps a run from being paired with the baseline, with the remedy."""
    a, b = baseline.manifest, other.manifest
    years = f"simulate it again with --set run.horizon_months={12 * a['years']}"
    done = a["replications"]["done"]
    compared = (
        ("seed", a["seed"], b["seed"], f"simulate it again with -s {a['seed']}"),
        ("replications", done, b["replications"]["done"], f"simulate it again with -n {done}"),
        ("random scheme", a.get("random_scheme"), b.get("random_scheme"), _SAME_PROGRAM),
        ("horizon in years", a["years"], b["years"], years),
        ("version", _version(a), _version(b), _SAME_PROGRAM),
        ("code", _code(a), _code(b), _SAME_PROGRAM),
    )
    place = str(other.folder)
    faults = [
        Fault(place, 0, what, f"{theirs}, but the baseline has {ours}; {remedy}")
        for what, ours, theirs, remedy in compared
        if ours != theirs
    ]
    return faults + _population(baseline, other, place)


def check_pairs(baseline: StoredRun, others: list[StoredRun]) -> None:
    """Refuse runs that did not go through the same futures.

    Raises
    ------
    InputError
        With every reason.
    """
    faults = [fault for other in others for fault in unlike(baseline, other)]
    if faults:
        raise InputError(
            f"not the same futures as the baseline {baseline.folder}; mend what follows, or compare with "
            "--unpaired (independent and wider intervals)",
            faults,
        )


def other_people(baseline: StoredRun, other: StoredRun) -> int:
    """Institutions of the same id whose type, Land, legal form, sites, revenue or rating differ."""
    a, b = (run.institutions.set_index("id")[list(_FIGURES)] for run in (baseline, other))
    common = a.index.intersection(b.index)
    return int((a.loc[common] != b.loc[common]).any(axis=1).sum())


def _population(baseline: StoredRun, other: StoredRun, place: str) -> list[Fault]:
    ours, theirs = ([str(name) for name in run.institutions["id"]] for run in (baseline, other))
    if ours == theirs:
        return []
    only = sorted(set(theirs) ^ set(ours))
    shown = ", ".join(repr(name) for name in only[:_IDS_SHOWN])
    more = f" and {len(only) - _IDS_SHOWN:,} more" if len(only) > _IDS_SHOWN else ""
    message = (
        f"{len(theirs):,} institutions, {len(ours):,} in the baseline; only in one of them: {shown}{more}; "
        "use the same population.file, size and types"
    )
    return [Fault(place, 0, "population", message)]


def _version(manifest: dict[str, Any]) -> object:
    return manifest["versions"].get("hybridsim")


def _code(manifest: dict[str, Any]) -> str:
    """Differs between two builds of one version."""
    return str(manifest.get("code_digest"))[:12]
