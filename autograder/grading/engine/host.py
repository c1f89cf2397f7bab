"""What a fork may know of this host: its environment."""

from __future__ import annotations

_KEPT = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ",
    "FOOTGUNS_CACHE", "XDG_CACHE_HOME", "KERAS_HOME",
)  # fmt: skip

#: TensorFlow keeps what memory it ever had for tensors; a fork lives long and its peaks are short. So
#: the C library gives out tensors too, and what is larger than a megabyte goes back to the host when
#: it is freed. A training on large pictures takes up to a half longer so, though huge pages make the
#: way back and forth shorter; with a higher limit the peaks of two processes grow by a third.
_MEMORY = {
    "TF_ONEDNN_USE_SYSTEM_ALLOCATOR": "1",
    "MALLOC_MMAP_THRESHOLD_": str(2**20),
    "MALLOC_ARENA_MAX": "2",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


def scrubbed(environment, thrifty: bool = True) -> dict[str, str]:
    """What a student's process may know of ``environment``: no secrets, one thread for BLAS, and,
    where it is to be ``thrifty``, memory that is given back."""
    return {k: environment[k] for k in _KEPT if k in environment} | {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": environment.get("CUDA_VISIBLE_DEVICES", "-1"),
        "KERAS_BACKEND": "tensorflow",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        **(_MEMORY if thrifty else {}),
    }
