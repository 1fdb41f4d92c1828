"""Whether a corpus is what its card says: unique runs, whole cells, families kept apart."""

from __future__ import annotations

from grokphase.corpora.families import families, seeds
from grokphase.corpora.reading import COUNTED_ONCE, Corpus

_CHECKS = {
    **COUNTED_ONCE,
    "{n} runs generalize before their evaluation says they could": (
        "SELECT id FROM corpus WHERE validation_step_lower >= validation_step "
        "OR train_step_lower >= train_step"
    ),
    "{n} runs have an event after their budget": (
        "SELECT id FROM corpus WHERE greatest(train_step, validation_step) > budget"
    ),
    "{n} runs have curves of other lengths than their steps": (
        "SELECT id FROM corpus WHERE len(train_loss) <> len(step) OR len(weight_norm) <> len(step)"
    ),
}


def faults(made: Corpus) -> list[str]:
    """What is wrong with a corpus, a sentence each; nothing if it is as it should be.

    Example:
        >>> from grokphase.corpora import corpus
        >>> faults(corpus())
        []
    """
    database = made.connect()
    found = []
    for sentence, sql in _CHECKS.items():
        rows = database.sql(sql).fetchall()
        if rows:
            found.append(f"{sentence.format(n=len(rows))}, such as {rows[0][0]}.")
    short = f"SELECT cell FROM corpus GROUP BY cell HAVING count(*) < {seeds()}"
    if rows := database.sql(short).fetchall():
        found.append(f"{len(rows)} cells have fewer than {seeds()} seeds, such as {rows[0][0]}.")
    stated = {each.name: each.split for each in families()}
    for name, split in database.sql("SELECT DISTINCT family, split FROM corpus").fetchall():
        if stated.get(name, split) != split:
            found.append(f"{name} is {split} here, and {stated[name]} by the families' file.")
    return found
