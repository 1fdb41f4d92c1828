"""Images as tasks: the subset that comes along, IDX files, arrays, and their own test set."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import grokphase as gp
from grokphase.errors import GrokphaseError
from grokphase.tasks import Split, Task, from_arrays, mnist, told
from grokphase.tasks.idx import CHECKSUMS, parse, written
from grokphase.tasks.images import SUBSET
from grokphase.tasks.repeats import all_differ, same_inputs

GENERATOR = np.random.default_rng(0)
PIXELS = GENERATOR.integers(0, 256, (12, 4, 3), dtype=np.uint8)
CLASSES = np.arange(12, dtype=np.uint8) % 3


def folder_of(place: Path, *, packed: bool = False, dotted: bool = False) -> Path:
    """A folder of 8 training and 4 test images in IDX files."""
    place.mkdir(exist_ok=True)
    for part, some in (("train", slice(0, 8)), ("t10k", slice(8, 12))):
        for name, array in (("images-idx3", PIXELS[some]), ("labels-idx1", CLASSES[some])):
            file = f"{part}-{name}-ubyte"
            file = file.replace("-idx", ".idx") if dotted else file
            content = written(array)
            path = place / (f"{file}.gz" if packed else file)
            path.write_bytes(gzip.compress(content) if packed else content)
    return place


@pytest.fixture(scope="module")
def digits() -> Task:
    return mnist()


def test_the_subset_is_the_beginning_of_mnist(digits: Task):
    assert (len(digits), digits.test, digits.classes) == (12_000, 10_000, 10)
    # The first labels of MNIST's two files, and how often each digit is in its test set.
    assert digits.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert digits.labels[2000:2005].tolist() == [7, 2, 1, 0, 4]
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(digits.labels[2000:]).tolist() == counts
    # The mean pixel of the test set, as is generally known, is 0.1325.
    assert digits.inputs[2000:].mean(dtype=np.float64) == pytest.approx(0.1325, abs=5e-5)
    assert (digits.inputs.min(), digits.inputs.max()) == (0, 1)
    assert all_differ(digits, swapped=False)


def test_what_comes_along_is_small_and_what_its_checksums_say():
    files = [path for path in SUBSET.iterdir() if path.suffix == ".gz"]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    sums = dict(line.split()[::-1] for line in (SUBSET / CHECKSUMS).read_text().splitlines())
    assert sums == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("form", [{}, {"packed": True}, {"dotted": True}])
def test_a_folder_of_idx_files_is_read_whichever_way_it_is_packed(tmp_path: Path, form: dict):
    task = mnist(folder_of(tmp_path / "fashion", **form))
    assert (task.name, task.kind, task.test, task.classes) == ("fashion", "mnist", 4, 3)
    assert np.array_equal(task.inputs, PIXELS.reshape(12, 12).astype(np.float32) / np.float32(255))
    assert task.labels.tolist() == CLASSES.tolist()
    assert mnist(tmp_path / "fashion", test=2) != task
    plain = from_arrays(PIXELS[:8], CLASSES[:8], test=(PIXELS[8:], CLASSES[8:]))
    assert np.array_equal(plain.inputs, task.inputs)
    assert plain.test == 4


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def lengthened(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def headless(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9])


def another(path: Path) -> None:
    path.write_bytes(b"PNG" + path.read_bytes()[3:])


def floats(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:2] + b"\x0d" + content[3:])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def fewer(path: Path) -> None:
    path.write_bytes(written(PIXELS[:7]))


def wider(path: Path) -> None:
    path.write_bytes(written(PIXELS[:8, :, :2]))


def listed(path: Path) -> None:
    path.with_name(CHECKSUMS).write_text(f"{'0' * 64}  {path.name}\n")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut, "truncated: 3 bytes are missing"),
        (lengthened, "damaged: 1 bytes follow its data"),
        (headless, "ends within its sizes"),
        (another, "begins with 50 4e 47 03"),
        (floats, "begins with 00 00 0d 03 and an IDX file of 3-dimensional bytes with 00 00 08 03"),
        (empty, "begins with nothing"),
        (fewer, "7 images and 8 labels of train"),
        (wider, r"shape \(4, 2\) and test images \(4, 3\)"),
        (listed, "SHA-256 begins with .* says 00000000"),
        (Path.unlink, "has no file train-images-idx3-ubyte or"),
    ],
)
def test_a_damaged_folder_is_told_in_a_sentence(tmp_path: Path, damage, said: str):
    place = folder_of(tmp_path / "images")
    damage(place / "train-images-idx3-ubyte")
    with pytest.raises(GrokphaseError, match=said) as told_:
        mnist(place)
    assert "\n" not in str(told_.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(written(PIXELS[:8]))[:-9], "truncated or damaged: it cannot be unpacked"),
        (b"nothing gzip makes", "cannot be read: Not a gzipped file"),
    ],
)
def test_a_damaged_archive_is_told_in_a_sentence(tmp_path: Path, content: bytes, said: str):
    place = folder_of(tmp_path / "images", packed=True)
    (place / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(GrokphaseError, match=said):
        mnist(place)


FIRST = "train-images-idx3-ubyte"
FORMS = [
    "{digest}  {name}",
    "{digest} *{name}",
    "{digest}  ./{name}",
    "{digest}  some dir/{name}",
    "SHA256 ({name}) = {digest}",
    "SHA256 (some/dir/{name}) = {digest}",
    "{digest}  {name}\r\n",
    "\\{digest}  odd\\\\dir/{name}",
    "\ufeff{digest}  {name}",
    "hello world\n{digest}  {name}",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("packed", [False, True])
def test_digests_are_read_in_every_form_that_they_are_written_in(
    tmp_path: Path, form: str, packed: bool
):
    place = folder_of(tmp_path / "images", packed=packed)
    path = place / f"{FIRST}{'.gz' if packed else ''}"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sums = place / CHECKSUMS
    for right in (digest, digest.upper()):
        sums.write_text(form.format(digest=right, name=path.name), encoding="utf-8")
        assert (
            len(mnist(place)) == 12
        )  # of those of the files that it does not name, nothing is said
    sums.write_text(form.format(digest="0" * 64, name=path.name), encoding="utf-8")
    with pytest.raises(GrokphaseError, match=r"SHA-256 begins with .* says 00000000"):
        mnist(place)


@pytest.mark.parametrize("text", ["", "hello world\n", f"{'0' * 64}  {FIRST}.gz\n", "\0\xff"])
def test_digests_of_no_file_that_is_read_are_refused(tmp_path: Path, text: str):
    place = folder_of(tmp_path / "images")
    (place / CHECKSUMS).write_bytes(text.encode("latin-1"))
    with pytest.raises(
        GrokphaseError, match="no digest of any of the files that are read"
    ) as told_:
        mnist(place)
    assert f"sha256sum {FIRST} " in str(told_.value)


def test_a_class_that_only_test_images_show_is_told_unless_it_is_meant(tmp_path: Path):
    some = {"images": PIXELS, "labels": CLASSES, "test": (PIXELS[:2], [1, 7])}
    assert from_arrays(**some, classes=8).classes == 8
    place = folder_of(tmp_path / "images")
    (place / "t10k-labels-idx1-ubyte").write_bytes(written(np.uint8([0, 1, 2, 200])))
    with pytest.raises(GrokphaseError, match="the class 200, which no image for training shows"):
        mnist(place)


def test_what_is_no_folder_is_told(tmp_path: Path):
    with pytest.raises(GrokphaseError, match="is no folder with a file train-images-idx3-ubyte"):
        mnist(tmp_path / "nowhere")
    with pytest.raises(GrokphaseError, match="is no path of a folder"):
        mnist(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(7,), (3, 2), (2, 3, 4)])
def test_an_array_is_the_same_after_writing_and_reading(shape: tuple[int, ...]):
    array = GENERATOR.integers(0, 256, shape, dtype=np.uint8)
    assert np.array_equal(parse(written(array), "it", len(shape)), array)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"images": PIXELS, "labels": CLASSES[:5]}, r"images need labels of shape \(12,\)"),
        ({"images": np.zeros(12), "labels": CLASSES}, r"images have the shape \(12,\)"),
        ({"images": np.zeros((0, 4)), "labels": []}, r"images have the shape \(0, 4\)"),
        ({"images": [[1], [2, 3]], "labels": [0, 1]}, "all of one shape"),
        ({"images": PIXELS, "labels": ["cat"] * 12}, "labels must be an array of numbers"),
        ({"images": PIXELS, "labels": CLASSES - 0.5}, "return_inverse=True"),
        ({"images": PIXELS, "labels": CLASSES.astype(int) - 1}, "return_inverse=True"),
        ({"images": PIXELS, "labels": np.full(12, np.nan)}, "return_inverse=True"),
        ({"images": PIXELS, "labels": CLASSES, "classes": 2}, "classes from 0 to 1"),
        ({"images": PIXELS, "labels": CLASSES, "test": PIXELS}, "test is a pair of arrays"),
        ({"images": PIXELS, "labels": CLASSES, "test": (PIXELS, [0])}, "need test labels of shape"),
        ({"images": PIXELS, "labels": 0 * CLASSES}, "All 12 labels .* nothing to learn"),
        ({"images": PIXELS, "labels": 0 * CLASSES, "classes": 2}, "All 12 labels .* are 0"),
        (
            {"images": PIXELS, "labels": CLASSES, "test": (PIXELS[:2], [1, 7])},
            "the class 7, which no image for training shows, .* write classes=8",
        ),
        ({"images": PIXELS / np.nan, "labels": CLASSES}, "finite"),
    ],
)
def test_arrays_that_are_no_images_are_told(given: dict, said: str):
    with pytest.raises(GrokphaseError, match=said):
        from_arrays(**given)


def test_channels_and_numbers_are_taken_as_they_are():
    colours = GENERATOR.standard_normal((5, 2, 2, 3))
    task = from_arrays(colours, [0, 1, 0, 1, 2])
    assert task.inputs.tolist() == colours.reshape(5, 12).astype(np.float32).tolist()


def test_training_samples_are_drawn_beside_the_test_set(tmp_path: Path):
    task = mnist(folder_of(tmp_path / "images"))
    for split, count in ((Split(count=5), 5), (Split(fraction=0.25), 2), (Split(count=8), 8)):
        train, validation = split.indices(task, seed=3)
        assert len(train) == count
        assert set(train.tolist()) <= set(range(8))
        assert validation.tolist() == [8, 9, 10, 11]
    more, fewer_ = (Split(count=n).indices(task, seed=3)[0].tolist() for n in (6, 4))
    assert more[:4] == fewer_
    # The same samples as of the same task without a test set.
    alone = from_arrays(PIXELS[:8], CLASSES[:8])
    assert Split(count=4).indices(alone, seed=3)[0].tolist() == fewer_


@pytest.mark.parametrize(
    ("split", "said"),
    [
        ({"count": 9}, "is more than there are: train from 1 to 8"),
        ({"train": [0, 8]}, "8 samples beside its test set: indices run from 0 to 7"),
        ({"count": 4, "keep": "together"}, "a test set of its own.*leave out keep"),
        ({"fraction": 0.01}, "none to train: train from 1 to 8"),
    ],
)
def test_splits_that_would_touch_the_test_set_are_told(tmp_path: Path, split: dict, said: str):
    task = mnist(folder_of(tmp_path / "images"))
    with pytest.raises(GrokphaseError, match=said):
        Split(**split).indices(task, seed=0)


def test_a_test_set_is_part_of_what_a_task_is_and_its_absence_is_not():
    task = Task("t", PIXELS.reshape(12, 12), CLASSES, 3)
    assert "test" not in task.spec()
    with_test = Task("t", PIXELS.reshape(12, 12), CLASSES, 3, test=4)
    assert with_test.spec()["test"] == 4
    assert with_test != task
    assert "8 samples and 4 of its own test set, of 12 features" in told(with_test)
    with pytest.raises(GrokphaseError, match="some must be left to train"):
        Task("t", PIXELS.reshape(12, 12), CLASSES, 3, test=12)


def test_repeats_are_found_by_bytes_as_by_numbers():
    rows = np.array([[0.0, 1.0], [-0.0, 1.0], [2.0, 1.0]])
    for chosen, differ in (([0, 1], False), ([0, 2], True), ([0, 1, 2], False)):
        task = Task("t", rows[chosen], np.zeros(len(chosen)), 1)
        assert all_differ(task, swapped=False) == differ
        assert (len(set(same_inputs(task, swapped=False).tolist())) == len(task)) == differ


def test_no_two_runs_of_other_images_are_one(tmp_path: Path):
    place = folder_of(tmp_path / "images")
    ids = {gp.run_spec(mnist(place, test=n), split=4).id for n in (2, 3, 4)}
    assert len(ids) == 3
    assert json.dumps(gp.run_spec(mnist(place), split=4).spec()["task"]).count("test") == 1
