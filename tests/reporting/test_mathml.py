"""LaTeX as MathML."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.reporting.mathml import _ATTRIBUTES, _TAGS, mathml


def test_a_formula_becomes_mathml():
    """A browser lays it out by itself: a fraction, an index, a Greek letter."""
    made = mathml(r"\frac{w_1}{\sigma} + \begin{cases} 1 & x > 0 \\ 0 \end{cases}", block=True)
    assert made.startswith("<math ") and 'display="block"' in made
    assert (
        "<mfrac>" in made
        and "<msub>" in made
        and "\N{GREEK SMALL LETTER SIGMA}" in made
        and "&gt;" in made
    )


def test_brackets_of_a_named_size_are_known():
    r"""`\Bigl\lfloor`, which the converter does not know, is a bracket that grows."""
    assert "⌊" in mathml(r"\Bigl\lfloor \frac{n-k}{s} \Bigr\rfloor + 1")


@pytest.mark.parametrize("latex", [r"\nosuchcommand{x}", r"\left( x", "{" * 5000, "x" * 3000])
def test_what_is_no_formula_is_none(latex):
    """Unknown commands, open brackets and texts without end are left to be shown as text."""
    assert mathml(latex) is None


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.sampled_from("\\{}^_&<>\"'/=()$ abx1") | st.characters(), max_size=40)
    | st.sampled_from(
        [
            r"\text{<script>alert(1)</script>}",
            r"\href{javascript:alert(1)}{x}",
            r"\style{position:fixed}{x}",
            r"\color{red;background:url(//e.org)}{x}",
            r"\class{a}{x}",
            r"&lt;script&gt;",
            r"\operatorname{<b>}",
        ]
    )
)
def test_nothing_but_a_formula_comes_out(latex):
    """Whatever a student writes, the result has known elements and attributes alone."""
    made = mathml(latex)
    if made is not None:
        for element in ET.fromstring(made).iter():
            assert element.tag.rpartition("}")[2] in _TAGS
            assert set(element.attrib) <= _ATTRIBUTES
