"""The accelerators of this machine that worker processes are to share out, without asking any."""

from __future__ import annotations

import os
from pathlib import Path

_NVIDIA = Path("/proc/driver/nvidia/gpus")


def devices() -> tuple[str, ...]:
    """Their names as in ``CUDA_VISIBLE_DEVICES``; nothing unless there are several.

    Example:
        >>> len(devices()) != 1
        True
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        found = [name.strip() for name in visible.split(",") if name.strip()]
    else:
        found = [str(number) for number, _ in enumerate(_NVIDIA.glob("*"))]
    return tuple(found) if len(found) > 1 else ()
