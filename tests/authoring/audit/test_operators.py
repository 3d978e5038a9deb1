"""Automatic mutants: what each operator does, which are made, and that their names stay."""

import ast
import textwrap

import pytest
from repository import COURSE

from autograder.authoring.audit.mutants import every, meaning, sample
from autograder.authoring.audit.operators import OPERATORS
from autograder.authoring.audit.source import Edit, Solution, apply, read_solution

HEAD = "# %% task\ndef f({parameters}):\n    ### BEGIN SOLUTION\n"


def solution(body: str, parameters: str = "x: np.ndarray, n: int = 3") -> Solution:
    text = HEAD.format(parameters=parameters) + textwrap.indent(textwrap.dedent(body), "    ")
    return Solution(text + "\n    ### END SOLUTION\n", ["task"], "f.py")


def made(operator: str, body: str, **given: str) -> list[str]:
    """Return what stands instead, for each mutant of one operator."""
    found = every(solution(body, **given), "task", "f.py")
    return [one.instead for one in found if one.operator == operator]


@pytest.mark.parametrize(
    ("operator", "body", "instead"),
    [
        ("number", "return x * 3", "return x * 4"),
        ("number", "return x * 0.5", "return x * 1.0"),
        ("sign", "return x[-n]", "return x[n]"),
        ("word", "return L(activation='relu')", "return L(activation='sigmoid')"),
        ("word", "return {'loss': a, 'accuracy': b}", "return {'accuracy': a, 'accuracy': b}"),
        ("word", "return plot(x, label='a')", 'return plot(x, label="")'),
        ("truth", "return f(best=True)", "return f(best=False)"),
        ("function", "return np.argmax(x)", "return np.argmin(x)"),
        ("type", "return x.astype('float32')", "return x"),
        ("type", "return np.zeros((2, 3))", 'return np.zeros((2, 3), dtype="uint8")'),
        ("arithmetic", "return (x + 1) * n", "return (x - 1) * n"),
        ("arithmetic", "return x // n", "return x / n"),
        ("arithmetic", "return x * n", "return x"),
        ("comparison", "return x < n", "return x <= n"),
        ("condition", "return x and n", "return x or n"),
        ("condition", "return x if n else 0", "return 0 if n else x"),
        ("range", "return range(n)", "return range(1, n)"),
        ("removed", "x.sort()\nreturn x", "pass"),
        ("doubled", "m.add(D())\nreturn m", "m.add(D())\n    m.add(D())"),
        ("reordered", "m.add(A())\nm.add(B())\nreturn m", "m.add(B())\n    m.add(A())"),
        ("swapped", "return f(x, n)", "return f(n, x)"),
        ("dropped", "return f(x, axis=0)", "return f(x)"),
        ("default", "return x * n", "n = 3\n    return x * n"),
        ("return", "a = x\nb = n\nreturn b", "return a"),
        ("slice", "return x[1:]", "return x[:]"),
        ("index", "return x[0, n]", "return x[n, 0]"),
        ("axis", "return x.sum(axis=1)", "return x.sum(axis=None)"),
        ("part", "return x", "x = x[:-1]\n    return x"),
        ("in_place", "return g(x.copy())", "return g(x)"),
        ("stream", "r = np.random.RandomState(n)\nreturn r", "r = np.random.default_rng(n)"),
        (
            "layer_removed",
            "return Sequential([I(), k.Dense(1), J()])",
            "return Sequential([I(), J()])",
        ),
        ("layer_removed", "y = k.Dense(1)(x)\nreturn y", "y = x"),
        ("layer_doubled", "y = k.Dense(1)(x)\nreturn y", "y = k.Dense(1)(k.Dense(1)(x))"),
        (
            "activation_stacked",
            'return Sequential([k.Dense(1, activation="softmax")])',
            'return Sequential([k.Dense(1, activation="softmax"), k.Activation("softmax")])',
        ),
        ("layer_added", "y = k.Dense(1)(x)\nreturn y", "y = k.Dropout(0.5)(k.Dense(1)(x))"),
        (
            "layer_setting",
            "return Sequential([k.LSTM(3)])",
            "return Sequential([k.LSTM(3, go_backwards=True)])",
        ),
        (
            "layer_joined",
            "a = k.Input()\nb = k.Input()\nc = k.Dense(1)(a)\nreturn c",
            "c = k.Dense(1)(b)",
        ),
        (
            "exchanged",
            "ax.plot(x, a)\nax.plot(x, b)\nreturn ax",
            "ax.plot(x, b)\n    ax.plot(x, a)",
        ),
        ("abscissa", "ax.plot(x, y)\nreturn ax", "ax.plot(y)"),
        (
            "panel",
            "figure, axes = plt.subplots(2)\nfor ax in axes:\n    ax.plot(x)\nreturn figure",
            "ax = figure.axes[0]\n        ax.plot(x)",
        ),
        ("picture", "ax.imshow(x)\nreturn ax", "ax.imshow(np.asarray(x)[::-1])"),
        ("early", "for i in x:\n    g(i)\nreturn x", "g(i)\n        return x"),
        ("name", "for a, b in x:\n    g(a)\nreturn x", "g(b)"),
    ],
)
def test_an_operator_makes_its_mistake(operator, body, instead):
    """Each operator makes the edit that it is there for; what it makes is told as it stands."""
    assert instead in [one.strip() for one in made(operator, body)]


def test_every_operator_is_tried():
    """The list above names all operators."""
    (mark,) = test_an_operator_makes_its_mistake.pytestmark
    assert {case[0] for case in mark.args[1]} == {*OPERATORS}


@pytest.mark.parametrize(
    "body",
    [
        "return plt.subplots(figsize=(3, 4))",
        "ax.axis('off')\nreturn ax",
        "size = (3 * n, 2)\nreturn plt.figure(figsize=size)",
        "return model.fit(verbose=2)",
    ],
)
def test_looks_are_left_alone(body):
    """No check has to look at sizes of a picture, frames, or what is printed."""
    found = every(solution(body, "n: str"), "task", "f.py")
    assert [one.instead for one in found if one.operator in ("number", "removed", "word")] == []


def test_what_is_the_same_is_made_once():
    """Two edits that make the same Python are one mutant, and none is the solution."""
    one = solution("return x * 2 + x * 2")
    found = every(one, "task", "f.py")
    means = [meaning(mutant.source, one, "task") for mutant in found]
    assert len({*means}) == len(means)
    assert meaning(one.text, one, "task") not in means


@pytest.mark.parametrize("slug", COURSE.slugs)
def test_mutants_of_the_course_are_sound(slug):
    """Each is other Python, has a name of its own, and is told by text that makes it."""
    whole = read_solution(COURSE, slug)
    found = [one for task in whole.tasks for one in every(whole, task, slug)]
    assert len({one.id for one in found}) == len(found)
    for one in found:
        ast.parse(one.source)
        assert one.source != whole.text
        assert one.diff.count("@@")
        regions = whole.tasks[one.task].regions
        places = [
            part.start + whole.text[part.start : part.end].index(one.replace)
            for part in regions
            if one.replace in whole.text[part.start : part.end]
        ]
        assert sum(whole.text[part.start : part.end].count(one.replace) for part in regions) == 1
        edit = Edit(places[0], places[0] + len(one.replace), one.instead)
        assert apply(whole.text, [edit]) == one.source


@pytest.mark.parametrize("slug", COURSE.slugs)
def test_an_exercise_has_enough_of_them(slug):
    """At least 60 are tried, of every task that can be mutated, and always the same ones."""
    whole = read_solution(COURSE, slug)
    chosen = sample(whole, slug)
    assert len(chosen) >= 60
    assert chosen == sample(read_solution(COURSE, slug), slug)
    assert {one.task for one in chosen} == {
        task for task in whole.tasks if every(whole, task, slug)
    }


def test_names_outlive_changes_elsewhere():
    """A mutant keeps its name when other tasks, texts or docstrings change."""
    body = "y = x + n\nreturn y * 2"
    plain = solution(body)
    moved = "# %% [markdown]\n# A text.\n\n# %% other\ndef g():\n    ### BEGIN SOLUTION\n"
    moved += "    return 1\n    ### END SOLUTION\n\n" + plain.text.replace(
        "    ### BEGIN", '    """A docstring."""\n    ### BEGIN'
    )
    other = Solution(moved, ["other", "task"], "f.py")
    before = [one.id for one in every(plain, "task", "f.py")]
    assert [one.id for one in every(other, "task", "f.py")] == before


def test_a_limit_bounds_each_task():
    """A smaller limit takes the first of the same mutants, of several operators."""
    whole = read_solution(COURSE, "ex06_convolution")
    few = sample(whole, "f.py", 3, 3 * len(whole.tasks))
    assert len(few) == 3 * len(whole.tasks)
    assert {*few} <= {*sample(whole, "f.py")}
    pooled = [one.operator for one in few if one.task == "pool"]
    assert len({*pooled}) == 3
