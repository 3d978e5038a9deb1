"""What a student's exception becomes: the line that is the student's own, whatever they raise."""

import linecache

import pytest

from autograder.guest.protocol import ANSWERS
from autograder.guest.protocol.answers import ErrorFacts, FailedCell, Loaded
from autograder.guest.protocol.records import header_of
from autograder.guest.student.error_format import describe_error

FILE = "ex04_perceptron.py"
SOURCE = "def outer():\n    inner()\n\ndef inner():\n    raise ValueError('no')\n"


@pytest.fixture(autouse=True)
def staged():
    """The submission's text, where tracebacks look for it."""
    linecache.cache[FILE] = (len(SOURCE), None, SOURCE.splitlines(keepends=True), FILE)
    yield
    linecache.cache.pop(FILE)


def raised(source: str) -> BaseException:
    scope: dict = {}
    try:
        exec(compile(SOURCE, FILE, "exec"), scope)
        exec(compile(source, "<elsewhere>", "exec"), scope)
    except BaseException as error:
        return error
    raise AssertionError(source)


def test_the_innermost_line_of_the_students_is_told():
    """Of several frames the last in the student's own file is told, with its text."""
    assert describe_error(raised("outer()"), FILE) == ErrorFacts(
        "ValueError", "no", 5, "raise ValueError('no')"
    )


def test_an_error_elsewhere_has_no_line():
    """An exception that no line of the student's took part in has none."""
    assert describe_error(raised("1 / 0"), FILE) == ErrorFacts(
        "ZeroDivisionError", "division by zero"
    )


@pytest.mark.parametrize("line", ["'5'", "5.5", "True", "None", "[]", "-1", "10**30"])
def test_a_syntax_error_of_any_making_is_told(line):
    """A student may raise a SyntaxError and name any line: what is none costs no more than itself."""
    error = raised(f"e = SyntaxError('odd'); e.filename, e.lineno = '{FILE}', {line}; raise e")
    facts = describe_error(error, FILE)
    assert (facts.type, facts.line, facts.source) == ("SyntaxError", None, None)
    loaded = Loaded((FailedCell("cell 1", facts),))
    assert ANSWERS.decode(header_of(loaded)) == loaded


def test_a_message_that_cannot_be_read_is_told_as_such():
    """An exception whose `__str__` raises still has its type."""
    facts = describe_error(raised("class Odd(Exception):\n __str__ = None\nraise Odd"), FILE)
    assert facts == ErrorFacts("Odd", "(its message could not be read)")


#: As Keras tells of an exception in a layer, and TensorFlow of one in an operation.
NOISY = (
    "Exception encountered when calling Sequential.call().\n\n"
    "\x1b[1m{{function_node __wrapped__MatMul_device_/job:a/device:CPU:0}} Sizes differ.\x1b[0m\n\n"
    "Arguments received by Sequential.call():\n"
    "  • inputs=<class 'inspect._empty'>\n"
    "  • training=False\n"
    "  • mask=<class 'inspect._empty'>"
)


def test_a_librarys_message_is_told_without_its_noise():
    """Neither a terminal's codes, nor a graph's node, nor an argument that nobody gave is told."""
    facts = describe_error(ValueError(NOISY), FILE)
    assert facts.message == (
        "Exception encountered when calling Sequential.call().\n\nSizes differ.\n\n"
        "Arguments received by Sequential.call():\n  • training=False"
    )


def test_a_students_own_words_stay_as_they_are():
    """Braces, brackets and equal signs of an ordinary message are no noise."""
    text = "{'a': {1}} [0m x=<class 'int'>\n  • y=2"
    assert describe_error(ValueError(text), FILE).message == text
