"""Memory that was freed, given back to the system."""

from __future__ import annotations


def give_back() -> None:
    """Give back what Arrow's allocators and the C library keep of freed memory.

    What is kept serves later requests, but not of other sizes: columns of a million rows that are made and
    dropped in turn leave more than half of a process empty. Takes milliseconds; a system whose allocator has
    no such call is left as it is.
    """
    import pyarrow as pa

    for pool in (pa.default_memory_pool(), pa.system_memory_pool()):
        pool.release_unused()
