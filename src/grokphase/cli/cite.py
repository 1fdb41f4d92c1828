"""``grokphase cite``: what to cite."""

from __future__ import annotations

from typing import Final

from grokphase.cli.options import OUTPUT, Output
from grokphase.cli.output import print_json

DISCOVERY: Final = """\
@misc{power2022grokking,
  title     = {Grokking: Generalization Beyond Overfitting on Small Algorithmic Datasets},
  author    = {Power, Alethea and Burda, Yuri and Edwards, Harri and Babuschkin, Igor and
               Misra, Vedant},
  year      = {2022},
  eprint    = {2201.02177},
  archiveprefix = {arXiv}
}"""


def cite(*, output: Output = OUTPUT) -> int:
    """Print what to cite, as BibTeX.

    This software, the paper that named the four phases, and the paper that found grokking.
    """
    from grokphase import __version__
    from grokphase.web.citations import PAPER, software

    entries = {"software": software(__version__), "phases": PAPER, "grokking": DISCOVERY}
    if output.json:
        print_json(entries)
    else:
        print("\n\n".join(entries.values()))
    return 0
