"""A book of loans, from a tape or a run, analysed to tables.

The room has the name of its public function, so it can be called: ``hybridsim.book(frame, ...)`` is
`hybridsim.book.api.book`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    """A package that is called like the function it is named after."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401  (those of the function)
        from hybridsim.book.api import book

        return book(*arguments, **named)


sys.modules[__name__].__class__ = _Room
