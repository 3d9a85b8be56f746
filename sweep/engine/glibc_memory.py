"""How the C library of a worker process keeps freed memory.

Dask's nannies start workers with a low threshold above which freed memory goes back to the system at once. The
Zstandard contexts that Arrow makes for every page of a Parquet file are above it: each then costs page faults, and a
run takes twice as long.
"""

from __future__ import annotations

import ctypes
import platform

_TRIM, _MMAP = -1, -3
"""``M_TRIM_THRESHOLD`` and ``M_MMAP_THRESHOLD`` of malloc.h."""
KEEP = 1 << 28
"""Bytes of freed memory at the end of the heap that are kept for reuse."""
MAPPED = 1 << 25
"""Allocations of this size and more are mapped by themselves: the most that glibc allows."""


def keep_freed_memory() -> None:
    """Keep freed memory for the next chunk from now on; does nothing unless the C library is glibc."""
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(_TRIM, KEEP)
        library.mallopt(_MMAP, MAPPED)
