"""Where HTML is made of what students wrote: all is escaped, and a missing name is an error."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.text import printable

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_TICKS = re.compile(r"`([^`\n]{1,300})`")


def html_environment(folder: Path) -> Environment:
    """Return Jinja's environment for the templates of a folder.

    Args:
        folder: Where the templates are.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=_without_control_characters,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["words"] = words
    return environment


def words(text: str) -> Markup:
    """Return a text as HTML, in which what stands between two backticks is code."""
    from markupsafe import Markup, escape

    html = Markup("<code>{}</code>")
    parts = enumerate(_TICKS.split(printable(text)))
    return Markup("").join(
        html.format(part) if number % 2 else escape(part) for number, part in parts if part
    )


def _without_control_characters(value: object) -> object:
    # Of strings alone: a subclass holds markup of a template's own, whose text is as it should be.
    return printable(value) if type(value) is str else value
