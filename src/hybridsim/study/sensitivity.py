"""What nobody knows, varied: how far it moves the figures, and which unknown moves them most.

Either all unknowns are drawn at once, or each alone goes to both ends of its range. In both cases all designs
get the same figures by key path and all runs the same replications, so that differences are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hybridsim.study.executor import check_workers
from hybridsim.study.points import Answer, Evaluate, answers, simulate_point
from hybridsim.study.prepare import resolved_of
from hybridsim.study.resources import clear_limits
from hybridsim.study.sensitivity_store import Sensitivity, check_target, partial_folder, remove_partial, store
from hybridsim.study.survey import Survey, plan

if TYPE_CHECKING:
    from hybridsim.study.prepare import Source

Progress = Callable[[int, int], None]


def sensitivity(
    scenarios: Source | Sequence[Source],
    draws: int = 32,
    replications: int | None = None,
    seed: int | None = None,
    one_at_a_time: bool = False,
    only: Sequence[str] = (),
    metrics: Sequence[str] = (),
    workers: int = 1,
    out: str | Path | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> Sensitivity:
    """Vary what nobody knows within its range, in one scenario or in several designs.

    Parameters
    ----------
    scenarios
        One scenario or several designs; differences are taken to the first.
    draws
        How often all unknowns are drawn at once.
    replications, seed
        Instead of the first scenario's, for all of them.
    one_at_a_time
        Instead, set each unknown alone to the low and to the high end of its range.
    only
        Patterns of key paths such as ``operation.*``; left out: all figures with a range that can matter.
    metrics
        Names of metrics; left out: the main figures.
    workers
        Processes; the result is the same for any number.
    out
        Folder of the study; an interrupted one goes on when it is called again. Left out: nothing is stored.
    progress
        Called with the runs done and asked for.
    force
        Replace a finished study in ``out``.

    Raises
    ------
    InputError
        If an argument is wrong, or the designs do not share population and horizon.
    ResourceError
        If disk or memory ran out; the same call goes on from the finished runs.
    """
    check_workers(workers)
    if out is not None:
        check_target(Path(out), force)
    many = scenarios if isinstance(scenarios, Sequence) and not isinstance(scenarios, str) else [scenarios]
    survey = plan([resolved_of(s) for s in many], draws, replications, seed, one_at_a_time, only, metrics)
    return carry_out(survey, simulate_point, workers, out, progress, force)


def carry_out(
    survey: Survey,
    evaluate: Evaluate = simulate_point,
    workers: int = 1,
    out: str | Path | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> Sensitivity:
    """Simulate what is missing and put the study together; see `sensitivity`."""
    check_workers(workers)
    if out is None:
        with TemporaryDirectory(prefix="hybridsim-") as folder:
            return store(survey, _answered(survey, evaluate, workers, Path(folder), progress), None, force)
    target = Path(out)
    with clear_limits(target):
        check_target(target, force)
        partial = partial_folder(target)
        found = store(survey, _answered(survey, evaluate, workers, partial, progress), target, force)
        remove_partial(partial)
    return found


def _answered(
    survey: Survey, evaluate: Evaluate, workers: int, folder: Path, progress: Progress | None
) -> dict[tuple[int, int], Answer]:
    found: dict[tuple[int, int], Answer] = {}
    for batch in answers(survey.designs, survey.jobs, evaluate, workers, folder):
        found.update({(job.design, job.point): answer for job, answer in batch})
        if progress is not None:
            progress(len(found), len(survey.jobs))
    return found
