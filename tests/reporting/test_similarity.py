"""Answers that resemble each other: copies are listed, alike right answers are not."""

import random
import time

from autograder.reporting.class_report.similarity import similarity

STUB = '''
def area(shapes):
    """Return the area of all shapes."""
    raise NotImplementedError
'''
SOLUTION = "def area(shapes):\n    return sum(width * height for width, height in shapes)\n"
LONG = """
def area(shapes):
    total = 0.0
    for index, shape in enumerate(shapes):
        if len(shape) != 2:
            raise ValueError(f"shape {index} is none")
        width, height = shape
        if width < 0 or height < 0:
            width, height = abs(width), abs(height)
        total = total + width * height
    if total > 1e9:
        total = round(total / 1000) * 1000
    return total
"""


def renamed(text):
    """The same with other names, comments and blank lines."""
    for old, new in (("total", "summe"), ("shape", "form"), ("width", "w"), ("index", "i")):
        text = text.replace(old, new)
    return text.replace("    for", "\n    # mine\n    for")


def unlike(seed):
    """A long answer that is like no other."""
    chance = random.Random(seed)
    lines = ["def area(shapes):", "    out = []"]
    for _ in range(25):
        parts = [chance.choice(["x[{}]", "f(y, {})", "{} ** z", "(a - {})", "not {}", "b.c({})"])
                 for _ in range(4)]  # fmt: skip
        term = chance.choice([" + ", " * ", " // ", " @ ", " and "]).join(parts)
        lines.append("    out.append(" + term.format(*(chance.random() for _ in parts)) + ")")
    return "\n".join(lines)


def test_a_renamed_copy_is_listed_and_right_answers_are_not():
    """Names, comments and blanks hide nothing; what the solution holds is nobody's own."""
    others = [unlike(seed) for seed in range(6)]
    found = similarity([LONG, SOLUTION, SOLUTION, renamed(LONG), *others, ""], STUB + SOLUTION)
    assert [(pair.first, pair.second) for pair in found.pairs] == [(0, 3)]
    assert found.pairs[0].share > 0.9 and found.identical == ()


def test_the_same_text_is_told_apart_from_the_untouched_stub():
    """Who hands in word for word the same is listed; who hands in what was given is not."""
    found = similarity([STUB, LONG, STUB, f"\n{LONG}\n"], STUB)
    assert found.identical == ((1, 3),) and found.pairs == ()


def test_what_many_share_is_no_ones_own():
    """A passage that half of a class has from the lecture makes no pairs of it."""
    answers = [LONG + unlike(seed) for seed in range(12)]
    found = similarity(answers, STUB)
    assert found.pairs == () and found.compared == 12


def test_a_class_of_a_hundred_takes_seconds_and_comes_out_the_same():
    """The comparison is bounded, and hangs on no order of hashes."""
    answers = [unlike(seed)[:1500] for seed in range(100)]
    began = time.monotonic()
    found = similarity(answers, STUB)
    assert time.monotonic() - began < 20 and found.compared == 100
    assert similarity(answers, STUB) == found
