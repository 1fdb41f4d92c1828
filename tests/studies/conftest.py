"""A fake study where the real ones are looked up."""

from __future__ import annotations

import sys
import types

import pytest
from tests.studies import fake

from grokphase import studies
from grokphase.studies import entries, papers


@pytest.fixture
def fake_study(monkeypatch: pytest.MonkeyPatch) -> studies.Study:
    """The study "fake" beside the real ones."""
    module = types.ModuleType("grokphase.studies.fake")
    module.STUDY = fake.STUDY
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for place in (studies, papers, entries):
        monkeypatch.setattr(place, "NAMES", ("fake",))
    return fake.STUDY
