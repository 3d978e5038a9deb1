"""The benchmarks run, and their classes are what they say: alike in nothing but their marks.

Tiny sizes: what they measure is of no use here.
"""

from __future__ import annotations

import ast
import json
import os
import random
import subprocess
import sys

import nbformat
import pytest
from repository import COURSE, ROOT

from autograder.authoring.golden import read
from autograder.authoring.kept import Kept, kept
from autograder.records import Submission

# Outside a benchmark's own process their folder has no place on the path.
sys.path.append(str(ROOT / "benchmarks"))

import class_scale
from _common import Goal
from _course import HIDDEN_PARTS, hand_in_for_kernel
from _students import REFERENCE, Handed, cells_of, names, plan, vary, write
from classroom.students import reference_cells


def _functions(source: str) -> dict[str, str]:
    tree = ast.parse(source)
    return {node.name: ast.dump(node) for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_a_class_has_its_share_of_wrong_ones_and_begins_with_a_right_one():
    """Of 20 students 6 are wrong in each exercise; the first has the reference solution."""
    for slug in COURSE.slugs:
        handed = plan(COURSE, [slug], names(0, 20), 0.3)
        assert sum(not one.right for one in handed) == 6
        assert handed[0].source == REFERENCE
        assert handed == plan(COURSE, [slug], names(0, 20), 0.3)


def _bound(source: str) -> set[str]:
    """The names that a file's top level gives a function or a value."""
    found = set(_functions(source))
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            found.update(one.id for one in node.targets if isinstance(one, ast.Name))
    return found


def test_kept_submissions_answer_in_the_cells_of_their_tasks():
    """Else the cell's own stub, which comes later, would take the name: also from a lambda."""
    checked = 0
    for slug in COURSE.slugs:
        tasks = {task: set(_functions(cell)) for task, cell in _reference_cells(slug).items()}
        for one in _scripts(slug):
            bound = _bound(one.content.decode())
            cells = cells_of(COURSE, Handed("ada", slug, one.name))
            for task, expected in tasks.items():
                assert expected & bound <= _bound(cells.get(task, "")), (one.name, task)
                checked += len(expected & bound)
    assert checked > 100


def _scripts(slug: str) -> list[Kept]:
    """The kept submissions that are Python, in a file or of a mutant."""
    return [
        one
        for one in kept(COURSE, slug)
        if one.suffix == ".py" and one.stem != "wrong_syntax_error"
    ]


def _reference_cells(slug: str) -> dict[str, str]:
    return dict(reference_cells(COURSE.solution(slug)))


def test_no_two_notebooks_of_a_class_are_the_same(tmp_path):
    """Each answer cell of each student differs from those of all others."""
    slug = "ex06_convolution"
    handed = plan(COURSE, [slug], names(0, 6), 0.3)
    write(COURSE, handed, {slug: COURSE.notebook(slug)}, tmp_path)
    cells = [
        cell.source
        for one in handed
        for cell in nbformat.read(tmp_path / one.student / slug / f"{slug}.ipynb", 4).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    ]
    assert len(cells) == 6 * len(COURSE.exercise(slug).tasks)
    assert len(set(cells)) == len(cells)


@pytest.mark.parametrize("slug", COURSE.slugs)
def test_a_kept_file_in_cells_has_all_its_functions(slug):
    """Nothing of a kept submission is lost or doubled when it becomes a notebook."""
    answers = set().union(*map(_functions, _reference_cells(slug).values()))
    for one in _scripts(slug):
        joined = "\n\n".join(cells_of(COURSE, Handed("ada", slug, one.name)).values())
        functions = set(_functions(one.content.decode()))
        # Of a mutant only the answers: the notebook has the other functions.
        assert set(_functions(joined)) == (functions & answers if one.is_mutant else functions)


def test_other_names_and_comments_change_nothing():
    """A cell that was varied gives the same values, whatever binds its names."""
    source = '''
def task(values, scale=2):
    """Adds up."""
    total = 0
    label = "total"
    rest = [total for total in values if total > 1]
    for index, value in enumerate(values):
        total += value * scale
        last = index
    try:
        1 / 0
    except ZeroDivisionError as error:
        kind = type(error).__name__
    inner = lambda total: total + last
    text = """
    last = 1
    """
    def helper(first):
        nonlocal last
        last += first
        return f"{last}, {label!r} {total=}"
    return total, rest, kind, inner(5), helper(3), sum(x * last for x in values), text
'''
    seen = set()
    expected: dict = {}
    exec(source, expected)
    for number in range(40):
        varied = vary(source, random.Random(number))
        space: dict = {}
        exec(varied, space)
        assert space["task"]([1, 2, 3]) == expected["task"]([1, 2, 3])
        seen.add(varied)
    assert len(seen) > 30


def test_what_is_wrong_stays_wrong_in_the_same_way(engine, tmp_path):
    """Students of a class have the points that the kept submissions have, as notebooks too."""
    slug = "ex06_convolution"
    handed = plan(COURSE, [slug], names(0, 6), 0.5)
    write(COURSE, handed, {slug: COURSE.notebook(slug)}, tmp_path)
    golden = read(COURSE, slug)
    paths = [tmp_path / one.student / slug / f"{slug}.ipynb" for one in handed]
    reports = engine.grade_all(
        [Submission(str(path), slug, path.read_bytes(), ".ipynb") for path in paths]
    )
    for one, report in zip(handed, reports, strict=True):
        earned = sum(verdict.points for verdict in report.verdicts)
        most = sum(verdict.check.points for verdict in report.verdicts)
        kept_report = golden.get(one.source, {"points": 0, "max_points": 0})
        assert earned == most - (kept_report["max_points"] - kept_report["points"])
    assert {one.right for one in handed} == {True, False}


def test_stock_notebooks_train_what_our_grader_asks_for(tmp_path):
    """The copy for the kernel loads the named data, and trains the fashion network as asked."""
    slug = "ex08_fashion_cnn"
    target = tmp_path / "a" / "b.ipynb"
    hand_in_for_kernel(COURSE.notebook(slug), target, COURSE, slug, "sample", tmp_path)
    text = "\n".join(cell.source for cell in nbformat.read(target, 4).cells)
    assert "history = train(model, x_train, y_train, x_val, y_val, epochs=6)" in text
    assert "= load_sample()" in text
    assert target.with_name(f"checks_{slug}.py").is_file()
    assert f"_asked.ask({slug!r}, 'sample', {str(COURSE.root)!r})" in text


@pytest.mark.parametrize("slug", COURSE.slugs)
def test_stock_check_cells_run_the_visible_tests_alone(slug):
    """Without the hidden part no check cell raises by itself, and all else is left."""
    for cell in nbformat.read(COURSE.notebook(slug), 4).cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            left = HIDDEN_PARTS.sub("", cell.source)
            assert "raise RuntimeError" in cell.source
            assert "raise RuntimeError" not in left
            assert left.splitlines()[-1].startswith('check("')


def test_throughput_at_a_hundred_counts_what_was_trained_once():
    """Beyond the measured class, each student more costs the marginal time, and stock its own."""
    row = {
        "training": True, "class_s": 100.0, "marginal_s": 1.0,
        "stock_start_s": 5.0, "stock_each_s": 50.0, "stock_visible_each_s": 30.0,
    }  # fmt: skip
    added = class_scale.summed([row], "all", 30)
    assert added["ratio"] == pytest.approx((5 + 30 * 50) / 100)
    assert added["ratio_at_100"] == pytest.approx((5 + 100 * 50) / (100 + 70 * 1))
    assert added["visible_ratio_at_100"] == pytest.approx((5 + 100 * 30) / (100 + 70 * 1))
    assert added["ratio_each"] == pytest.approx(50)
    assert class_scale.summed([row], "without training", 30) == {}


def test_goals_are_met_or_not_on_their_side():
    """A bound from above and one from below are told apart."""
    assert Goal("s", 0.4, 0.5).met
    assert not Goal("s", 0.6, 0.5).met
    assert Goal("times", 120, 100, at_least=True).met
    assert not Goal("times", 80, 100, at_least=True).met


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("class_scale", ["--students", "1", "--stock-sample", "0"]),
        ("regrade", []),
        ("cold", []),
        ("exercises", []),
        ("class_page", ["--runs", "1"]),
        ("memory", []),
        ("gpu", []),
        ("serve", ["--task", "gates", "--instances", "1"]),
    ],
)
def test_benchmark_runs_and_writes_its_results(name, options, tmp_path):
    """A quick run ends well, and its JSON tells the machine and what was measured."""
    result = tmp_path / "result.json"
    argv = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), "--quick", "--json", result]
    ended = subprocess.run([*argv, *options], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    written = json.loads(result.read_text("utf-8"))
    assert written["benchmark"] == name
    assert {"cpu", "cores", "memory_mib", "python", "versions", "commit", "date"} <= set(
        written["machine"]
    )
    assert written["results"]
    assert "A quick run" in ended.stdout


def test_every_benchmark_is_run_by_make(tmp_path):
    """`make bench` names every script, and no other."""
    scripts = {path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py")}
    (line,) = [
        line for line in (ROOT / "Makefile").read_text("utf-8").splitlines()
        if line.startswith("BENCHMARKS := ")
    ]  # fmt: skip
    assert set(line.removeprefix("BENCHMARKS := ").split()) == scripts


def test_a_grade_imports_nothing_that_takes_long_and_is_not_needed():
    """Checking a report leaves out grammars that jsonschema loads where Jupyter is installed."""
    code = (
        "import sys\nfrom autograder.reporting.json_report import document\ndocument([])\n"
        "assert 'jsonschema' in sys.modules\n"
        "from repository import COURSE\nimport numpy as np\n"
        "probe = COURSE.folder('ex06_convolution').probe()\n"
        "probe.draw(np.random.default_rng(0), {})\n"
        "slow = {'lark', 'rfc3987_syntax', 'sklearn', 'scipy', 'matplotlib'} & set(sys.modules)\n"
        "assert not slow, slow\n"
        "assert 'rfc3987_syntax' not in sys.modules  # nor is it barred for others\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests" / "support")}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
