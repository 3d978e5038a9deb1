"""LaTeX as MathML, made while a page is: a browser shows it without a script or a network."""

from __future__ import annotations

import functools
import html
import re
from xml.etree import ElementTree as ET

from autograder.text import printable

MAX_CHARACTERS = 2000
_TAGS = frozenset(
    "math mrow mi mo mn mtext mspace msup msub msubsup mfrac msqrt mroot munder mover munderover "
    "mtable mtr mtd mstyle mpadded menclose mphantom mmultiscripts".split()
)
# What sets the layout, and nothing that loads, runs or styles.
_ATTRIBUTES = frozenset(
    "xmlns display displaystyle scriptlevel mathvariant stretchy fence form separator symmetric "
    "lspace rspace width height depth voffset minsize maxsize linethickness accent accentunder "
    "movablelimits columnalign columnspacing columnlines rowspacing rowlines rowalign notation "
    "largeop".split()
)
# Sizes by name, which the converter does not know: the size of what stands between is as good.
_SIZED = tuple(
    (re.compile(rf"\\[bB]igg?{side}(?![a-zA-Z])"), rf"\\{growing}")
    for side, growing in (("l", "left"), ("r", "right"))
)
_VALUE = re.compile(r"[\w.#%+:/ -]{0,60}")


@functools.lru_cache(maxsize=2048)  # a class has the same formulas
def mathml(latex: str, *, block: bool = False) -> str | None:
    """Return LaTeX as MathML, or None where it is none, or more than a formula.

    Args:
        latex: Without its dollar signs. A student may have written it.
        block: Whether it stands on a line of its own.

    Returns:
        Markup of known elements alone, every text in it escaped.
    """
    if len(latex) > MAX_CHARACTERS:
        return None
    for size, growing in _SIZED:
        latex = size.sub(growing, latex)
    try:
        from latex2mathml.converter import Converter

        # Its own text of the tree turns `&lt;` back into `<`; ours is made from the tree.
        tree = Converter(display="block" if block else "inline").convert_to_element(latex.strip())
    except Exception:  # noqa: BLE001 - whatever a parser raises on what is no LaTeX
        return None
    for element in tree.iter():
        if element.tag not in _TAGS:
            return None
        for name, value in list(element.attrib.items()):
            if name not in _ATTRIBUTES or not _VALUE.fullmatch(value):
                del element.attrib[name]
        text = html.unescape(element.text or "")
        if "\\" in text:  # a command that it does not know
            return None
        element.text, element.tail = printable(text), None
    return ET.tostring(tree, encoding="unicode")
