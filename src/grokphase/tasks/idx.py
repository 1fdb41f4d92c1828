"""Images and labels in IDX files, the format of MNIST: big-endian sizes, then a byte a pixel."""

from __future__ import annotations

import gzip
import hashlib
import math
import re
import zlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError

CHECKSUMS: Final = "SHA256SUMS"
"""A file of lines ``digest  name``, as ``sha256sum`` writes them; a folder may have one."""

_UNSIGNED_BYTES: Final = 0x08
_PARTS: Final = ("train", "t10k")

# A line begins with a backslash where sha256sum has escaped a name.
_LINES: Final = (
    re.compile(r"\\?SHA256 ?\((?P<name>.+)\) ?= ?(?P<digest>\S+)"),  # of --tag, and of BSD
    re.compile(r"\\?(?P<digest>\S+)\s+\*?(?P<name>.+)"),
)

Digests = Mapping[str, frozenset[str]]
"""What a list of digests says of each file that it names, without its folder."""


class Images(NamedTuple):
    """Images and what they show.

    Args:
        images: (n, height, width) pixels from 0 to 255.
        labels: (n,) classes.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def read_folder(folder: Path) -> tuple[Images, Images]:
    """The training and the test images of a folder that is laid out as MNIST's.

    Files are ``PART-images-idx3-ubyte`` and ``PART-labels-idx1-ubyte`` of the parts ``train`` and
    ``t10k``, as they are or gzipped (``.gz``). Where the folder has a file ``SHA256SUMS``, those of
    them that it names, in whatever folder, must have the digests it says; it names some of them.

    Args:
        folder: where the files are.

    Raises:
        GrokphaseError: a file is missing, damaged, or of another format, there are more images
            than labels or fewer, or ``SHA256SUMS`` has no digest of a file that is read.
    """
    paths = {
        (part, what): _found(folder, f"{part}-{what}")
        for part in _PARTS
        for what in ("images-idx3-ubyte", "labels-idx1-ubyte")
    }
    digests = _digests(folder, [path.name for path in paths.values()])
    train, test = (
        _images(folder, part, [_read(paths[of], digests) for of in paths if of[0] == part])
        for part in _PARTS
    )
    return train, test


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


def _images(folder: Path, part: str, contents: list[tuple[bytes, str]]) -> Images:
    """The images and labels of the two files of a part."""
    images, labels = map(parse, *zip(*contents, strict=True), (3, 1))
    if len(images) != len(labels):
        raise GrokphaseError(
            f'"{folder}" has {len(images):,} images and {len(labels):,} labels of {part}; each '
            "image needs one label."
        )
    return Images(images, labels)


def _found(folder: Path, name: str) -> Path:
    """The file of this name in a folder, gzipped or not."""
    names = (name, name.replace("-idx", ".idx"))  # both are in use
    paths = [folder / f"{each}{suffix}" for each in names for suffix in ("", ".gz")]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        there = "has no file" if folder.is_dir() else "is no folder with a file"
        raise GrokphaseError(
            f'"{folder}" {there} {name} or {name}.gz, as MNIST and Fashion-MNIST come.'
        )
    return path


def _read(path: Path, digests: Digests) -> tuple[bytes, str]:
    """What a file holds, not compressed, and its name for messages."""
    try:
        content = path.read_bytes()
        _check_digest(path, content, digests)
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except OSError as problem:  # gzip's own among them
        reason = problem.strerror or str(problem)
        raise GrokphaseError(f'"{path}" cannot be read: {reason}; get it again.') from None
    except (EOFError, zlib.error):
        raise GrokphaseError(
            f'"{path}" is truncated or damaged: it cannot be unpacked; get it again.'
        ) from None
    return content, f'"{path}"'


def _digests(folder: Path, names: list[str]) -> Digests:
    """What the folder's list of digests says of the files that are read; nothing without one."""
    sums = folder / CHECKSUMS
    if not sums.is_file():
        return {}
    try:
        text = sums.read_bytes().decode("utf-8-sig", "replace")
    except OSError as problem:
        raise GrokphaseError(f'"{sums}" cannot be read: {problem.strerror}.') from None
    found = _named(text)
    if not any(name in found for name in names):  # else damage would pass as checked
        raise GrokphaseError(
            f'"{sums}" has no digest of any of the files that are read ({", ".join(names)}); write '
            f"it anew there, sha256sum {' '.join(names)} > {CHECKSUMS}, or take it away."
        )
    return found


def _named(text: str) -> Digests:
    """The digests of a list by the name of the file, whatever folder the list says it is in."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in map(str.strip, text.splitlines()):
        read = next((known for form in _LINES if (known := form.fullmatch(line))), None)
        if read is not None:
            found[re.split(r"[/\\]", read["name"])[-1]].add(read["digest"].lower())
    return {name: frozenset(digests) for name, digests in found.items()}


def _check_digest(path: Path, content: bytes, digests: Digests) -> None:
    """Refuse a file that is not the one its folder's list of digests names."""
    found = hashlib.sha256(content).hexdigest()
    if found not in (known := digests.get(path.name, frozenset([found]))):
        raise GrokphaseError(
            f'"{path}" is damaged: its SHA-256 begins with {found[:8]}, and {CHECKSUMS} beside it '
            f"says {min(known)[:8]}; get it again."
        )
