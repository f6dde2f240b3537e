"""Small tapes with all columns, for tests of the rules."""

import pandas as pd

from hybridsim.book.columns import COLUMNS


def tape(**columns) -> pd.DataFrame:
    """A tape as the reader makes it: named columns, the others at their defaults; lists set the rows."""
    size = max((len(values) for values in columns.values() if isinstance(values, list)), default=1)
    names = [f"L{i}" for i in range(size)]
    usual: dict[str, object] = {column.name: column.default for column in COLUMNS}
    usual |= {"loan_id": names, "obligor_id": names, "exposure_eur": 1_000_000.0, "pd": 0.01, "lgd": 0.4}
    usual |= {"maturity_months": 60.0, "rate_pa": 0.05, "source_row": list(range(size))}
    frame = pd.DataFrame({**usual, **columns}, index=range(size))
    if "group_id" not in columns:
        frame["group_id"] = frame["obligor_id"]
    return frame
