"""Names of sweeps and of the folders of their files: from what is asked for alone."""

from __future__ import annotations

import hashlib
import json
import re


def slug(name: str) -> str:
    """A task's name as part of the name of a folder and of a sweep: letters and digits.

    Args:
        name: any text.

    Example:
        >>> slug("my op (2)"), slug("∘")
        ('my-op-2', 'task')
    """
    return re.sub("[^0-9A-Za-z_]+", "-", name).strip("-")[:40] or "task"


def short_name(described: object) -> str:
    """Eight digits for a default folder, so that different results do not share one.

    Args:
        described: JSON-able data that says what the result is of.

    Returns:
        The first eight hexadecimal digits of its SHA-256.

    Example:
        >>> short_name(["a", 1]) == short_name(["a", 1]) != short_name(["a", 2])
        True
    """
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:8]
