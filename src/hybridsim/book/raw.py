"""The cells of a tape before anything is interpreted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from hybridsim.core.errors import Fault, InputError
from hybridsim.credit.arrays import Floats

if TYPE_CHECKING:
    import pyarrow as pa

MAX_ROWS = 5_000_000
MAX_SHOWN = 50


@dataclass(frozen=True)
class Ragged:
    """A row whose cells do not fit the columns."""

    row: int
    text: str
    why: str


@dataclass(frozen=True)
class RawTable:
    """The cells of a tape: columns of texts, numbers or dates, with the row of each."""

    name: str
    """How faults call it."""
    table: pa.Table
    """Columns of type string, int64, double or date32; null where nothing stands."""
    rows: npt.NDArray[np.int64]
    """Row of the file (the first line is 1), or of a frame (the first row is 0)."""
    digest: str
    """SHA-256 of the file, or of the frame's content."""
    grouped: bool = False
    """Whether a point in a text may group thousands, as in German spreadsheets."""
    odd: dict[str, dict[int, str]] = field(default_factory=dict)
    """By column and position, why a cell holds no value."""
    exact: dict[str, Floats] = field(default_factory=dict)
    """By column of texts, the cells that are stored as numbers among them; NaN for the others."""
    ragged: Sequence[Ragged] = ()
    notes: Sequence[str] = ()

    def written(self, header: str) -> pa.ChunkedArray:
        """A column without the cells that are numbers among texts: only texts have a mark of decimals."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self.table.column(header)
        if header not in self.exact:
            return column
        return pc.if_else(pa.array(np.isnan(self.exact[header])), column, pa.scalar(None, pa.string()))


def refused(name: str, faults: Sequence[Fault]) -> InputError:
    """The error of a tape that cannot be used as a whole."""
    shown = list(faults[:MAX_SHOWN])
    if len(faults) > MAX_SHOWN:
        shown.append(Fault(name, 0, "", f"and {len(faults) - MAX_SHOWN:,} more faults"))
    count = f"{len(faults):,} fault{'s' if len(faults) != 1 else ''}"
    return InputError(f"{name}: {count} in the tape", shown)


def refuse(name: str, message: str, line: int = 0) -> InputError:
    """The same for one fault."""
    return refused(name, [Fault(name, line, "", message)])
