"""How the C library and torch hold a process's memory."""

import ctypes
import os
import sys

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
KEPT_BYTES = 2**31 - 1


def keep_freed_memory() -> None:
    """Keep what was freed, in large pages, instead of giving it back; before the process's first tensor.

    A training step frees and takes the same hundreds of megabytes again and again. By default glibc returns them to the
    kernel each time, which hands them out page by page, zeroed: 30,000 page faults a step of a 6-layer MiniLM, now a
    few hundred, for a peak up to 5% higher. Of the whole process, so a stage's decision and not that of what imports a
    model of ours. Variables that the user has set win.
    """
    if sys.platform != "linux":
        return
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    for name, parameter in (("MALLOC_TRIM_THRESHOLD_", M_TRIM_THRESHOLD), ("MALLOC_MMAP_THRESHOLD_", M_MMAP_THRESHOLD)):
        if mallopt is not None and name not in os.environ:
            mallopt(parameter, KEPT_BYTES)
