"""Asking again and again draws nothing out of `autograder serve` but what its policy shows.

The code of a try sees the hidden inputs of that try. Each attack here carries a number of them to
its student, by a way of its own. That it does is shown where the policy shows all words; where it
shows verdicts alone, or what visible checks say, the number is nowhere, and pages of other draws are
the same letter for letter.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from pages import seen
from served_class import PLOT, RIGHT, SLUG, STANDARDISE, School

from autograder.course.catalog import read_course
from autograder.course.inputs import Questions
from autograder.edges.serve.draws import seed_of
from autograder.edges.serve.policy import Work

SECRET = b"a secret of the course"
#: What carries the number out: the first value of a hidden table, to its last digit.
NUMBER = 'f"{float(np.asarray(table).ravel()[0]):.15f}"'

RETURNED = f"def standardise(table):\n    return {NUMBER}\n"
RAISED = f"def standardise(table):\n    raise ValueError({NUMBER})\n"
NAMED = (
    "def standardise(table):\n"
    f"    raise type('N' + {NUMBER}.replace('-', 'm').replace('.', '_'), (Exception,), {{}})()\n"
)
LABELLED = PLOT.replace('xlabel="row"', f"xlabel={NUMBER}")
TITLED = PLOT.replace("    ax.legend()", f"    ax.set_title({NUMBER})\n    ax.legend()")
LEGEND = PLOT.replace("label=name", f"label={NUMBER}")
SHAPED = "def standardise(table):\n    return np.zeros(1 + abs(int(1000 * table[0, 0])) % 5000)\n"
#: How it fails is chosen by what it saw: wrong, an error, no end, no memory, not written.
KINDS = """\
def standardise(table):
    kind = abs(int(1e6 * table[0, 0])) % 4
    if kind == 0:
        raise ValueError()
    if kind == 1:
        raise NotImplementedError()
    if kind == 2:
        return bytearray(1 << 40)
    return table + 1
"""
PRINTED = STANDARDISE.replace("    spread", f"    print({NUMBER})\n    spread", 1)
PRINTED = PRINTED.replace("np.where(spread == 0, 1, spread)", "spread")

ATTACKS = {
    "returned": {"standardise": RETURNED},
    "raised": {"standardise": RAISED},
    "named": {"standardise": NAMED},
    "labelled": {"plot_columns": LABELLED},
    "titled": {"plot_columns": TITLED},
    "legend": {"plot_columns": LEGEND},
    "shaped": {"standardise": SHAPED},
    "kinds": {"standardise": KINDS},
    "printed": {"standardise": PRINTED},
}
#: What shows the number itself where all words are shown; the others show something of it, or not.
SHOWS_NUMBER = ("returned", "raised", "named", "labelled", "titled", "legend")
DRAWS = 2


@dataclass(frozen=True)
class Asked:
    """The pages that attacks were answered with, and the number that each of them saw."""

    school: School
    folders: dict[str, list[Path]]

    def pages(self, attack: str) -> list[str]:
        """The page of each draw."""
        return [self.school.page(folder) or "" for folder in self.folders[attack]]

    def numbers(self, attack: str) -> list[str]:
        """The number of each draw."""
        task = next(iter(ATTACKS[attack]))
        return [_number(folder, task) for folder in self.folders[attack]]


def _number(folder: Path, task: str, work: Work = Work.TRY) -> str:
    student = folder.name.split("+")[0]
    seed = seed_of(SECRET, work, SLUG, student, folder.name) or SECRET
    course = read_course(folder.parents[3] / "course")
    inputs = Questions(course, "sample", seed).to(course.exercise(SLUG)).inputs
    return f"{float(inputs[task]['table'].ravel()[0]):.15f}"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A course with the assignment released."""
    made = School(tmp_path_factory.mktemp("asked") / "school")
    made.folder.mkdir()
    made.build()
    return made


def _asked(released: School, folder: Path, shown: str) -> Asked:
    school = released.copy(folder)
    school.configure(f'c.Serve.shown_before_due = "{shown}"')
    school.due_in(3600)
    folders: dict[str, list[Path]] = {}
    for attack, answers in ATTACKS.items():
        for number in range(DRAWS):
            student = f"{attack}{number}"
            school.enrol(student)
            folders.setdefault(attack, []).append(school.submit(student, RIGHT | answers))
    school.serve_once()
    return Asked(school, folders)


@pytest.fixture(scope="module")
def in_words(released, tmp_path_factory):
    """The attacks, where the policy shows all words."""
    return _asked(released, tmp_path_factory.mktemp("words") / "school", "all")


@pytest.fixture(scope="module")
def in_verdicts(released, tmp_path_factory):
    """The attacks, where the policy shows verdicts."""
    return _asked(released, tmp_path_factory.mktemp("verdicts") / "school", "verdicts")


@pytest.mark.parametrize("attack", SHOWS_NUMBER)
def test_the_attack_does_carry_a_hidden_number(attack: str, in_words: Asked) -> None:
    """With all words, which show it on purpose: else that it is not seen would mean nothing."""
    for page, number in zip(in_words.pages(attack), in_words.numbers(attack), strict=True):
        text = seen(page) + page
        assert number in text or number.replace("-", "m").replace(".", "_") in text


@pytest.fixture(scope="module", params=["verdicts", "visible"])
def in_less(request, released, in_verdicts, tmp_path_factory):
    """The attacks, where the policy shows verdicts, or what the visible checks say."""
    if request.param == "verdicts":
        return in_verdicts
    return _asked(released, tmp_path_factory.mktemp("visible") / "school", "visible")


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_hidden_number_is_on_a_page_that_shows_less(attack: str, in_less: Asked) -> None:
    """Nor in any file that is released or that pages are made of, in any number of digits."""
    school = in_less.school
    folders = [school.released, school.course / "autograded", school.course / "feedback"]
    texts = [path.read_text() for top in folders for path in top.rglob("*") if path.is_file()]
    assert len(texts) > 3 * DRAWS
    for number in in_less.numbers(attack):
        digits = number.lstrip("-")[:9]
        for spelt in (digits, digits.replace(".", "_")):
            assert [text for text in texts if spelt in text] == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_pages_of_other_draws_are_the_same(attack: str, in_less: Asked) -> None:
    """The same code failed the same checks: whatever its inputs were, its page is one page."""
    assert len(set(in_less.numbers(attack))) == DRAWS
    pages = in_less.pages(attack)
    assert all("A try before the due date" in page for page in pages)
    assert len(set(pages)) == 1


def test_how_it_failed_is_told_where_words_are_and_nowhere_else(
    in_words: Asked, in_verdicts: Asked
) -> None:
    """The last but one attack chooses how to fail; with verdicts all ways are "not yet"."""
    told = {re.sub(r"[-\d.]+", "", page) for page in in_words.pages("kinds")}
    shown = seen(in_verdicts.pages("kinds")[0])
    assert told
    assert "stopped with an error" not in shown
    assert "not handed in" not in shown
    assert "too much memory" not in shown


def test_what_was_learnt_in_a_try_is_worth_nothing_afterwards(
    released: School, tmp_path: Path
) -> None:
    """Who knows a try's inputs, and answers right for these alone, has nothing from the next draw.

    Neither in a second try of the very same file, nor in the final marking.
    """
    school = released.copy(tmp_path / "school")
    school.configure('c.Serve.shown_before_due = "all"')
    school.enrol("eve")
    school.due_in(3600)
    first = school.submit("eve", RIGHT | {"standardise": RAISED})
    school.serve_once()
    number = _number(first, "standardise")
    assert number in (school.page(first) or "")
    learnt = STANDARDISE.replace(
        "    spread", f"    if {NUMBER} != {number!r}:\n        return table\n    spread", 1
    )
    second = school.submit("eve", RIGHT | {"standardise": learnt})
    school.serve_once()
    assert school.grades("eve")["test_standardise"] == 0
    school.due(dt.datetime.now(dt.UTC))
    school.serve_once()
    assert school.grades("eve")["test_standardise"] == 0
    numbers = {number, _number(second, "standardise"), _number(second, "standardise", Work.FINAL)}
    assert len(numbers) == 3


def test_no_more_is_had_by_another_time_name_or_change(released: School, tmp_path: Path) -> None:
    """The limit and the due date are the server's: not the folder's name, nor what lies in it.

    Eve has one try a day. She says that a second is of last week, and hands in under Mallory's
    name, which was given to nobody. What waits for the due date she changes in the exchange. After
    the due date she hands in what says that it was in time.
    """
    school = released.copy(tmp_path / "school")
    school.configure("c.Serve.tries_a_day = 1")
    school.enrol("eve")
    school.due_in(3600)
    week_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=7)
    school.submit("eve", RIGHT | {"standardise": RETURNED})
    school.serve_once()
    held = school.submit("eve", RIGHT | {"standardise": RAISED}, claimed=week_ago)
    other = school.submit("mallory", RIGHT)
    said = school.serve_once()
    assert "Your try of today" in school.seen(held)
    assert "it says that it is" in said
    assert school.page(other) is None
    right = school.submit("eve", RIGHT)
    (held / f"{SLUG}.ipynb").write_bytes((right / f"{SLUG}.ipynb").read_bytes())
    shutil.rmtree(right)
    school.due(dt.datetime.now(dt.UTC))
    late = school.submit("eve", RIGHT, claimed=week_ago)
    school.serve_once()
    assert school.grades("eve")["test_standardise"] == 0
    assert "Received after the due date" in school.seen(late)
    assert school.journal()[held.name]["state"] == "final"
