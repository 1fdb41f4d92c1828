"""``grokphase cite``: what to cite."""

from __future__ import annotations

from grokphase.cli.options import OUTPUT, Output
from grokphase.cli.output import print_json

# Key, title, authors, year, and where it is.
_WORKS = (
    {
        "key": "liu2022towards",
        "type": "inproceedings",
        "title": "Towards Understanding Grokking: An Effective Theory of Representation Learning",
        "author": "Liu, Ziming and Kitouni, Ouail and Nolte, Niklas and Michaud, Eric J. "
        "and Tegmark, Max and Williams, Mike",
        "booktitle": "Advances in Neural Information Processing Systems",
        "year": "2022",
        "eprint": "2205.10343",
        "why": "the four phases, the toy, the representation quality index",
    },
    {
        "key": "power2022grokking",
        "type": "misc",
        "title": "Grokking: Generalization Beyond Overfitting on Small Algorithmic Datasets",
        "author": "Power, Alethea and Burda, Yuri and Edwards, Harri and Babuschkin, Igor "
        "and Misra, Vedant",
        "year": "2022",
        "eprint": "2201.02177",
        "why": "the discovery of grokking, and the tasks of binary operations",
    },
)


def cite(*, output: Output = OUTPUT) -> int:
    """Print what to cite, as BibTeX.

    With --json, one object with the same entries.
    """
    works = [_software(), *_WORKS]
    if output.json:
        print_json({"citations": works, "bibtex": "\n\n".join(map(_bibtex, works))})
    else:
        print("\n\n".join(map(_bibtex, works)))
    return 0


def _software() -> dict[str, str]:
    from grokphase import __version__

    return {
        "key": "grokphase",
        "type": "software",
        "title": "grokphase: phases of learning in small neural networks",
        "author": "{The grokphase contributors}",
        "version": __version__,
        "why": "this software",
    }


def _bibtex(work: dict[str, str]) -> str:
    fields = {name: value for name, value in work.items() if name not in ("key", "type", "why")}
    if "eprint" in fields:
        fields["archivePrefix"] = "arXiv"
    lines = "\n".join(f"  {name} = {{{value}}}," for name, value in fields.items())
    return f"% {work['why']}\n@{work['type']}{{{work['key']},\n{lines}\n}}"
