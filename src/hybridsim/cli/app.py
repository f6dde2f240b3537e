"""The group of commands, and what becomes of errors: a message and an exit code, never a traceback.

0 done; 1 done, but something in it failed; 2 wrong input or usage; 3 broken data; 4 out of disk, memory or
time, can be resumed; 5 our fault; 130 interrupted; 143 terminated.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import traceback
from types import FrameType
from typing import Any, NoReturn

import click

from hybridsim.cli.book import book
from hybridsim.cli.check import check
from hybridsim.cli.compare import compare
from hybridsim.cli.equalise import equalise
from hybridsim.cli.init import init
from hybridsim.cli.report import report
from hybridsim.cli.run import run
from hybridsim.cli.schema import schema
from hybridsim.cli.sensitivity import sensitivity
from hybridsim.cli.trace import trace
from hybridsim.cli.warmup import warmup
from hybridsim.core.errors import HybridsimError, InvariantError

_DEBUG = "HYBRIDSIM_DEBUG"
_GO_ON = "a run that was under way keeps its finished blocks; the same command again goes on from them"
_NOTHING = "nothing is stored; give the same command again"


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM); cleans up as after Ctrl-C."""


class App(click.Group):
    """Commands whose errors end as a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  (click's signature)
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Terminated:
            return _end(f"terminated; {_what_is_left(ctx)}", 143)
        except KeyboardInterrupt:
            return _end(f"interrupted; {_what_is_left(ctx)}", 130)
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # click ends quietly when the reader of a pipe has gone
            if os.environ.get(_DEBUG):
                traceback.print_exception(error)
            return _end(*_explained(error))


def _what_is_left(ctx: click.Context) -> str:
    """What an interrupted command leaves behind."""
    return _NOTHING if ctx.invoked_subcommand == book.name else _GO_ON


@click.group(cls=App, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hybridsim", prog_name="hybridsim", message="%(prog)s %(version)s")
def app() -> None:
    """Simulate how AI projects roll out across social-care institutions under mixes of funding.

    Start with: hybridsim run scenarios/care-germany.toml --set population.size=300
    """


app.add_command(run)
app.add_command(check)
app.add_command(schema)
app.add_command(report)
app.add_command(trace)
app.add_command(compare)
app.add_command(init)
app.add_command(equalise)
app.add_command(sensitivity)
app.add_command(warmup)
app.add_command(book)


def main() -> None:
    """Entry point of the command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A console that cannot show a character gets a question mark, not a crash.
            stream.reconfigure(errors="replace")
    # Arrow's own allocator keeps what was freed: 120 MB more at the end of a run of the whole sector.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, _terminate)
    try:
        app(prog_name="hybridsim")
    except SystemExit as end:
        _leave_compiler_behind(end)
        raise


def _leave_compiler_behind(end: SystemExit) -> None:
    """End at once if an interrupted compilation is still at work: it would hold the end up for seconds."""
    if isinstance(end.code, int) and any(thread.name == "compiling" for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(end.code)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated


def _end(message: str, exit_code: int) -> NoReturn:
    click.echo(_visible(message), err=True)
    raise click.exceptions.Exit(exit_code)


def _visible(message: str) -> str:
    """A message that moves no cursor: it may quote what an untrusted file says."""
    return "".join(
        sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape").decode("ascii")
        for sign in message
    )


def _explained(error: Exception) -> tuple[str, int]:
    """Message and exit code of an error."""
    if isinstance(error, HybridsimError) and not isinstance(error, InvariantError):
        return f"Error: {error}", error.exit_code
    if isinstance(error, MemoryError):
        return "Error: out of memory; use a smaller population or fewer replications", 4
    if isinstance(error, OSError):
        return _refused(error)
    what = str(error) if isinstance(error, InvariantError) else f"{type(error).__name__}: {error}"
    return (
        f"Error: hybridsim failed, and it is not your fault: {what}\n"
        "There is no result. Please report it with this message and the scenario file; "
        f"{_DEBUG}=1 shows where it happened.",
        5,
    )


def _refused(error: OSError) -> tuple[str, int]:
    place = f"{error.filename}: " if error.filename else ""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return f"Error: {place}no space left on the disk; make room and give the same command again", 4
    return f"Error: {place}{error.strerror or error}; check the path and the rights to it", 2
