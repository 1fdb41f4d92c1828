"""What surrounds a training function in its process, whenever it imports what it draws from."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from grokphase.trainers.surroundings import settle

TORCH = """
told = []

def manual_seed(seed):
    told.append(("seed", seed))

def set_num_threads(threads):
    told.append(("threads", threads))
"""


@pytest.fixture
def torch_on_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module of that name, not yet imported; generators are put back afterwards."""
    (tmp_path / "torch.py").write_text(TORCH)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "torch", sys)  # so that what there is now comes back
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    before = random.getstate(), np.random.get_state()  # noqa: NPY002  the ones that it seeds
    yield
    random.setstate(before[0])
    np.random.set_state(before[1])  # noqa: NPY002  the ones that it seeds


@pytest.mark.usefixtures("torch_on_its_path")
def test_pytorch_is_settled_also_where_it_is_imported_late() -> None:
    finders = [*sys.meta_path]
    settle(7, 3)
    settle(8, 2)  # the next run of the process, as the one before did not import it
    assert "torch" not in sys.modules
    assert importlib.util.find_spec("torch") is not None  # a package asks whether it is there
    torch = importlib.import_module("torch")
    assert torch.told == [("seed", 8), ("threads", 2)]
    settle(9, 1)
    assert torch.told[2:] == [("seed", 9), ("threads", 1)]
    assert sys.meta_path == finders
