"""`autograder audit` from end to end: real boxes, real visible checks, exit status, Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import jsonschema
import pytest
from audited_course import BROKEN, COSTLY, LENIENT, PICKY, SLUG, STRICT, VISIBLE, audited_course
from repository import ROOT

from autograder.authoring.audit.document import SCHEMA
from autograder.course.catalog import read_course
from autograder.course.state import default_store
from autograder.edges.cli.main import main

EQUIVALENT = """
[audit]
floor = 0.99

[[equivalent]]
task = "scaled"
replace = "return values / unit"
with = "return (values / unit).T"
reason = "One axis, transposed, is the same axis."
"""


@pytest.fixture
def audited(tmp_path, monkeypatch):
    """Audit the course with some grader; give the exit status and the JSON."""

    def run(checks: str, *words: str, **files: str) -> tuple[int, dict]:
        audited_course(tmp_path, checks, **files)
        monkeypatch.chdir(tmp_path)
        status = main(["audit", "--quiet", "--json", "audit.json", *words])
        made = json.loads((tmp_path / "audit.json").read_text())
        jsonschema.validate(made, json.loads(SCHEMA.read_text()))
        (exercise,) = made["exercises"]
        return status, exercise

    return run


def test_strict_and_fair_checks_reach_their_floor(audited, tmp_path):
    """Every mutant is killed but the equivalent one, every variant kept; a page tells it."""
    words = ("--fail-under", "--out", str(tmp_path / "pages"), "--limit", "30")
    status, found = audited(STRICT, *words, mutants=EQUIVALENT, visible=VISIBLE)
    assert found["findings"] == []
    assert (status, found["score"], found["equivalent"]) == (0, 1.0, 1)
    assert found["variants_kept"] == found["variants"] >= 8
    assert found["floor"] == 0.99
    killed = [one for one in found["mutant_outcomes"] if one["outcome"] == "killed"]
    assert any(one["visible"] for one in killed)
    page = (tmp_path / "pages" / f"{SLUG}.html").read_text()
    assert "One axis, transposed" in page
    assert (tmp_path / "pages" / "index.html").is_file()


def test_a_lenient_check_is_told_with_its_survivors(audited, capsys):
    """What only looks at a shape lets wrong values pass: each is shown with its diff."""
    status, found = audited(LENIENT, "--fail-under", "0.9", "--no-visible")
    assert status == 1
    survivors = [one for one in found["mutant_outcomes"] if one["outcome"] == "survived"]
    assert {one["task"] for one in survivors} == {"scaled"}
    assert any("values * unit" in one["with"] for one in survivors)
    name = next(one["id"] for one in survivors if "values * unit" in one["with"])
    main(["audit", "--no-visible", "--quiet", "--show", f"{SLUG}/{name}"])
    shown = capsys.readouterr().out
    assert "-    return values / unit" in shown
    assert "+    return values * unit" in shown
    assert "[[equivalent]]" in shown


def test_a_check_that_is_too_strict_is_told_with_its_variants(audited):
    """A spelling that the text leaves open, and that loses a point, fails the audit."""
    entry = '[[variant]]\ntask = "scaled"\nname = "as a list"\nreplace = "values / unit"\n'
    entry += 'with = "(values / unit).tolist()"\n'
    words = ("--fail-under", "0", "--no-visible", "--limit", "1")
    status, found = audited(PICKY, *words, mutants=entry)
    assert status == 1
    lost = [one["id"] for one in found["variant_outcomes"] if not one["kept"]]
    assert lost == ["scaled.as_a_list"]


def test_what_costs_twice_is_a_finding(audited):
    """A wrong mean must not cost in the other task."""
    _, found = audited(COSTLY, "--no-visible", "--limit", "2")
    assert found["elsewhere"] >= 1
    assert any("in its own task alone" in one for one in found["findings"])


def test_a_check_that_breaks_is_a_finding(audited):
    """A check must say wrong in its own words, whatever it is given."""
    _, found = audited(BROKEN, "--no-visible", "--task", "scaled")
    assert any("a check broke: test_scaled" in one for one in found["findings"])


def test_visible_and_hidden_must_agree(audited):
    """A variant that is right hidden and wrong visibly is told, and what only hidden ones see."""
    typed = '    assert type(value) is float, "A float.\\nReceived: another.\\nConvert it."\n'
    strict = VISIBLE.replace("    assert value == 3.0", typed + "    assert value == 3.0")
    blind = strict.replace("    assert list(value) == [1.0, 2.0]", "    assert len(value) == 2")
    _, found = audited(STRICT, "--limit", "9", visible=blind)
    lost = [one for one in found["variant_outcomes"] if not one["kept"]]
    assert [one["id"] for one in lost] == ["mean.numpy_scalar"]
    assert not lost[0]["lost"]
    assert "A float." in lost[0]["visible"]["test_mean_of_three"]
    unseen = [one for one in found["mutant_outcomes"] if one["outcome"] == "killed"]
    assert any(one["visible"] == [] and one["task"] == "scaled" for one in unseen)


def test_long_visible_checks_are_shown_some_of_those_that_are_alike(audited):
    """Four of the mutants that lost the same, and each that lost nothing."""
    long = VISIBLE.replace(
        "value = student.scaled", "import time; time.sleep(1.1); value = student.scaled"
    )
    assert long != VISIBLE
    shown = {}
    for checks in (STRICT, LENIENT):
        _, found = audited(checks, visible=long)
        of_task = [one for one in found["mutant_outcomes"] if one["task"] == "scaled"]
        kinds = Counter(
            (one["outcome"], one["visible"] is not None) for one in of_task if one["outcome"]
        )
        shown[checks] = kinds
    assert shown[STRICT]["killed", True] == 4
    assert shown[STRICT]["killed", False] > 2
    assert shown[LENIENT]["survived", True] > 2
    assert shown[LENIENT]["survived", False] == 0


def test_a_visible_check_that_sees_more_is_a_finding(audited):
    """What is called wrong at home, and has every hidden point, is told."""
    _, found = audited(LENIENT, "--task", "scaled", "--limit", "4", visible=VISIBLE)
    assert any("says wrong, and it has all hidden points" in one for one in found["findings"])


def test_a_mutant_that_hangs_at_home_is_ended(audited, monkeypatch):
    """A file has so much time, and the others are checked all the same."""
    monkeypatch.setattr("autograder.authoring.audit.visible._TIMEOUT_S", 3.0)
    loop = '[[mutant]]\ntask = "mean"\nbreaks = "The sum"\nreplace = "total = values.sum()"\n'
    loop += "with = '''total = values[1:].sum()\n    import time\n    time.sleep(9)'''\n"
    _, found = audited(STRICT, "--task", "mean", "--limit", "1", mutants=loop, visible=VISIBLE)
    by_id = {one["id"]: one for one in found["mutant_outcomes"]}
    (hung,) = (one for name, one in by_id.items() if ".written." in name)
    assert hung["visible"] == ["the file"]
    assert all(one["visible"] != ["the file"] for one in by_id.values() if one is not hung)


def test_no_floor_fails_where_floors_are_asked_for(audited, capsys):
    """`--fail-under` alone takes each exercise's own floor, and one without has not proved it."""
    status, _ = audited(STRICT, "--no-visible", "--limit", "1", "--fail-under")
    assert status == 1
    assert "names a floor" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ex09_none"], "catalog's"),
        (["--task", "median"], "--task names a task"),
        (["--json", "no/such/file"], "--json must name a file"),
        (["--show", "mean.none.1.1", "--no-visible", "--limit", "1", "--task", "mean"], "--show"),
    ],
)
def test_bad_usage_is_two(tmp_path, monkeypatch, capsys, words, told):
    """What cannot be done is told with its next step, and exits with 2."""
    audited_course(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["audit", "--quiet", *words]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--fail-under", "2"], ["--limit", "0"], ["--jobs", "many"]])
def test_bad_numbers_are_two(tmp_path, monkeypatch, words):
    """Numbers out of range are refused before anything runs."""
    audited_course(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["audit", *words])
    assert ended.value.code == 2


def test_ctrl_c_loses_nothing(tmp_path):
    """An audit that is broken off leaves its answers, and the next one does not run them again."""
    course = audited_course(tmp_path)
    env = {**os.environ, "AUTOGRADER_STORE": str(tmp_path / "kept")}
    argv = [sys.executable, "-m", "autograder", "audit", "--no-visible", "--limit", "9"]
    with subprocess.Popen(
        argv, cwd=tmp_path, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as run:
        for line in run.stderr:
            if re.match(r"\[3/", line):
                run.send_signal(signal.SIGINT)
                break
        told = run.stderr.read()
        assert run.wait(60) == 130, told
    assert "interrupted" in told
    os.environ["AUTOGRADER_STORE"], before = env["AUTOGRADER_STORE"], os.environ["AUTOGRADER_STORE"]
    try:
        kept = {one.kind: one.entries for one in default_store(course).usage()}
    finally:
        os.environ["AUTOGRADER_STORE"] = before
    assert kept["transcript"] >= 3


def test_a_second_run_is_cheap(audited, tmp_path, monkeypatch):
    """What was graded once, and checked visibly once, is not run again."""
    monkeypatch.setenv("AUTOGRADER_STORE", str(tmp_path / "kept"))
    _, first = audited(STRICT, "--limit", "3", visible=VISIBLE)
    opened, started = [], []
    monkeypatch.setattr(
        "autograder.sandbox.client.Sandbox.open_box", lambda *given: opened.append(given)
    )
    start = subprocess.Popen.__init__
    monkeypatch.setattr(
        subprocess.Popen,
        "__init__",
        lambda self, argv, *given, **options: (
            started.extend(map(str, argv)) or start(self, argv, *given, **options)
        ),
    )
    began_s = time.monotonic()
    _, second = audited(STRICT, "--limit", "3", visible=VISIBLE)
    assert opened == []
    assert not [word for word in started if "visible" in word]
    assert time.monotonic() - began_s < 60
    assert first["mutant_outcomes"] == second["mutant_outcomes"]


def test_a_little_keras(tmp_path, monkeypatch):
    """Layers of a real exercise: what is caught is told by check, and spellings keep all points."""
    monkeypatch.chdir(ROOT)
    slug = read_course(ROOT).slugs[0]
    words = ["--task", "build_dense", "--limit", "3", "--json", str(tmp_path / "audit.json")]
    assert main(["audit", slug, "--quiet", *words]) == 0
    (found,) = json.loads((tmp_path / "audit.json").read_text())["exercises"]
    (task,) = (one for one in found["tasks"] if one["task"] == "build_dense")
    operators = [one["operator"] for one in found["mutant_outcomes"]]
    assert task["mutants"] == len(operators)
    written = operators.count("written")
    assert written >= 10  # by mutants.toml, whatever the limit is
    assert 1 <= task["mutants"] - written <= 10  # less those that mean the same as a written one
    assert task["killed"] >= 1
    assert task["variants"] >= 8
    assert all(not one["lost"] for one in found["variant_outcomes"])
