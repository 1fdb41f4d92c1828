"""A small study of nobody's paper, beside the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grokphase import studies

FAKE = Path(__file__).parent / "fake"


@pytest.fixture
def fake() -> Iterator[studies.Study]:
    """The study "fake", found by its folder."""
    with studies.studies_of(FAKE):
        yield studies.study("fake")
