"""What a fork may know of this host: its environment."""

from __future__ import annotations

_KEPT = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ",
    "FOOTGUNS_CACHE", "XDG_CACHE_HOME", "KERAS_HOME",
)  # fmt: skip


def scrubbed(environment) -> dict[str, str]:
    """What a student's process may know of ``environment``: no secrets, one thread for BLAS."""
    return {k: environment[k] for k in _KEPT if k in environment} | {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": environment.get("CUDA_VISIBLE_DEVICES", "-1"),
        "KERAS_BACKEND": "tensorflow",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
