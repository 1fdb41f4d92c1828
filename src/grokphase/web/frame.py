"""The frame of every page: head, header and foot, what all pages say, and what they may load."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from grokphase.files import replacing
from grokphase.store.record import RunRecord
from grokphase.web import citations
from grokphase.web.data import Rows, environment_rows

_SCRIPTS = """\
<script type="application/json" id="data">{{data}}</script>
<script>{{script}}</script>
"""


def framed(
    body: str,
    parts: Mapping[str, str],
    *,
    records: Iterable[RunRecord],
    environment: Mapping[str, Any] | None = None,
    command: str = "",
    skip: tuple[str, str] | None = None,
    tip: str = "",
    images: bool = False,
) -> str:
    """A page as text: its body in the frame.

    Args:
        body: the template of what is its own.
        parts: by name, what stands in the body, and `title`, `summary`, `style` and, of a page with
            a script, `script` and `data`.
        records: its runs, which say where they were made.
        environment: where they were made, if that is known otherwise.
        command: the command that made what it shows.
        skip: the element that keys skip to, and in words.
        tip: an element before the script.
        images: whether it holds pictures.
    """
    versions = environment_rows(environment, list(records))
    version = dict(versions).get("grokphase", "")
    everywhere = {
        "environment": rows_table(versions) or "<p>Not recorded.</p>",
        "command": command_block(command),
        "citations": escape(f"{citations.PAPER}\n\n{citations.software(version)}"),
        "version": escape(version),
        "policy": policy(parts["style"], parts.get("script", ""), images=images),
        **parts,
    }
    around = {
        "skip": "" if skip is None else f'<a class="skip" href="#{skip[0]}">{skip[1]}</a>\n',
        "body": fill(resource(body), everywhere),
        "after": tip + fill(_SCRIPTS, everywhere) if "script" in parts else tip,
    }
    return fill(resource("frame.html"), {**everywhere, **around})


def written(page: str, path: str | os.PathLike[str]) -> Path:
    """Write a page as a file, whole; directories on the way are made. Where it is."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as passing:
        passing.write_text(page, encoding="utf-8")
    return target


def fill(template: str, parts: Mapping[str, str]) -> str:
    """Put the parts into a template, each where `{{its name}}` stands.

    All at once, so that what a part contains is never read as a place for another.

    Example:
        >>> fill("<p>{{a}}{{b}}</p>", {"a": "{{b}}", "b": "!"})
        '<p>{{b}}!</p>'
    """
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], template)


def policy(style: str, script: str = "", *, images: bool = False) -> str:
    """The content security policy: nothing but this style and this script, by their hashes.

    Args:
        style: content of the style element.
        script: content of the script element; empty for a page without one.
        images: whether the page holds pictures, which are data of its own.

    Returns:
        Value of a `Content-Security-Policy` meta element.
    """
    allowed = {"default-src": "'none'", "style-src": _hashed(style)}
    if images:
        allowed["img-src"] = "data:"
    if script:
        allowed["script-src"] = _hashed(script)
    allowed |= {"base-uri": "'none'", "form-action": "'none'"}
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def resource(name: str) -> str:
    """A file of the page: its template, its style, or a part of its script."""
    return files("grokphase.web").joinpath("page", name).read_text(encoding="utf-8")


def command_block(command: str) -> str:
    """The command that made what the page shows."""
    if not command:
        return ""
    return f'<p>Made by</p><pre class="command" tabindex="0">{escape(command)}</pre>'


def rows_table(rows: Rows) -> str:
    """Names with their values."""
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table>{body}</table>" if rows else ""
