"""A page has the curves of the map's store, or of its memory, and says so where it has none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.samples import make_record

from grokphase.errors import GrokphaseError
from grokphase.phases import Axis, PhaseMap
from grokphase.store import RunRecord, Store
from grokphase.web.records import recorded

RECORDS = tuple(make_record(number) for number in range(4))


def four(records: tuple[RunRecord, ...] = (), store: Path | None = None) -> PhaseMap:
    ids = [record.id for record in RECORDS]
    return PhaseMap.from_arrays(
        Axis("split.fraction", (0.5, 0.8)),
        Axis("task.p", (5, 7)),
        [[record.phase for record in RECORDS[row : row + 2]] for row in (0, 2)],
        [[100, 100], [100, None]],
        [[5000, 5000], [None, None]],
        runs=[[[ids[0]], [ids[1]]], [[ids[2]], [ids[3]]]],
        records=records,
        store=store,
    )


def test_from_the_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        store.write(RECORDS)
        found, wanting = recorded(four(store=store.path))
        assert ([run.id for run in found], wanting) == ([run.id for run in RECORDS], None)
        assert all(run.curves for run in found)
        store.remove([RECORDS[1].id])
    found, wanting = recorded(four(store=tmp_path / "store"))
    assert len(found) == 3
    assert wanting is not None
    assert wanting.startswith("The page has no curves of 1 of 4 runs: they are not in the store")


def test_from_memory() -> None:
    assert recorded(four(RECORDS)) == ([*RECORDS], None)


@pytest.mark.parametrize("store", [None, Path("gone")])
def test_a_page_without_curves_is_written_and_says_so(tmp_path: Path, store: Path | None) -> None:
    with pytest.warns(UserWarning, match=r"^The page has no curves of the runs: .*\.$") as told:
        path = four(store=store).report(tmp_path / "new" / "report.html", command="grokphase map")
    assert told[0].filename == __file__
    page = path.read_text()
    assert "The page has no curves of the runs" in page
    assert "grokphase map" in page


def test_a_page_with_curves_needs_no_warning(tmp_path: Path) -> None:
    path = four(RECORDS).report(tmp_path / "report.html")
    assert "no curves of" not in path.read_text()


def test_a_place_for_a_page_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GrokphaseError, match=r'write "report.html"'):
        four(RECORDS).report("report.pdf")
    (tmp_path / "file").write_text("")
    with pytest.raises(GrokphaseError, match="was not written"):
        replace(four(RECORDS)).report(tmp_path / "file" / "report.html")
