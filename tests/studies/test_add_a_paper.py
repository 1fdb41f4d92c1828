"""The page "Add a paper": the study that it builds is the example, from outside the package."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from grokphase import GrokphaseError, studies
from grokphase.cli import main
from grokphase.plotting.charts import CHARTS
from grokphase.studies.reading import read_study

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "studies" / "my2023"
PAGE = (ROOT / "docs" / "add-a-paper.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)\n```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def without_space(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of studies with what the page writes, and nothing else."""
    folder = tmp_path / "my-studies" / "my2023"
    (folder / "published").mkdir(parents=True)
    (folder / "paper.toml").write_text("\n\n".join(blocks("toml")), encoding="utf-8")
    (folder / "study.py").write_text("\n\n\n".join(blocks("python")), encoding="utf-8")
    (table,) = [block for block in blocks("") if block.startswith("# source")]
    (folder / "published" / "trained.csv").write_text(table + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


def test_the_page_is_the_example(mine: Path):
    for name in ("paper.toml", "study.py", "published/trained.csv"):
        ours, theirs = (folder / name for folder in (mine, EXAMPLE))
        assert without_space(ours.read_text()) == without_space(theirs.read_text()), name


def test_it_is_as_short_as_the_page_says():
    lines = without_space((EXAMPLE / "study.py").read_text())
    assert 90 < len(lines) < 120


def test_a_figure_and_its_claims_from_outside_the_package(mine: Path, capsys):
    assert main(["reproduce", "my2023/widths", "--studies", "my-studies", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert Path(document["figures"][0]["files"][0]).exists()
    found = {claim["id"].partition("/")[2]: claim["verdict"] for claim in document["claims"]}
    assert found == {
        "closed-form-is-exact": "holds",
        "closed-form-needs-width": "holds",
        "width-of-95-percent": "fails",
    }
    for verdict, name in ((verdict, name) for name, verdict in found.items()):
        assert re.search(rf"^{'✓' if verdict == 'holds' else '✗'} my2023/{name} ", PAGE, re.M)


def test_every_function_that_it_names_is_there_and_claims_can_be_decided(mine: Path, capsys):
    assert main(["reproduce", "my2023", "--studies", "my-studies", "--dry-run", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert len(plan["decidable"]) == 9
    assert [each["runs"] for each in plan["figures"]] == [0, 12, 24]
    assert not Path("grokphase-out").exists()


@pytest.mark.slow
def test_the_whole_of_it(mine: Path, capsys):
    """Networks train; what the page prints is what comes out."""
    assert main(["reproduce", "my2023", "--studies", "my-studies", "--quiet"]) == 0
    shown = capsys.readouterr().out
    verdicts = re.findall(r"^[✓✗~·] my2023/\S+", shown, flags=re.MULTILINE)
    assert len(verdicts) == 9
    assert verdicts == re.findall(r"^[✓✗~·] my2023/\S+", PAGE, flags=re.MULTILINE)


def test_mistakes_are_the_sentences_of_the_page(mine: Path, tmp_path: Path):
    text = (EXAMPLE / "paper.toml").read_text(encoding="utf-8")
    for old, new in (
        ('estimator = "rank-correlation"', 'estimator = "rank-corelation"'),
        ('needs = ["widths"]', 'needs = ["width"]'),
        ('unit = "share of sums"\n', ""),
    ):
        (mine / "paper.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(GrokphaseError) as raised:
            read_study(mine)
        assert str(raised.value).replace(f"{tmp_path}/", "") in PAGE


def test_the_page_lists_all_charts():
    assert re.findall(r"^\| `(\w+)` \| ", PAGE, flags=re.MULTILINE) == list(CHARTS)


def test_studies_are_found_by_their_folder_alone(mine: Path):
    with studies.studies_of(mine.parent):
        assert "my2023" in studies.names()
    shutil.rmtree(mine)
    assert "my2023" not in studies.names()
