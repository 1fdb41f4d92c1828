"""Tasks by name, and moving them along an axis."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.tasks import Regression, describe, group, names, sparse_parity, task, vary


@pytest.mark.parametrize("name", names())
def test_every_name_is_described_and_makes_its_task(name):
    assert describe(name).startswith(f"{name}: ")
    if name in ("table", "cifar10", "imagenette", "imdb", "smiles"):
        with pytest.raises(GrokphaseError, match=rf'task\("{name}", (path|folder)=\.\.\.\)'):
            task(name)
    else:
        assert task(name).name == name


def test_options_reach_the_task():
    assert (
        task("addition", p=4, pairs="ordered", target="classification").spec().items()
        >= {
            "p": 4,
            "pairs": "ordered",
        }.items()
    )
    assert task("d7") == group("D7")
    assert task("sparse-parity", bits=6, samples=20) == sparse_parity(6, 3, 20)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("adition", {}, 'no task .adition.*S5-conjugation.*Did you mean "addition"'),
        ("Q8", {}, "no group 'Q8'"),
        ("S9", {}, "too many elements"),
        ("addition", {"modulus": 5}, "no option 'modulus'; it takes p, pairs, target"),
        ("modular-addition", {"P": 5}, "no option 'P'"),
        ("addition", {"pair": "ordered"}, 'Did you mean "pairs"'),
        ("S3", {"p": 5}, "S3 takes no option 'p'"),
    ],
)
def test_wrong_names_and_options_are_told(name, options, message):
    with pytest.raises(GrokphaseError, match=message):
        task(name, **options)
    if not options:
        with pytest.raises(GrokphaseError, match=message):
            describe(name)


def test_a_number_of_the_spec_can_be_varied():
    start = task("modular-addition", p=7, pairs="unordered", target=Regression(dimension=4))
    moved = vary(start, "p", 11.0)
    assert moved == task("modular-addition", p=11, pairs="unordered", target=start.target)
    assert vary(start, "target.dimension", 9.0).outputs == 9
    assert vary(start, "target.scale", 2).target == Regression(4, 2.0)
    assert vary(sparse_parity(), "samples", 500) == sparse_parity(samples=500)
    assert vary(start, "p", 7) == start


def test_what_cannot_be_varied_is_told():
    with pytest.raises(GrokphaseError, match="S3 has no number 'p' to vary; it has none"):
        vary(group("S3"), "p", 5)
    with pytest.raises(GrokphaseError, match=r'Did you mean "target\.scale"'):
        vary(task("addition"), "target.scal", 5)
    with pytest.raises(GrokphaseError, match="p must be a whole number"):
        vary(task("addition"), "p", 10.5)
    with pytest.raises(GrokphaseError, match=r"no number 'target\.scale'"):
        vary(task("addition", target=Regression(vectors=np.eye(19))), "target.scale", 2)


def test_changed_data_are_not_lost_on_the_way():
    toy = task("addition")
    noisy = dataclasses.replace(toy, labels=np.roll(toy.labels, 1))
    with pytest.raises(GrokphaseError, match="they would be lost"):
        vary(noisy, "p", 12)
    assert np.array_equal(vary(noisy, "target.scale", 2).labels, noisy.labels)


def test_tasks_do_not_import_jax():
    code = "import sys, grokphase.tasks; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
