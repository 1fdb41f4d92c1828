"""Which processor computes: JAX says of one only that it is a CPU."""

from __future__ import annotations

import platform
import subprocess
import sys
from functools import cache
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
# What XLA compiles for depends on these; the first that a processor has decides.
_LEVELS = ("avx512f", "avx2", "avx", "sse4_2", "sve2", "sve", "asimd")


@cache
def processor() -> dict[str, str]:
    """The processor's name, and the widest instructions it has for numbers.

    Virtual machines often hide the name ("Intel(R) Xeon(R) Processor"), so Linux adds family and
    model.
    """
    if sys.platform == "linux" and _CPUINFO.exists():
        return described(_CPUINFO.read_text(errors="replace"))
    if sys.platform == "darwin":
        name = _sysctl("machdep.cpu.brand_string")
        wide = {"avx512f": "AVX512F", "avx2": "AVX2"}
        features = _sysctl("machdep.cpu.leaf7_features").split()
        level = next((level for level, flag in wide.items() if flag in features), None)
        return _named(name, level)
    return _named(platform.processor(), None)


def described(cpuinfo: str) -> dict[str, str]:
    """The same from the text of /proc/cpuinfo, where a line is "name : value".

    Example:
        >>> described("model name : AMD EPYC\\ncpu family : 25\\nmodel : 17\\nflags : avx avx2")
        {'processor': 'AMD EPYC (family 25, model 17)', 'instructions': 'avx2'}
    """
    found: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip(), value.strip())
    flags = found.get("flags", found.get("Features", "")).split()
    level = next((level for level in _LEVELS if level in flags), None)
    if "model name" in found:
        parts = {"family": found.get("cpu family"), "model": found.get("model")}
    else:  # ARM
        parts = {"implementer": found.get("CPU implementer"), "part": found.get("CPU part")}
    known = ", ".join(f"{name} {value}" for name, value in parts.items() if value)
    name = found.get("model name") or platform.processor() or platform.machine()
    return _named(f"{name} ({known})" if known else name, level)


def _named(name: str, level: str | None) -> dict[str, str]:
    return {
        "processor": " ".join(name.split()) or platform.machine(),
        "instructions": level or platform.machine(),
    }


def _sysctl(name: str) -> str:
    try:
        done = subprocess.run(
            ["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
