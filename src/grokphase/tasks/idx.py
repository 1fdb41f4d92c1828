"""Images and labels in IDX files, the format of MNIST: big-endian sizes, then a byte a pixel."""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError

CHECKSUMS: Final = "SHA256SUMS"
"""A file of lines ``digest  name``, as ``sha256sum`` writes them; a folder may have one."""

_UNSIGNED_BYTES: Final = 0x08


class Images(NamedTuple):
    """Images and what they show.

    Args:
        images: (n, height, width) pixels from 0 to 255.
        labels: (n,) classes.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def read_folder(folder: Path, part: str) -> Images:
    """The images of one part of a folder that is laid out as MNIST's.

    Files are ``PART-images-idx3-ubyte`` and ``PART-labels-idx1-ubyte``, as they are or gzipped
    (``.gz``). Where the folder has a file ``SHA256SUMS``, those of them that it names must have
    the digests it says.

    Args:
        folder: where the files are.
        part: ``"train"`` or ``"t10k"``.

    Raises:
        GrokphaseError: a file is missing, damaged, or of another format, or there are more images
            than labels or fewer.
    """
    images = _read(folder, f"{part}-images-idx3-ubyte", 3)
    labels = _read(folder, f"{part}-labels-idx1-ubyte", 1)
    if len(images) != len(labels):
        raise GrokphaseError(
            f'"{folder}" has {len(images):,} images and {len(labels):,} labels of {part}; each '
            "image needs one label."
        )
    return Images(images, labels)


def parse(content: bytes, source: str, dimensions: int) -> NDArray[np.uint8]:
    """The array in the bytes of an IDX file.

    Args:
        content: all of the file, not compressed.
        source: its name, for messages.
        dimensions: how many the array must have.

    Raises:
        GrokphaseError: it is no such file, or it ends too early or too late.

    Example:
        >>> parse(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]), "labels", 1).tolist()
        [5, 0, 4]
    """
    magic = bytes([0, 0, _UNSIGNED_BYTES, dimensions])
    if content[:4] != magic:
        raise GrokphaseError(
            f"{source} begins with {content[:4].hex(' ') or 'nothing'} and an IDX file of "
            f"{dimensions}-dimensional bytes with {magic.hex(' ')}; it is of another format."
        )
    begin = 4 + 4 * dimensions
    if len(content) < begin:
        raise GrokphaseError(f"{source} is truncated: it ends within its sizes; get it again.")
    shape = [int(size) for size in np.frombuffer(content, ">u4", dimensions, 4)]
    missing = begin + math.prod(shape) - len(content)
    if missing:
        what = f"truncated: {missing:,} bytes are missing" if missing > 0 else "damaged"
        after = "" if missing > 0 else f": {-missing:,} bytes follow its data"
        raise GrokphaseError(
            f"{source} is {what}{after} (its sizes are {' x '.join(map(str, shape))}); get it "
            "again."
        )
    return np.frombuffer(content, np.uint8, offset=begin).reshape(shape)


def written(array: NDArray[np.uint8]) -> bytes:
    """An array as the bytes of an IDX file, which `parse` reads.

    Example:
        >>> written(np.uint8([5, 0, 4])).hex(" ")
        '00 00 08 01 00 00 00 03 05 00 04'
    """
    sizes = np.array(array.shape, ">u4").tobytes()
    return bytes([0, 0, _UNSIGNED_BYTES, array.ndim]) + sizes + array.tobytes()


def _read(folder: Path, name: str, dimensions: int) -> NDArray[np.uint8]:
    """The array of a file of a folder, gzipped or not."""
    names = (name, name.replace("-idx", ".idx"))  # both are in use
    paths = [folder / f"{each}{suffix}" for each in names for suffix in ("", ".gz")]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        there = "has no file" if folder.is_dir() else "is no folder with a file"
        raise GrokphaseError(
            f'"{folder}" {there} {name} or {name}.gz, as MNIST and Fashion-MNIST come.'
        )
    try:
        content = path.read_bytes()
        _check_digest(path, content)
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except OSError as problem:  # gzip's own among them
        reason = problem.strerror or str(problem)
        raise GrokphaseError(f'"{path}" cannot be read: {reason}; get it again.') from None
    except (EOFError, zlib.error):
        raise GrokphaseError(
            f'"{path}" is truncated or damaged: it cannot be unpacked; get it again.'
        ) from None
    return parse(content, f'"{path}"', dimensions)


def _check_digest(path: Path, content: bytes) -> None:
    """Refuse a file that is not the one its folder's list of digests names."""
    sums = path.with_name(CHECKSUMS)
    if not sums.is_file():
        return
    lines = (line.split() for line in sums.read_text(encoding="utf-8").splitlines())
    known = {line[1].lstrip("*"): line[0] for line in lines if len(line) == 2}
    found = hashlib.sha256(content).hexdigest()
    if known.get(path.name, found).lower() != found:
        raise GrokphaseError(
            f'"{path}" is damaged: its SHA-256 begins with {found[:8]}, and {CHECKSUMS} beside it '
            f"says {known[path.name][:8]}; get it again."
        )
