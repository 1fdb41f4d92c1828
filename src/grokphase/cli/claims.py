"""``grokphase claims``: the ledger, read at a glance."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, Literal

from grokphase.cli.options import OUTPUT, Flag, MaybeFolder, Output
from grokphase.cli.output import cell, print_json, print_table
from grokphase.cli.paths import require_writable
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from grokphase.studies import Entry, Ledger

FOLDER = Path("grokphase-out") / "studies"
Scale = Literal["quick", "paper"]
VerdictName = Literal["holds", "fails", "inconclusive", "not-run"]
_DPI = 200
_WIDEST = 110  # characters of a line of prose


@contextmanager
def found_in(studies: Path | None) -> Iterator[None]:
    """Inside, the studies of this directory are found too."""
    from grokphase.studies import studies_of

    with studies_of(*(() if studies is None else (studies,))):
        yield


def claims(
    target: str | None = None,
    /,
    *,
    verdict: VerdictName | None = None,
    scale: Scale | None = None,
    out: MaybeFolder = None,
    studies: Path | None = None,
    picture: Path | None = None,
    markdown: Annotated[bool, Flag] = False,
    output: Output = OUTPUT,
) -> int:
    """The ledger: every claim of every study, its verdict and our value.

    A line a paper, then what fails and why, then the rest. Claims are measured on the results that
    come with grokphase, and on those of grokphase reproduce in this directory, which go first. A
    claim whose figures were not computed is "not run".

    Args:
        target: Only this study, as liu2022, or what rests on a figure of it, as liu2022/fig6b, or
            one claim in full, as liu2022/critical-fraction.
        verdict: Only claims that came out so: holds, fails, inconclusive or not-run.
        scale: quick or paper; by default the paper's own scale where it was run.
        out: Directory of the results of grokphase reproduce; grokphase-out/studies if there is one.
        studies: Directory of studies of your own, each a folder with a paper.toml.
        picture: Draw our values beside the published ones, to this PNG, SVG or PDF file.
        markdown: Print a page for a website.
    """
    if markdown and output.json:
        raise GrokphaseError("--markdown and --json are two forms of one answer: leave one out.")
    if out is not None and not out.is_dir():
        raise GrokphaseError(f'"{out}" is no directory; --out is where grokphase reproduce wrote.')
    folder = out or (FOLDER if FOLDER.is_dir() else None)
    with found_in(studies):
        ledgers = _asked(target, scale, folder, output)
        if verdict is not None:
            ledgers = [_only(ledger, verdict.replace("-", " ")) for ledger in ledgers]
        entries = [entry for ledger in ledgers for entry in ledger.entries]
        if picture is not None:
            _draw(ledgers, picture)
        if output.json:
            print_json(entries_json(entries))
        elif markdown:
            from grokphase.studies.page import page

            print(page(ledgers), end="")
        elif [entry.id for entry in entries] == [target]:
            print_claim(entries[0])
        elif target is None and verdict is None:
            _print_ledgers(ledgers, output)
        else:
            print_entries(entries, full=verdict is not None)
    if picture is not None and not output.json:
        print(f"picture {picture}", file=sys.stderr if markdown else sys.stdout)
    return 0


def _asked(
    target: str | None, scale: Scale | None, folder: Path | None, output: Output
) -> list[Ledger]:
    """The ledgers of what is asked for; of a part of a study, the entries of that part."""
    from grokphase.studies import ledger_of, names

    told = output.shows_progress and sys.stderr.isatty()
    return [
        ledger_of(
            name,
            scale=scale,
            folder=folder,
            on_progress=_Told(name.partition("/")[0]) if told else None,
        )
        for name in (names() if target is None else (target,))
    ]


class _Told:
    """Says on one line of stderr how many claims are measured."""

    def __init__(self, study: str) -> None:
        """Of this study."""
        self.study = study

    def __call__(self, done: int, total: int) -> None:
        """So many of so many."""
        words = f"measuring the claims of {self.study}: {done} of {total}"
        print(f"\r{words}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _only(ledger: Ledger, verdict: str) -> Ledger:
    return replace(ledger, entries=tuple(e for e in ledger.entries if e.verdict == verdict))


def _draw(ledgers: Sequence[Ledger], picture: Path) -> None:
    """The picture of the ledger."""
    from grokphase.files import replacing
    from grokphase.studies.picture import draw_ledger

    if picture.suffix not in (".png", ".svg", ".pdf"):
        raise GrokphaseError(f'--picture "{picture}" ends in .png, .svg or .pdf.')
    require_writable(picture.parent, "--picture")
    picture.parent.mkdir(parents=True, exist_ok=True)
    with replacing(picture) as passing:
        draw_ledger(ledgers).savefig(passing, format=picture.suffix[1:], dpi=_DPI)


def print_claim(entry: Entry) -> None:
    """All that the ledger says of one claim, a line for each; on a terminal as wide as that is."""
    [document] = entries_json([entry])
    for name, value in document.items():
        if value not in ("", None, ()):
            text = cell(value)
            if name in ("interval", "allowed"):
                text = " to ".join(map(cell, value))
            elif name == "needs":
                text = ", ".join(value)
            line = f"{name.replace('_', ' ')}: {text}"
            if sys.stdout.isatty():
                line = fill(line, _width(), subsequent_indent="    ", break_long_words=False)
            print(line)


def entries_json(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Entries as JSON documents, with the settings of what was run for them."""
    from grokphase.studies.told import settings

    return [{**asdict(entry), "settings": settings(entry)} for entry in entries]


def _width() -> int:
    return min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)


def _print_ledgers(ledgers: Sequence[Ledger], output: Output) -> None:
    """A line a paper, then what fails and why, then the rest."""
    from grokphase.estimators import VERDICTS
    from grokphase.studies.told import summary_rows, whole

    print_table(("study", *VERDICTS, "cost", "scale"), summary_rows(ledgers))
    print("\n".join(whole(ledgers, _width())))
    if not output.quiet:
        print("\nIn full: grokphase claims STUDY/CLAIM, --verdict fails, --json, --markdown.")


def print_entries(entries: Sequence[Entry], *, full: bool = False) -> None:
    """Some claims: how many came out how, and each of them."""
    from grokphase.studies.told import by_verdict, tally

    print(tally(entries))
    print("\n".join(by_verdict(entries, _width(), full=full)))
