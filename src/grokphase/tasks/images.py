"""Images as tasks: MNIST, whatever comes in its format, and arrays of a user's own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import as_path, whole
from grokphase.tasks.definition import Task
from grokphase.tasks.idx import read_folder
from grokphase.tasks.targets import Target, as_target

KIND: Final = "mnist"
"""What every task from a folder of MNIST's layout counts as, whatever it shows."""

SUBSET: Final = Path(__file__).parent / "data" / "mnist"
"""The first 2,000 training images and all 10,000 test images of MNIST; see the README there."""

MOST_NUMBERS: Final = 200_000_000
"""Images times pixels at most: 800 MB as float32, and as much again while a run trains."""


def from_arrays(
    images: Any,
    labels: Any,
    *,
    test: tuple[Any, Any] | None = None,
    classes: int | None = None,
    name: str = "images",
    target: Target | str = "classification",
) -> Task:
    """Images with their labels as a task; each image becomes one row of numbers.

    Pixels that are unsigned bytes are divided by 255, and other numbers are taken as they are.

    Args:
        images: (n, height, width), (n, height, width, channels) or (n, features).
        labels: (n,) class of each, from 0.
        test: images and labels that are never trained: of whatever `Split`, they are the
            validation samples. None leaves it to the split.
        classes: how many there are; by default as many as the largest label needs, each of which
            an image for training must show that a test image shows.
        name: of the task, no part of a run's identity.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: shapes do not fit together, labels are no classes or all the same, or there
            are more numbers than memory is likely to hold.

    Example:
        >>> stripes = np.zeros((4, 2, 2), np.uint8)
        >>> stripes[:2, 0], stripes[2:, :, 0] = 255, 255
        >>> task = from_arrays(stripes, [0, 0, 1, 1], name="stripes")
        >>> task.inputs[0].tolist(), task.classes
        ([1.0, 1.0, 0.0, 0.0], 2)
    """
    return image_task(images, labels, test, classes, name, "images", target)


def mnist(
    folder: str | Path | None = None,
    *,
    test: int | None = None,
    target: Target | str = "classification",
) -> Task:
    """Handwritten digits: MNIST, or what comes in the same files, such as Fashion-MNIST.

    Samples are the training images in the order of the file and after them the test images, which
    are never trained: of whatever `Split`, they are the validation samples. An image is 784
    numbers from 0 to 1, its bytes over 255.

    Args:
        folder: a folder of IDX files, gzipped or not: ``train-images-idx3-ubyte``,
            ``train-labels-idx1-ubyte``, and the same of ``t10k``. None for the subset that comes
            with grokphase: the first 2,000 training and all 10,000 test images of MNIST.
        test: how many test images, the first ones; None for all.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a file is missing, truncated, of another format or not what its checksum
            says, or there are not so many test images.

    Source: LeCun, Bottou, Bengio and Haffner 1998, Proceedings of the IEEE 86, 2278.

    Example:
        >>> digits = mnist(test=1000)
        >>> len(digits), digits.inputs.shape[1], digits.test
        (3000, 784, 1000)
    """
    if folder is None:
        return _subset(test, as_target(target))
    place = as_folder(folder)
    return _of_folder(place, place.resolve().name or KIND, test, as_target(target))


@lru_cache(maxsize=1)
def _subset(test: int | None, target: Target) -> Task:
    """What comes along; it takes a second to read and does not change."""
    return _of_folder(SUBSET, KIND, test, target)


def _of_folder(folder: Path, name: str, test: int | None, target: Target) -> Task:
    (images, labels), (test_images, test_labels) = read_folder(folder)
    many = whole(len(test_labels) if test is None else test, "test", 1, len(test_labels))
    held_out = test_images[:many], test_labels[:many]
    # Of all test images, so that classes do not depend on how many are taken.
    classes = int(max(labels.max(initial=0), test_labels.max(initial=0))) + 1
    return image_task(images, labels, held_out, classes, name, KIND, target)


def image_task(
    images: Any,
    labels: Any,
    test: tuple[Any, Any] | None,
    classes: int | None,
    name: str,
    kind: str,
    target: Target | str,
) -> Task:
    """The task of images, and of test images that are never trained."""
    parts = [_part(images, labels, "images", "labels")]
    if test is not None:
        if not isinstance(test, tuple | list) or len(test) != 2:
            raise GrokphaseError("test is a pair of arrays: write test=(test_images, test_labels).")
        parts.append(_part(*test, "test images", "test labels"))
        shapes = [rows.shape[1:] for rows, _ in parts]
        if shapes[0] != shapes[1]:
            raise GrokphaseError(
                f"Images have the shape {shapes[0]} and test images {shapes[1]}; they must be "
                "alike."
            )
    numbers = sum(rows.size for rows, _ in parts)
    if numbers > MOST_NUMBERS:
        raise GrokphaseError(
            f"These images hold {numbers:,} numbers, more than {MOST_NUMBERS:,}; take fewer, or "
            "make them smaller."
        )
    _refuse_unlearnable(*(found for _, found in parts), said=classes is not None and kind != KIND)
    every = np.concatenate([found for _, found in parts])
    many = int(every.max()) + 1 if classes is None else whole(classes, "classes", 1)
    return Task(
        name=name,
        inputs=np.concatenate([_scaled(rows) for rows, _ in parts]),
        labels=every,
        classes=many,
        target=as_target(target),
        kind=kind,
        test=0 if test is None else len(parts[1][1]),
    )


def _refuse_unlearnable(
    labels: NDArray[Any], test: NDArray[Any] | None = None, *, said: bool
) -> None:
    """Refuse images for training of one class alone, and test images of a class without any.

    `said` where a person said how many classes there are, of whatever labels.
    """
    shown = np.unique(labels)
    if len(shown) == 1:
        raise GrokphaseError(
            f"All {len(labels):,} labels of images for training are {shown[0]}, so that there is "
            "nothing to learn; give images of two classes or more, with labels 0, 1, ..."
        )
    unseen = [] if test is None or said else np.setdiff1d(test, shown).tolist()
    if unseen:
        raise GrokphaseError(
            f"Test labels have the class {unseen[0]}, which no image for training shows, so that "
            f"it cannot be learned; leave its images out, or write classes={max(unseen) + 1} or "
            "more, in from_arrays, where that is meant."
        )


def _part(images: Any, labels: Any, what: str, called: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Images and labels as arrays that fit together."""
    rows, classes = _array(images, what), _array(labels, called)
    if rows.ndim < 2 or rows.size == 0:
        raise GrokphaseError(
            f"{what} have the shape {rows.shape}; give (n, height, width), (n, height, width, "
            "channels) or (n, features)."
        )
    if classes.shape != (len(rows),):
        raise GrokphaseError(
            f"{what} have the shape {rows.shape} and {called} {classes.shape}; {len(rows):,} "
            f"images need {called} of shape ({len(rows)},), a class each."
        )
    with np.errstate(invalid="ignore"):  # NaN to an integer: not equal below
        whole_ones = classes.astype(np.int32)
    if not np.array_equal(classes, whole_ones) or whole_ones.min() < 0:
        raise GrokphaseError(
            f"{called} must be classes 0, 1, 2, ...; for other names of classes write "
            "labels = numpy.unique(labels, return_inverse=True)[1]."
        )
    return rows, whole_ones


def _array(given: Any, what: str) -> NDArray[Any]:
    try:
        array = np.asarray(given)
    except ValueError:  # rows of different length
        array = np.empty(0, object)
    if array.dtype.kind not in "buif":
        raise GrokphaseError(f"{what} must be an array of numbers, all of one shape.")
    return array


def _scaled(rows: NDArray[Any]) -> NDArray[np.float32]:
    """Images as rows of numbers; bytes from 0 to 1."""
    flat = rows.reshape(len(rows), -1).astype(np.float32)
    return flat / np.float32(255) if rows.dtype == np.uint8 else flat


def as_folder(folder: object) -> Path:
    """A path of a folder, where something was given that can be one."""
    return as_path(folder, "a folder", "data/mnist")
