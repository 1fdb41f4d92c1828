"""Liu et al. (2022), arXiv:2205.10343: an effective theory of representation learning."""

from grokphase.studies.liu2022 import (
    accuracy,
    hierarchy,
    maps,
    planes,
    predictions,
    principles,
    symmetric,
)
from grokphase.studies.papers import Study

_ROOMS = (principles, planes, predictions, accuracy, maps, hierarchy, symmetric)

STUDY = Study(
    name="liu2022",
    citation=(
        "Z. Liu, O. Kitouni, N. Nolte, E. J. Michaud, M. Tegmark, M. Williams (2022), Towards "
        "Understanding Grokking: An Effective Theory of Representation Learning, NeurIPS 35, "
        "arXiv:2205.10343"
    ),
    figures=tuple(
        sorted(
            (figure for room in _ROOMS for figure in room.FIGURES),
            key=lambda figure: (int("".join(c for c in figure.id if c.isdigit())), figure.id),
        )
    ),
    claims=tuple(claim for room in _ROOMS for claim in room.CLAIMS),
    unmeasured={
        "fig1": "embeddings of a transformer",
        "fig7": "a transformer",
        "fig8": "networks on MNIST",
    },
)
