"""How the process keeps its memory between charts.

It must not turn Python's own garbage collector off, nor change when it runs.
Tests: tests/concurrency/test_process.py.
"""

import ctypes
import gc

# The names and numbers of malloc.h, for mallopt(3).
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
# The most glibc allows: blocks up to this size come from the heap. It is also the default largest body.
MMAP_THRESHOLD_BYTES = 32 << 20
TRIM_THRESHOLD_BYTES = 256 << 20


def retain_freed_heap() -> bool:
    """Keep freed heap memory for the next chart, True on success.

    Otherwise glibc returns the memory of each chart to the system and requests it again: some 300 page faults for a
    chart of 500 resources. On other C libraries nothing happens and the result is False.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    kept = [mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES), mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES)]
    return all(kept)


def freeze_startup_objects() -> None:
    """Exclude startup objects from garbage collection.

    The knowledge and the models need no repeated scan: a full collection took 55 ms of one call in some hundreds, and
    takes less than one without them.
    """
    gc.collect()
    gc.freeze()
