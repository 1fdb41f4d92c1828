"""What to cite: the paper that defined the phases, and the software."""

from __future__ import annotations

from typing import Final

PAPER: Final = """\
@inproceedings{liu2022towards,
  title     = {Towards Understanding Grokking: An Effective Theory of Representation Learning},
  author    = {Liu, Ziming and Kitouni, Ouail and Nolte, Niklas and Michaud, Eric J. and
               Tegmark, Max and Williams, Mike},
  booktitle = {Advances in Neural Information Processing Systems},
  volume    = {35},
  year      = {2022},
  eprint    = {2205.10343},
  archiveprefix = {arXiv}
}"""
"""BibTeX of the paper that named the phases and drew the first maps of them."""


def software(version: str) -> str:
    """BibTeX of the software.

    Args:
        version: the version that made the results.

    Example:
        >>> print(software("0.1.0").splitlines()[0])
        @software{grokphase,
    """
    return f"""\
@software{{grokphase,
  title   = {{grokphase: phases of learning in small neural networks}},
  author  = {{{{The grokphase authors}}}},
  version = {{{version}}},
  license = {{MIT}}
}}"""
