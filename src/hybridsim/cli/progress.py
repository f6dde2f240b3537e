"""One line of progress on stderr, with the time left; sparse lines where there is no terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO

import click

_REFRESH_SECONDS = 0.2
_SPARSE_SECONDS = 30.0


class ProgressLine:
    """Shows how many replications, or other things, are done; `update` is the callback of a run.

    ``label`` may stand before it, where several runs follow each other.
    """

    def __init__(self, stream: TextIO | None = None, things: str = "replications") -> None:
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty()
        self._things = things
        self._first: tuple[float, int] | None = None
        self._shown = 0.0
        self._width = 0
        self.label = ""

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live and self._width:
            self._stream.write("\n")
            self._stream.flush()

    def begin(self, label: str, done: int = 0) -> None:
        """Go on to what is shown under another label: the time left counts from here."""
        self.label = label
        self._first = (time.monotonic(), done)
        self._shown = self._first[0]

    def update(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` are finished."""
        now = time.monotonic()
        if self._first is None:
            self._first = (now, done)
            self._shown = now
            if done:
                self._write(f"going on from {done:,} of {total:,} {self._things}", final=True)
            return
        wait = _REFRESH_SECONDS if self._live else _SPARSE_SECONDS
        if now - self._shown < wait and done < total:
            return
        self._shown = now
        self._write(self._text(now, done, total), final=False)

    def _text(self, now: float, done: int, total: int) -> str:
        began, start = self._first or (now, done)
        spent = now - began
        text = f"{self.label}{done:,} of {total:,} {self._things}"
        if done >= total:
            return f"{text}, {duration(spent)}"
        if done > start:
            return f"{text}, about {duration(spent * (total - done) / (done - start))} left"
        return text

    def _write(self, text: str, final: bool) -> None:
        if self._live and not final:
            self._stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()


def duration(seconds: float) -> str:
    """Seconds in words that a person reads at a glance."""
    whole = int(seconds + 0.5)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def say_if_compiling(engine: str) -> None:
    """Say why nothing seems to happen, if the first run has to compile its engine."""
    from hybridsim.study.prepare import must_compile

    if must_compile(engine):
        click.echo(
            "Compiling the engine: once after an installation or upgrade, one to two minutes "
            "(`hybridsim warmup` does it ahead)",
            err=True,
        )
