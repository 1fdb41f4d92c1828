"""A map that is drawn already is not drawn again."""

from __future__ import annotations

from pathlib import Path

LR, WD = "recipe.decoder.learning_rate", "recipe.decoder.weight_decay"
MAP = (
    *("map", "addition", "--p", "5", "--steps", "30", "--quiet", "--out", "here"),
    *("--set", "model.widths.0=8", "--set", "model.widths.1=8"),
    *("--x", f"{LR}=1e-3,1e-2", "--y", f"{WD}=0,1"),
)


def drawings(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_the_same_command_leaves_its_files_as_they_are(grokphase, tmp_path: Path):
    assert grokphase(*MAP).code == 0
    first = drawings(tmp_path / "here")
    assert set(first) == {"phase-map.png", "phase-map.svg", "phase-map.json", "report.html"}
    assert grokphase(*MAP).code == 0
    assert drawings(tmp_path / "here") == first


def test_a_lost_or_foreign_file_is_made_again(grokphase, tmp_path: Path):
    assert grokphase(*MAP).code == 0
    folder = tmp_path / "here"
    first = drawings(folder)
    (folder / "report.html").unlink()
    (folder / "phase-map.json").write_text("{}")
    assert grokphase(*MAP).code == 0
    assert set(drawings(folder)) == set(first)
    assert (folder / "phase-map.json").read_text() != "{}"
