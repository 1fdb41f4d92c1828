"""Photographs in the files that CIFAR-10 and Imagenette are published in."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import whole
from grokphase.tasks.definition import Task
from grokphase.tasks.images import MOST_NUMBERS, as_folder, image_task
from grokphase.tasks.targets import Target, as_target

PIXELS: Final = 3 * 32 * 32
"""Bytes of an image of CIFAR-10: all red ones, then the green, then the blue."""

_KINDS: Final = 10  # of things on the photographs of CIFAR-10

# What is needed to read an array of bytes that Python has pickled, and nothing that could do more.
_ALLOWED: Final = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}


def cifar10(
    folder: str | Path,
    *,
    test: int | None = None,
    target: Target | str = "classification",
) -> Task:
    """Small photographs of ten kinds of things: CIFAR-10, from its files.

    Samples are the images of the training batches in their order and after them those of the test
    batch, which are never trained. An image is 32 x 32 x 3 numbers from 0 to 1, colours last.

    Args:
        folder: with ``data_batch_1`` to ``data_batch_5``, those that are there, and
            ``test_batch``, as Python's pickles or, with the ending ``.bin``, as bytes.
        test: how many test images, the first ones; None for all.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a file is missing, truncated or of another format.

    Source: Krizhevsky 2009, Learning multiple layers of features from tiny images.
    """
    place = as_folder(folder)
    names = [name for k in range(1, 6) for name in (f"data_batch_{k}", f"data_batch_{k}.bin")]
    batches = [place / name for name in names if (place / name).is_file()]
    held_out = [place / name for name in ("test_batch", "test_batch.bin")]
    held_out = [path for path in held_out if path.is_file()]
    if not batches or not held_out:
        raise GrokphaseError(
            f'"{place}" has no data_batch_1 or no test_batch, nor these with .bin, as CIFAR-10 '
            "comes; write the folder that has them, such as cifar-10-batches-py."
        )
    parts = [_joined(paths) for paths in (batches, held_out[:1])]
    if (most := max(int(labels.max()) for _, labels in parts)) >= _KINDS:
        raise GrokphaseError(
            f'"{place}" has a label {most}, and CIFAR-10 has ten, 0 to 9; get its files again.'
        )
    return _photographs(place, "cifar10", parts[0], parts[1], test, target)


def imagenette(
    folder: str | Path,
    *,
    side: int = 32,
    test: int | None = None,
    target: Target | str = "classification",
) -> Task:
    """Photographs in a folder a class, as Imagenette comes, each made a small square.

    The folder has ``train`` and ``val``, and these a folder for each class with JPEG files. Of each
    image the largest square in its middle is taken and made `side` x `side`; numbers are from 0 to
    1, colours last. Those of ``val`` are never trained. Images of one part stand class after class,
    so that the seed of a run, which draws its split, mixes them.

    Args:
        folder: such as ``imagenette2-160``.
        side: of the squares, in pixels.
        test: how many images of ``val``, spread evenly over it; None for all.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a folder is missing or empty, or a file is no image.

    Source: Howard 2019, Imagenette, ten classes of ImageNet (Deng et al. 2009, CVPR).
    """
    place, pixels = as_folder(folder), whole(side, "side", 2, 1024)
    names, others = (
        sorted(each.name for each in (place / part).glob("*") if each.is_dir())
        for part in ("train", "val")
    )
    files = {
        part: [
            (path, label)
            for label, name in enumerate(names)
            for path in sorted((place / part / name).glob("*.[jJ][pP]*[gG]"))
        ]
        for part in ("train", "val")
    }
    if not files["train"] or not files["val"]:
        raise GrokphaseError(
            f'"{place}" has no images in train/CLASS/*.JPEG and val/CLASS/*.JPEG, as Imagenette '
            "comes; write the folder that has train and val."
        )
    if names != others:
        name = sorted(set(names) ^ set(others))[0]
        raise GrokphaseError(
            f'"{place}" has a class {name} in one of train and val alone; write the folder as '
            "Imagenette comes, with the same classes in both."
        )
    if (count := len(files["train"]) + len(files["val"])) * 3 * pixels**2 > MOST_NUMBERS:
        raise GrokphaseError(
            f"{count:,} images of {pixels} x {pixels} hold more than {MOST_NUMBERS:,} numbers; "
            "write a smaller side, in a shell --set task.side=32."
        )
    if test is not None:
        many = whole(test, "test", 1, len(files["val"]))
        spread = np.linspace(0, len(files["val"]) - 1, many).round().astype(int)
        files["val"] = [files["val"][k] for k in spread]
    train, held_out = (
        (np.stack([_square(path, pixels) for path, _ in files[part]]), _labels(files[part]))
        for part in ("train", "val")
    )
    return _photographs(place, "imagenette", train, held_out, None, target)


Part = tuple[NDArray[np.uint8], NDArray[np.int64]]


def _photographs(
    place: Path, kind: str, train: Part, held_out: Part, test: int | None, target: Target | str
) -> Task:
    images, labels = held_out
    many = whole(len(labels) if test is None else test, "test", 1, len(labels))
    classes = int(max(train[1].max(), labels.max())) + 1
    kept = images[:many], labels[:many]
    return image_task(*train, kept, classes, place.resolve().name, kind, as_target(target))


def _labels(files: Sequence[tuple[Path, int]]) -> NDArray[np.int64]:
    return np.array([label for _, label in files])


def _square(path: Path, side: int) -> NDArray[np.uint8]:
    """The largest square in the middle of an image, made smaller or larger."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as opened:
            fitted = ImageOps.fit(opened.convert("RGB"), (side, side))
    except (OSError, UnidentifiedImageError):
        raise GrokphaseError(f'"{path}" is no image, or a truncated one; get it again.') from None
    return np.asarray(fitted, np.uint8)


def _joined(paths: Sequence[Path]) -> Part:
    """The images and labels of several files of CIFAR-10."""
    parts = [_binary(path) if path.suffix == ".bin" else _pickled(path) for path in paths]
    pixels = np.concatenate([rows for rows, _ in parts])
    images = pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return images, np.concatenate([labels for _, labels in parts])


def _binary(path: Path) -> Part:
    """Labels and images in turn, a byte and 3,072 of them."""
    content = np.frombuffer(path.read_bytes(), np.uint8)
    left = len(content) % (PIXELS + 1)
    if left or not len(content):
        raise GrokphaseError(
            f'"{path}" is truncated: it has {len(content):,} bytes, and an image of CIFAR-10 '
            f"{PIXELS + 1:,}; get it again."
        )
    rows = content.reshape(-1, PIXELS + 1)
    return rows[:, 1:], rows[:, 0].astype(np.int64)


class _Reader(pickle.Unpickler):
    """Reads arrays, lists, words and numbers, and refuses whatever else a pickle may hold."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return super().find_class(module, name)


def _pickled(path: Path) -> Part:
    """The pickle of a dictionary with ``data`` and ``labels``."""
    try:
        with path.open("rb") as opened:
            found = _Reader(opened, encoding="bytes").load()
        pixels, labels = np.asarray(found[b"data"]), np.asarray(found[b"labels"], np.int64)
    except Exception as problem:  # whatever a damaged pickle raises
        raise GrokphaseError(
            f'"{path}" is truncated or no batch of CIFAR-10 ({type(problem).__name__}); get it '
            "again."
        ) from None
    if pixels.dtype != np.uint8 or pixels.shape != (len(labels), PIXELS):
        raise GrokphaseError(
            f'"{path}" has images of shape {pixels.shape} and {len(labels)} labels; CIFAR-10 has '
            f"{PIXELS:,} bytes an image and a label each."
        )
    return pixels, labels
