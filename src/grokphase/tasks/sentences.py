"""Sentences that praise or blame: drawn from a grammar, or reviews in files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import real, whole
from grokphase.tasks.definition import Task
from grokphase.tasks.images import as_folder
from grokphase.tasks.points import sample_count
from grokphase.tasks.randomness import stream
from grokphase.tasks.targets import Target, as_target

SIGNS: Final = ("neg", "pos")
"""The folders of the reviews of each class."""

NOTHING, UNKNOWN = 0, 1
"""The symbols of no word, before a sentence, and of a word that is not in the vocabulary."""

_NOT: Final = ("not", "never", "hardly")
_AND: Final = ("and", "but", "while")
_FILLING: Final = ("very", "quite", "really", "somewhat", "truly")
_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)?")


def sentences(
    clauses: int = 3,
    words: int = 20,
    negation: float = 0.5,
    samples: int = 2000,
    seed: int = 0,
    *,
    target: Target | str = "classification",
) -> Task:
    """Whether a sentence praises or blames, where a negation turns what an adjective says.

    A sentence is an odd number of clauses such as "noun-3 is not very good-7", with "and", "but"
    or "while" between them. An adjective praises or blames, and a negation before it turns that;
    the class is what more of the clauses do. Every second clause, at random, has a word such as
    "very", which does nothing. So no word alone tells the class where half of the clauses are
    negated, and every clause must be read in order.

    Args:
        clauses: of each sentence, an odd number.
        words: how many adjectives praise, how many blame, and how many nouns there are.
        negation: chance of a clause to be negated, from 0 to 1.
        samples: number of sentences.
        seed: draws the sentences, from the stream ``"sentences"``; apart from the seed of a run,
            so that runs share the data.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a number is out of range.

    Source: ours, in place of the film reviews of Liu, Michaud and Tegmark 2023 (Omnigrok,
        arXiv:2210.01117), which the task imdb reads from files.

    Example:
        >>> drawn = sentences(clauses=1, samples=3)
        >>> [drawn.called(word) for word in drawn.inputs[0].tolist() if word]
        ['noun-6', 'is', 'never', 'very', 'good-2']
    """
    count = whole(clauses, "clauses", 1, 99)
    if count % 2 == 0:
        raise GrokphaseError(
            f"clauses = {count} may end in a draw, as many praising as blaming; write "
            f"clauses={count + 1}, in a shell --set task.clauses={count + 1}."
        )
    each = whole(words, "words", 1, 1000)
    turned = real(negation)
    if not 0 <= turned <= 1:
        raise GrokphaseError(
            f"negation = {negation} is no chance; write a number from 0 to 1, in a shell "
            "--set task.negation=0.5."
        )
    many = sample_count(samples, 6 * count)
    seed = whole(seed, "seed", 0)
    vocabulary = _vocabulary(each)
    place = {word: at for at, word in enumerate(vocabulary)}
    random = stream(seed, "sentences")
    texts, labels = [], []
    for _ in range(many):
        text, label = _sentence(random, count, each, turned)
        texts.append([place[word] for word in text])
        labels.append(label)
    return Task(
        name="sentences",
        inputs=rows_of(texts, 6 * count - 1),
        labels=np.array(labels, np.int32),
        classes=2,
        symbols=len(vocabulary),
        target=as_target(target),
        parameters={
            "clauses": count,
            "words": each,
            "negation": turned,
            "samples": many,
            "seed": seed,
        },
        names=tuple(vocabulary),
    )


def imdb(
    folder: str | Path,
    *,
    samples: int = 2000,
    vocabulary: int = 1000,
    length: int = 50,
    seed: int = 0,
    target: Target | str = "classification",
) -> Task:
    """Whether a film review praises or blames: the reviews of a folder as IMDb's are published.

    The folder has ``train/pos``, ``train/neg`` and may have ``test/pos`` and ``test/neg``, a review
    in each file ``*.txt``. Reviews are drawn at random, as many of each class; those of ``test``,
    as many again, are never trained. Letters are made small, words are what is between other signs,
    line breaks of HTML left out; the most frequent words of the training reviews have a symbol of
    their own and all others one together. The last words of a review stand in a row.

    Args:
        folder: such as ``aclImdb``.
        samples: of ``train``, half of each class; and of ``test`` where it is there.
        vocabulary: words that have a symbol of their own.
        length: words of a review that are taken, the last ones.
        seed: draws the reviews, from the stream ``"reviews"``.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: there is no such folder or too few reviews in it, or a file cannot be read.

    Source: Maas et al. 2011, Learning word vectors for sentiment analysis, ACL; Liu, Michaud and
        Tegmark 2023 (Omnigrok, arXiv:2210.01117), 1,000 of them.
    """
    place = as_folder(folder)
    half, size = whole(samples, "samples", 2) // 2, whole(vocabulary, "vocabulary", 1, 100_000)
    most, seed = whole(length, "length", 1, 10_000), whole(seed, "seed", 0)
    random = stream(seed, "reviews")
    parts = ["train", *(["test"] if (place / "test").is_dir() else [])]
    texts, labels, sizes = [], [], []
    for part in parts:
        found = [_reviews(place / part / sign, half, random) for sign in SIGNS]
        # One of each class in turn, so that the first so many are of both alike.
        texts += [text for pair in zip(*found, strict=True) for text in pair]
        labels += [0, 1] * half
        sizes.append(2 * half)
    common = Counter(word for text in texts[: sizes[0]] for word in text).most_common(size)
    known = {word: at for at, (word, _) in enumerate(common, start=2)}
    numbers = [[known.get(word, UNKNOWN) for word in text[-most:]] for text in texts]
    return Task(
        name=place.resolve().name,
        inputs=rows_of(numbers, most),
        labels=np.array(labels, np.int32),
        classes=2,
        symbols=size + 2,
        target=as_target(target),
        kind="imdb",
        test=sum(sizes[1:]),
    )


def rows_of(texts: Iterable[Sequence[int]], length: int) -> NDArray[np.int32]:
    """Sequences as rows of one length, with the symbol of no word before them.

    Example:
        >>> rows_of([[3, 4], [5]], 3).tolist()
        [[0, 3, 4], [0, 0, 5]]
    """
    return np.array([[NOTHING] * (length - len(text)) + list(text) for text in texts], np.int32)


def words_of(text: str) -> list[str]:
    """The words of a review, in small letters.

    Example:
        >>> words_of("Not bad!<br />It's GOOD")
        ['not', 'bad', "it's", 'good']
    """
    return _WORD.findall(text.lower().replace("<br />", " "))


def _vocabulary(words: int) -> list[str]:
    """All words of the grammar; no word first."""
    counted = [f"{word}-{k}" for word in ("good", "bad", "noun") for k in range(words)]
    return ["-", "is", *_NOT, *_AND, *_FILLING, *counted]


def _sentence(
    random: np.random.Generator, clauses: int, words: int, negation: float
) -> tuple[list[str], int]:
    """A sentence, and whether more of its clauses praise."""
    text: list[str] = []
    praise = 0
    for clause in range(clauses):
        if clause:
            text.append(str(random.choice(_AND)))
        good, turned, filled = random.random(3) < (0.5, negation, 0.5)
        text += [f"noun-{random.integers(words)}", "is"]
        text += [str(random.choice(_NOT))] if turned else []
        text += [str(random.choice(_FILLING))] if filled else []
        text.append(f"{'good' if good else 'bad'}-{random.integers(words)}")
        praise += bool(good) != bool(turned)
    return text, int(2 * praise > clauses)


def _reviews(folder: Path, count: int, random: np.random.Generator) -> list[list[str]]:
    """The words of so many reviews of a folder, drawn at random."""
    files = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    if len(files) < count:
        there = f"has {len(files)} files *.txt" if folder.is_dir() else "is no folder"
        most = 2 * len(files)
        line = f"samples={most}, in a shell --set task.samples={most}" if files else ""
        raise GrokphaseError(
            f'"{folder}" {there}, and {count} reviews of it are asked for, as IMDb\'s come in '
            "train/pos, train/neg, test/pos and test/neg; write "
            f"{line or 'the folder above these'}."
        )
    chosen = random.choice(len(files), count, replace=False)
    return [_words_in(files[k]) for k in chosen]


def _words_in(path: Path) -> list[str]:
    words = words_of(_text(path))
    if not words:
        raise GrokphaseError(f'"{path}" has no words; get it again, or take it away.')
    return words


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "it is no text in UTF-8"
        raise GrokphaseError(f'"{path}" cannot be read: {reason}; get it again.') from None
