"""From a `paper.toml` to a `Study`; a mistake in it is one sentence with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, get_args

from grokphase import estimators
from grokphase.errors import GrokphaseError, nearest
from grokphase.plotting import charts
from grokphase.studies.facts import Facts, Key
from grokphase.studies.paper import OWN, Claim, Figure, Kind, Panel, Settings, Study
from grokphase.studies.scales import SCALES, Scale

FILE: Final = "paper.toml"

# What may stand where, and of which type.
_TOP = {
    **dict.fromkeys(("paper", "conventions", "unmeasured", "settings", "figures", "claims"), dict),
    "disagreements": list,
}
_PAPER = dict.fromkeys(("citation", "status"), str)
_DISAGREEMENT = dict.fromkeys(("about", "text", "code", "here"), str)
_FIGURE = {
    **dict.fromkeys(
        ("where", "title", "runs", "maps", "keep", "compute", "caption", "moving"), str
    ),
    "settings": str | dict,
    "panels": list,
    "layout": dict,
    "seconds": dict,
}
_PANEL = {
    **dict.fromkeys(("chart", "table", "title"), str),
    **dict.fromkeys(("with", "among"), dict),
    "over": bool,
}
_CLAIM = {
    **dict.fromkeys(("where", "statement", "tolerance", "unit", "estimator", "table"), str),
    **dict.fromkeys(("convention", "kind", "family", "note"), str),
    "published": str | int | float,
    "needs": list,
    "variants": list,
    # Or a name that stands for one.
    "with": dict | str,
    "among": dict | str,
    "seeds": int | str,
}
_PLACE: Final = re.compile(r"\{(\w+)(?::([^{}]*))?\}")


def read_study(folder: Path, *, package: str | None = None) -> Study:
    """The study of a folder.

    Args:
        folder: with a `paper.toml`; its name is the study's.
        package: dotted name of the folder as a package, if it is one.

    Raises:
        GrokphaseError: for a mistake in `paper.toml`, with file and line.
    """
    facts = Facts.read(folder / FILE)
    facts.check_keys((), facts.data, _TOP)
    about = facts.get((), facts.data, "paper", dict)
    facts.check_keys(("paper",), about, _PAPER)
    conventions = facts.data.get("conventions", {})
    for name in ("conventions", "unmeasured"):
        said = facts.data.get(name, {})
        facts.check_keys((name,), said, dict.fromkeys(said, str))
    figures = tuple(
        _figure(facts, name, given) for name, given in facts.data.get("figures", {}).items()
    )
    return Study(
        name=folder.name,
        citation=facts.get(("paper",), about, "citation", str),
        figures=figures,
        claims=tuple(_claims(facts, conventions, [figure.id for figure in figures])),
        facts=facts,
        package=package,
        status=about.get("status", ""),
        conventions=conventions,
        disagreements=tuple(_disagreements(facts)),
        unmeasured=facts.data.get("unmeasured", {}),
    )


def _disagreements(facts: Facts) -> Iterator[Mapping[str, str]]:
    for at, each in enumerate(facts.data.get("disagreements", [])):
        facts.check_keys(("disagreements", at), each, _DISAGREEMENT)
        yield each


# ------------------------------------------------------------------------------ figures


def _figure(facts: Facts, name: str, given: Any) -> Figure:
    keys = ("figures", name)
    facts.check_keys(keys, given, _FIGURE)
    for one, other in (("runs", "maps"), ("keep", "maps"), ("compute", "maps")):
        if one in given and other in given:
            raise facts.mistake(keys, f"a figure has {one} or {other}, and {name} has both.")
    if "runs" not in given and "maps" not in given and "compute" not in given:
        raise facts.mistake(
            keys,
            f"{name} has neither runs, nor maps, nor compute: name a function of the study that "
            'says what is trained or computed, as runs = "delays".',
        )
    if given.get("keep", "final") not in ("final", "log"):
        raise facts.mistake(
            (*keys, "keep"), f'keep is "final" or "log", the weights kept, not {given["keep"]!r}.'
        )
    settings, text = _settings(facts, keys, given)
    for axis in ("x", "y") if "maps" in given else ():
        if any(axis not in each for each in settings.values()):
            raise facts.mistake(
                (*keys, "settings"),
                f"{name} is a phase map, and its settings have no {axis}, as "
                f'{axis} = "recipe.decoder.learning_rate=1e-4..1e-2:5:log".',
            )
    facts.check_keys((*keys, "layout"), given.get("layout", {}), charts.LAYOUT)
    numbers = dict.fromkeys(SCALES, int | float)
    facts.check_keys((*keys, "seconds"), given.get("seconds", {}), numbers)
    panels = facts.get(keys, given, "panels", list)
    return Figure(
        id=name,
        where=facts.get(keys, given, "where", str),
        title=facts.get(keys, given, "title", str),
        settings=settings,
        text=text,
        panels=tuple(_panel(facts, (*keys, "panels", k), each) for k, each in enumerate(panels)),
        **{key: given[key] for key in given if key not in ("where", "title", "settings", "panels")},
    )


def _settings(
    facts: Facts, keys: Sequence[Key], given: Mapping[str, Any]
) -> tuple[dict[Scale, Settings], dict[Scale, str]]:
    """The settings of each scale: a figure's own, those that several share, or `like` these."""
    own = facts.get(keys, given, "settings", str | dict)
    where: Sequence[Key] = (*keys, "settings")
    if isinstance(own, str):
        where, own = ("settings", own), _shared(facts, where, own)
    elif "like" in own:
        own = _over(_shared(facts, (*where, "like"), own["like"]), own)
    common = {key: value for key, value in own.items() if key not in SCALES}
    found: dict[Scale, Settings] = {}
    for scale in SCALES:
        if scale not in own:
            raise facts.mistake(where, f"the settings say nothing of the {scale} scale.")
        found[scale] = {**common, **facts.get(where, own, scale, dict)}
    for scale, settings in found.items():
        if "text" not in settings:
            raise facts.mistake(where, "the settings have no text, which says them in a sentence.")
        facts.get(where, settings, "text", str)
        seeds = settings.get("seeds", 1)
        if not isinstance(seeds, int) or isinstance(seeds, bool) or seeds < 1:
            raise facts.mistake(
                (*where, scale, "seeds"), f"seeds is a whole number of 1 or more, not {seeds!r}."
            )
    text = {
        scale: _filled(facts, where, settings["text"], settings)
        for scale, settings in found.items()
    }
    return found, text


def _shared(facts: Facts, where: Sequence[Key], name: str) -> Mapping[str, Any]:
    """The settings of a name."""
    shared: Mapping[str, Mapping[str, Any]] = facts.data.get("settings", {})
    if name not in shared:
        raise facts.mistake(
            where,
            f'there are no settings "{name}"; there are {", ".join(shared) or "none"}.'
            f"{nearest(name, shared)}",
        )
    found: Mapping[str, Any] = facts.get(("settings",), shared, name, dict)
    if "like" in found:
        raise facts.mistake(
            ("settings", name, "like"),
            f'the settings "{name}" are shared, and those are like no others; a figure\'s own are: '
            f'write [figures.NAME.settings] with like = "{name}".',
        )
    return found


def _over(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A figure's settings in place of those that it shares, scale by scale."""
    scales: dict[str, Any] = {
        name: {**shared.get(name, {}), **own.get(name, {})}
        for name in SCALES
        if name in shared or name in own
    }
    return {**shared, **{key: value for key, value in own.items() if key != "like"}, **scales}


def _panel(facts: Facts, keys: Sequence[Key], given: Any) -> Panel:
    facts.check_keys(keys, given, _PANEL)
    chart, parameters = facts.get(keys, given, "chart", str), given.get("with", {})
    if not chart.startswith(OWN):
        _checked(facts, keys, "chart", charts, chart, parameters)
    more = {key: given[key] for key in given if key not in ("chart", "with")}
    return Panel(chart, parameters, **more)


def _checked(
    facts: Facts, keys: Sequence[Key], kind: str, room: Any, name: str, parameters: Any
) -> None:
    """Refuse an estimator or a chart that there is not, or what it does not take."""
    known = room.ESTIMATORS if kind == "estimator" else room.CHARTS
    try:
        room.check(name, parameters)
    except GrokphaseError as error:
        where = "with" if name in known and parameters else kind
        raise facts.mistake((*keys, where), str(error)) from error


# ------------------------------------------------------------------------------ claims


def _claims(
    facts: Facts, conventions: Mapping[str, str], figures: Sequence[str]
) -> Iterator[Claim]:
    seen = set()
    for name, given in facts.data.get("claims", {}).items():
        keys = ("claims", name)
        facts.check_keys(keys, given, _CLAIM)
        for at, variant in enumerate(given.get("variants", [{}])):
            if not isinstance(variant, Mapping):
                raise facts.mistake(
                    (*keys, "variants"),
                    f"variant {at + 1} of {name} is {variant!r}, and not a table of names with "
                    "what they stand for.",
                )
            claim = _claim(
                facts, keys, _written_out(facts, keys, name, given, variant, conventions)
            )
            for figure in claim.needs:
                if figure not in figures:
                    raise facts.mistake(
                        (*keys, "needs"),
                        f'there is no figure "{figure}" for {claim.id}; there are '
                        f"{', '.join(figures) or 'none'}.{nearest(figure, figures)}",
                    )
            if claim.id in seen:
                raise facts.mistake(keys, f'there are two claims "{claim.id}".')
            seen.add(claim.id)
            yield claim


def _written_out(
    facts: Facts,
    keys: Sequence[Key],
    name: str,
    given: Mapping[str, Any],
    variant: Mapping[str, Any],
    conventions: Mapping[str, str],
) -> dict[str, Any]:
    """One variant of a claim, with every `{name}` replaced."""
    if unknown := [key for key in variant if key in ("variants", "with")]:
        raise facts.mistake((*keys, "variants"), f"a variant has no {unknown[0]} of its own.")
    whole = {"id": name, **given, **{key: variant[key] for key in variant if key in _CLAIM}}
    whole.pop("variants", None)
    if "variants" in given:
        whole.setdefault("family", _PLACE.sub("", name).strip("-").replace("--", "-"))
    words = {**conventions, **{key: variant[key] for key in variant if key not in _CLAIM}}
    filled: dict[str, Any] = _filled(facts, keys, whole, words)
    convention = filled.get("convention", "")
    for _ in words:  # a convention may quote another one, which may quote a third
        convention = _filled(facts, keys, convention, words)
    if isinstance(convention, str) and _PLACE.search(convention):
        raise facts.mistake(keys, f'the convention of {whole["id"]} quotes itself: "{convention}".')
    return {**filled, "convention": convention}


def _filled(facts: Facts, keys: Sequence[Key], value: Any, words: Mapping[str, Any]) -> Any:
    """Every `{name}` in words, lists and tables replaced by what it stands for."""
    if isinstance(value, Mapping):
        return {key: _filled(facts, (*keys, key), each, words) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(facts, keys, each, words) for each in value]
    if not isinstance(value, str):
        return value

    def formatted(place: re.Match[str]) -> str:
        try:
            return format(words[place[1]], place[2] or "")
        except (ValueError, TypeError) as error:
            raise facts.mistake(keys, f'"{place[0]}" cannot be written: {error}.') from error

    if (alone := _PLACE.fullmatch(value)) and alone[1] in words:
        return words[alone[1]] if alone[2] is None else formatted(alone)

    def put(place: re.Match[str]) -> str:
        if place[1] not in words:
            raise facts.mistake(
                keys,
                f'nothing is called "{place[1]}", which stands in "{value}"; there are '
                f"{', '.join(words) or 'no names'}.{nearest(place[1], words)}",
            )
        return formatted(place)

    return _PLACE.sub(put, value)


def _claim(facts: Facts, keys: Sequence[Key], given: Mapping[str, Any]) -> Claim:
    if not re.fullmatch(r"[\w.+-]+", given["id"]):
        raise facts.mistake(
            keys, f'"{given["id"]}" is no id: it has letters, digits and - alone, as "more-data".'
        )
    for key in ("needs", "seeds", "with", "among"):
        if key in given:
            facts.get(keys, given, key, {"needs": list, "seeds": int}.get(key, dict))
    estimator = facts.get(keys, given, "estimator", str)
    parameters = given.get("with", {})
    if (kind := given.get("kind", "paper")) not in get_args(Kind):
        raise facts.mistake(
            (*keys, "kind"), f'a claim is {", ".join(get_args(Kind))}, not "{kind}".'
        )
    if estimator.startswith(OWN):
        if not given.get("tolerance"):
            raise facts.mistake(keys, f"{given['id']} has no tolerance: when does it hold?")
    else:
        _checked(facts, keys, "estimator", estimators, estimator, parameters)
        if not given.get("unit", estimators.UNITS.get(estimator)):
            raise facts.mistake(
                keys,
                f'{given["id"]} has no unit: of what is the value measured, as unit = "steps"?',
            )
    tolerance = given.get("tolerance") or estimators.rule(estimator, parameters)
    return Claim(
        id=given["id"],
        key=str(keys[-1]),
        where=facts.get(keys, given, "where", str),
        statement=facts.get(keys, given, "statement", str),
        published=str(given["published"]) if "published" in given else "",
        needs=tuple(given.get("needs", ())),
        estimator=estimator,
        parameters=parameters,
        tolerance=tolerance,
        unit=given.get("unit", "") or estimators.UNITS.get(estimator, ""),
        **{key: given[key] for key in _REST if key in given},
    )


_REST: Final = tuple(
    field.name
    for field in fields(Claim)
    if field.name in ("table", "among", "convention", "kind", "family", "seeds", "note")
)
