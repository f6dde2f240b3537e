"""How long something takes, in a measure that other work on the machine does not stretch."""

from __future__ import annotations

import subprocess
import time
from threading import Thread


def ends_after(process: subprocess.Popen[bytes], at_most: float = 120.0) -> tuple[float, bytes]:
    """Seconds until a process and all its children have let go of its standard error, and what stands there.

    Seconds of processor time that this process gets while it does nothing but ask: on an idle machine they
    are seconds of the clock; on a busy one a second is as long as it is for everybody else.
    """
    said: list[bytes] = []

    def listen() -> None:
        assert process.stderr is not None
        with process.stderr as pipe:
            said.append(pipe.read())

    listening = Thread(target=listen, daemon=True)
    listening.start()
    began, deadline = time.process_time(), time.monotonic() + at_most
    while listening.is_alive():
        sum(range(20_000))
        assert time.monotonic() < deadline, f"still there after {at_most:g} seconds"
    took = time.process_time() - began
    process.wait(timeout=at_most)
    return took, said[0]
