"""`mutants.toml`: what is read, what is stale, and what is refused."""

import pytest
from audited_course import SLUG, SOLUTION, audited_course

from autograder.authoring.audit.entries import kept_names, read_floor
from autograder.authoring.audit.plan import plan
from autograder.authoring.audit.source import Solution
from autograder.authoring.audit.written import read_written
from autograder.errors import CourseError

MUTANT = """
[[mutant]]
task = "mean"
breaks = "The sum of all values"
replace = "values.sum()"
with = "values[1:].sum()"
"""


def written(tmp_path, text):
    path = tmp_path / "mutants.toml"
    path.write_text(text, encoding="utf-8")
    return read_written(path, Solution(SOLUTION, ["mean", "scaled"], "f.py"), "f.py")


def test_entries_become_mutants_and_variants(tmp_path):
    """An edit is made in the task's answer alone, and the floor is read."""
    found = written(
        tmp_path,
        "[audit]\nfloor = 0.97\n" + MUTANT + '[[variant]]\ntask = "mean"\nname = "By NumPy"\n'
        "source = '''def mean(values):\n    return float(np.mean(values))\n'''\n",
    )
    assert found.floor == read_floor(tmp_path / "mutants.toml") == 0.97
    (mutant,) = found.mutants
    assert "total = values[1:].sum()" in mutant.source
    assert (mutant.task, mutant.breaks) == ("mean", "The sum of all values")
    (variant,) = found.variants
    assert variant.id == "mean.by_numpy"
    assert "return float(np.mean(values))\n# %% [markdown]" in variant.source
    assert not found.stale


def test_a_file_that_is_not_there_says_nothing(tmp_path):
    """No file is no floor and no entries."""
    path = tmp_path / "mutants.toml"
    assert read_floor(path) is None
    assert read_written(path, Solution(SOLUTION, ["mean"], "f.py"), "f.py").mutants == ()


@pytest.mark.parametrize(
    ("replace", "told"),
    [
        ("values.prod()", "stands there 0 times"),
        ("values", "stands there 2 times"),
        ("return values / unit", "stands there 0 times"),  # another task's
    ],
)
def test_what_no_longer_fits_is_stale(tmp_path, replace, told):
    """Text that stands nowhere, or twice, or in another task, is told and not tried."""
    found = written(tmp_path, MUTANT.replace("values.sum()", replace))
    assert not found.mutants
    (line,) = found.stale
    assert told in line
    assert "mutant 1 (mean)" in line


def test_a_changed_solution_is_told_once_for_all_entries_that_name_its_text(tmp_path):
    """Ten entries that replace one line grow stale together: one sentence, with the places."""
    gone = MUTANT.replace("values.sum()", "values.prod()")
    (line,) = written(tmp_path, gone + gone.replace("[1:]", "[2:]")).stale
    assert "mutant 1 (mean), mutant 2 (mean), whose text stands there 0 times" in line
    assert "Adapt the 2 entries" in line


def test_an_edit_that_is_the_solution_or_no_python_is_stale(tmp_path):
    """Such an edit proves nothing."""
    same = written(tmp_path, MUTANT.replace("values[1:].sum()", "values .sum()")).stale
    none = written(tmp_path, MUTANT.replace("values[1:].sum()", "values.sum(")).stale
    assert "the solution itself" in same[0]
    assert "no Python" in none[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[mutant", "TOML"),
        ("[mutant]\n", "two brackets"),
        ("[[mutants]]\n", "known keys"),
        (MUTANT + 'why = "so"\n', "known keys"),
        (MUTANT.replace('breaks = "The sum of all values"\n', ""), "without 'breaks'"),
        (MUTANT.replace('"mean"', "3"), "`task` is text"),
        (MUTANT + 'name = "right_rows"\n', "`wrong_`"),
        (MUTANT + 'name = "wrong_rows.py"\n', "`wrong_`"),
        (2 * (MUTANT + 'name = "wrong_rows"\n'), "as an earlier one has"),
        (MUTANT.replace('"mean"', '"median"'), "one of the catalog's"),
        ('[[variant]]\ntask = "mean"\nname = "a"\n', "`source` alone"),
        (
            '[[variant]]\ntask = "mean"\nname = "a"\nsource = "b"\nreplace = "c"\nwith = "d"',
            "alone",
        ),
        ('[[equivalent]]\ntask = "mean"\nreplace = "a"\nwith = "b"\n', "without 'reason'"),
        ("[audit]\nfloor = 2\n", "from 0 to 1"),
        ("[audit]\nfloor = true\n", "from 0 to 1"),
        ("[audit]\nroof = 1\n", "known keys"),
        ("audit = 3\n", "a table"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path, text, told):
    """A mistake in the file is told by rule, place and next step, and nothing is guessed."""
    with pytest.raises(CourseError, match=r"mutants\.toml") as refused:
        written(tmp_path, text)
    assert told in str(refused.value)
    assert "Received: " in str(refused.value)


def test_a_mutant_with_a_name_is_a_kept_submission(tmp_path):
    """Its name tells it in an audit; a stale one is still claimed by its name."""
    found = written(tmp_path, MUTANT + 'name = "wrong_first_left_out"\n')
    assert [(one.id, one.kept) for one in found.mutants] == [
        ("mean.wrong_first_left_out", "wrong_first_left_out")
    ]
    text = MUTANT.replace("values.sum()", "no such text") + 'name = "wrong_gone"\n'
    assert "mutant 1 (mean, wrong_gone)" in written(tmp_path, text).stale[0]
    assert kept_names(tmp_path / "mutants.toml") == ("wrong_gone",)


def test_an_edit_may_delete(tmp_path):
    """An empty `with` takes the text away."""
    found = written(
        tmp_path, MUTANT.replace('"values[1:].sum()"', '""').replace("values.sum()", ".sum()")
    )
    assert "total = values\n" in found.mutants[0].source


def test_an_equivalent_marks_the_automatic_mutant(tmp_path):
    """By what the edit makes, not by how it is written; one that is not drawn is tried as well."""
    entry = '[[equivalent]]\ntask = "scaled"\nreplace = "{}"\nwith = "{}"\nreason = "One row."\n'
    text = entry.format("return values / unit", "return (values / unit).T")
    text += entry.format("values / unit", "values / (unit + 0)")
    course = audited_course(tmp_path, mutants=text)
    made = plan(course, SLUG, 50)
    reasons = {mutant.id: reason for mutant, reason in made.mutants if reason}
    assert len(reasons) == 2
    assert any(name.startswith("scaled.axis.") for name in reasons)
    assert any(name.startswith("scaled.equivalent.") for name in reasons)
