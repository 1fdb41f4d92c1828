"""Make the subset of MNIST that comes with grokphase, from the four files of MNIST.

    python docs/mnist_subset.py FOLDER

FOLDER holds the published files, gzipped or not, whose content must have the digests below. The
first 2,000 training images and all test images are written, gzipped without a date, with their
digests. Which bytes gzip makes depends on the version of zlib; what is in them does not.
"""

from __future__ import annotations

import gzip
import hashlib
import sys
from pathlib import Path

from grokphase.tasks.idx import CHECKSUMS, read_folder, written
from grokphase.tasks.images import SUBSET

TRAINING_IMAGES = 2000
PUBLISHED = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""SHA-256 of the files of MNIST, not compressed."""


def subset(folder: Path) -> dict[str, bytes]:
    """The files of the subset by name, from those of MNIST."""
    made = {}
    for part, many in (("train", TRAINING_IMAGES), ("t10k", None)):
        images, labels = read_folder(folder, part)
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            file = f"{part}-{name}-ubyte"
            if hashlib.sha256(written(array)).hexdigest() != PUBLISHED[file]:
                raise SystemExit(f"{file} in {folder} is not that of MNIST.")
            made[f"{file}.gz"] = gzip.compress(written(array[:many]), 9, mtime=0)
    sums = [f"{hashlib.sha256(made[name]).hexdigest()}  {name}\n" for name in sorted(made)]
    return made | {CHECKSUMS: "".join(sums).encode()}


if __name__ == "__main__":
    for name, content in subset(Path(sys.argv[1])).items():
        (SUBSET / name).write_bytes(content)
        print(f"{len(content):>9,} bytes  {SUBSET / name}")
