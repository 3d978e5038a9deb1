"""A class at a glance: counts, messages, who waits for a person, the page and the table."""

import csv
import io
import re

import pytest
from PIL import Image

from autograder.records import Accuracy, Check, Curve, Isolation, Measured, Report, Status, Verdict
from autograder.reporting.class_report import counts
from autograder.reporting.class_report.anonymous import without_names
from autograder.reporting.class_report.attention import reasons
from autograder.reporting.class_report.csv_table import csv_text
from autograder.reporting.class_report.facts import classes_of, conditions, short_names
from autograder.reporting.class_report.kept import keep, read_kept
from autograder.reporting.class_report.members import (
    ClassFacts,
    ExerciseFacts,
    Member,
    Part,
    member_of,
)
from autograder.reporting.class_report.messages import commonest
from autograder.reporting.class_report.page import class_view, duration, page_html
from autograder.reporting.class_report.terminal import print_class, print_run
from autograder.reporting.json_report import document
from autograder.reporting.terminal import console
from autograder.submission.cells import RawCell, Role
from autograder.submission.remarks import found_in, put_back, repeated, unreadable
from autograder.submission.statements import LeftOut, NotPython

EVIL = "</style><script>alert(1)</script>\x1b[31m\u202e{{ 7*7 }}"


def report(path, *outcomes, exercise="ex04_perceptron", **facts):
    """A report with a check per outcome, each a status or a status and a message."""
    verdicts = []
    for number, outcome in enumerate(outcomes):
        status, message = outcome if isinstance(outcome, tuple) else (outcome, "")
        check = Check(f"test_{number}", f"task_{number}", f"Fact {number}", 2, f"Hint {number}.")
        verdicts.append(Verdict(check, status, message))
    facts = {"isolation": Isolation.FULL, "data": {}, **facts}
    return Report(path, exercise, tuple(verdicts), **facts)


def entries(*reports):
    return document(reports)["submissions"]


def class_of(*reports, **facts):
    (found,) = classes_of(Part(entry, **facts) for entry in entries(*reports))
    return found


def page(facts):
    return page_html(class_view(facts))


def shown(facts):
    stream = io.StringIO()
    print_class(facts, console(stream, 80))
    return stream.getvalue()


P, F, E, S, OURS = (Status(name) for name in "PASSED FAILED ERRORED SKIPPED INTERNAL".split())


def test_marks_are_counted_by_tenths_and_full_ones_apart():
    """Who has all points is in no tenth; who has no mark yet is in none at all."""
    members = [Member(str(n), score=score, max_score=10.0) for n, score in
               enumerate([0.0, 0.9, 1.0, 9.9, 10.0, 10.0, None])]  # fmt: skip
    marks = counts.marks(members)
    assert marks.bins == (2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2)
    assert (marks.marked, marks.unmarked) == (6, 1)
    assert marks.median == pytest.approx((0.1 + 0.99) / 2)


def test_nobody_passed_says_nothing_of_our_own_faults():
    """A check that was judged for nobody is none that everyone failed."""
    every = counts.checks(
        entries(report("a", P, F, OURS), report("b", P, E, OURS), report("c", F, S, OURS))
    )
    assert [count.nobody for count in every] == [False, True, False]
    assert [(count.passed, count.judged) for count in every] == [(2, 3), (0, 3), (0, 0)]


def test_messages_that_differ_in_numbers_are_one():
    """The commonest stands word for word, with those first who have just this one."""
    rule = "It must be {}. Received: {}. Next."
    made = entries(
        report("a", (F, rule.format(1.5, "x"))),
        report("b", (F, rule.format(2, "y")), (F, rule.format(2, "y"))),
        report("c", (F, rule.format(2, "y"))),
        report("d", (F, "Another rule."), (OURS, "Ours.")),
    )
    first, second = commonest(enumerate(made))
    assert first.example == rule.format(2, "y") and first.members == (1, 2, 0)
    assert first.tasks == ("task_0", "task_1") and first.hint == "Hint 0."
    assert second.members == (3,)


def test_one_fault_and_what_it_kept_from_being_reached_are_one_message():
    """It is told in its own words, once for each student, with all tasks that it cost."""
    fault = "`train` raised NameError: name 'x' is not defined"
    made = entries(*(report(n, (S, f"Not reached: {fault} (your line: `{n}`)"), (E, fault), P)
                     for n in ("ada", "ben")))  # fmt: skip
    (group,) = commonest(enumerate(made))
    assert group.example == fault and group.members == (0, 1) and group.hint == "Hint 1."
    assert group.tasks == ("task_1", "task_0")


def notes_that_tell_of_changes():
    locked = RawCell(3, "", Role.LOCKED, "task_0")
    return [
        found_in("cell 3", locked.role, ["f"]),
        put_back([LeftOut(1, 1, "import numpy")]),
        *repeated([RawCell(1, "", Role.WHOLE, "x"), RawCell(2, "", Role.WHOLE, "x")]),
    ]


@pytest.mark.parametrize("note", notes_that_tell_of_changes())
def test_changed_cells_wait_for_a_person(note):
    """What staging says of cells that were changed is found, in its own words."""
    assert "changed" in " ".join(reasons(class_of(report("a", P, notes=(note,))).members[0]))


def test_code_that_was_left_out_waits_for_a_person_where_it_was_needed():
    """The note alone does not; it does with a task that fails for lack of a name."""
    note = unreadable(RawCell(4, "f(", Role.WHOLE), "cell 4", NotPython(1, "unclosed"))
    lacking = (E, "`g` raised NameError: name 'f' is not defined")
    needed, harmless = class_of(
        report("a", P, lacking, notes=(note,)), report("b", P, F, notes=(note,))
    ).members
    assert "left out" in reasons(needed)[0] and reasons(harmless) == []


def test_our_faults_and_unreadable_files_wait_for_a_person():
    """Both are named with their reason; an ordinary failure waits for nobody."""
    internal, unread, failed = class_of(
        report("a", P, OURS),
        report("b", (E, "No notebook."), (E, "No notebook.")),
        report("c", F, F),
    ).members
    assert "test_1" in reasons(internal)[0] and "No notebook." in reasons(unread)[0]
    assert reasons(failed) == [] and internal.score is None


def test_names_are_what_tells_paths_apart():
    """Common folders, the exercise's own name and the suffix go; nobody is lost for it."""
    slug = "ex04_perceptron"
    paths = [f"/in/{name}/{slug}/{slug}.ipynb" for name in ("ada", "ben")]
    assert list(short_names(paths, slug).values()) == ["ada", "ben"]
    twins = ["in/ada.py", "in/ada.ipynb"]
    assert sorted(short_names(twins, slug).values()) == sorted(twins)


def test_the_page_shows_a_class_and_needs_nothing_else():
    """All parts are there, nothing is loaded, and whatever a student wrote is text."""
    measured = Measured(
        (Accuracy("task_0", 0.91, 0.9),), {"task_0": Curve(3, {"loss": (3.0, 2.0, 1.0)})}, 12.0, 4
    )
    facts = class_of(
        report(f"{EVIL}/ada.py", P, (F, EVIL), F, measured=measured, notes=(EVIL,)),
        report("ben.py", P, (F, EVIL), P, data={"mnist": "sample"}),
        report("cleo.py", P, F, OURS, isolation=Isolation.NONE),
    )
    html = page(facts)
    assert "Where everyone failed" in html and "Fact 1" in html
    assert "<polyline" in html and "threshold is 0.9" in html and "12 s" in html
    assert "isolation: none" in html and "sample of mnist" in html
    assert "<script" not in html and "\x1b" not in html and "49" not in re.sub(r'"[^"]*"', "", html)
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', html) == []
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html


def test_what_stands_in_backticks_is_code():
    """In messages and notes, of the class and of each student; what a student wrote stays text."""
    said = "`predict` gives (4, 1). Received: `<b>`."
    html = page(class_of(report("a", P, (F, said), notes=(said,)), report("b", P, (F, said))))
    assert html.count("<code>predict</code> gives") >= 3
    assert "<code>&lt;b&gt;</code>" in html and "<b>`" not in html and "`" not in html


def test_links_lead_to_students_that_are_there():
    """Each link inside the page has its place, also with one student and with none passed."""
    html = page(class_of(report("a", F), report("b", (F, "Rule."))))
    targets = set(re.findall(r'href="#([^"]+)"', html))
    assert targets <= set(re.findall(r'id="([^"]+)"', html)) and "m-1" in targets


def test_no_name_is_left_without_names():
    """Neither paths, nor names in messages, notes, remarks and reasons; pictures are left out."""
    facts = class_of(
        report(
            "in/ada_l/ex04_perceptron.py", (F, "Received: 'ADA_L was here'."), notes=("ada_l.",)
        ),
        report("in/ben/ex04_perceptron.py", P),
        pictures={"task_0": b"\x89PNG\r\n\x1a\n"},
    )
    ada = member_of("ada_l", facts.members[0].parts, identities=("Ada", "Lovelace"),
                    reasons=("Lovelace did it.",), link="ada_l.html")  # fmt: skip
    named = ClassFacts("ex04", (ada, facts.members[1]), facts.exercises, ("carl_m",), ("carl_m!",))
    bare = without_names(named)
    for text in (page(bare), csv_text([bare]), shown(bare)):
        assert not re.search(
            r"ada|lovelace|\bben\b|carl|data:image", text.replace("data:;", ""), re.IGNORECASE
        )
        assert re.search(r"#00[12]", text)
    assert sorted(member.score for member in bare.members) == [0.0, 2.0]
    assert "Pictures are left out" in page(bare)


def test_the_table_holds_each_task_and_no_formula():
    """A row per student and task; a missing mark is empty, and a formula becomes text."""
    facts = class_of(report("=cmd()/x.py", P, F), report("b/x.py", P, OURS))
    rows = list(csv.DictReader(io.StringIO(csv_text([facts]))))
    assert [row["task_score"] for row in rows] == ["2", "0", "2", ""]
    assert [row["not_passed"] for row in rows] == ["", "test_1", "", "test_1"]
    assert rows[0]["student"] == "'=cmd()/x" and rows[2]["needs_person"]


def test_a_class_in_a_terminal_begins_with_its_table():
    """Then comes what was not passed, with those it happened to; what all passed is left out."""
    reports = [report(f"{name}.py", P, (F, f"Rule. Received: {name}.")) for name in ("ada", "ben")]
    stream = io.StringIO()
    print_run(document(reports), console(stream, 80), full=False)
    text = stream.getvalue()
    assert text.index("submission ") < text.index("0/2") < text.index("2 x ada, ben")
    assert "Fact 0" not in text and "nobody" in text
    assert max(map(len, text.splitlines())) <= 80
    print_run(document(reports), console(stream, 80), full=True)
    assert stream.getvalue().count("Fact 0") == 2


def test_one_submission_of_each_exercise_is_no_class():
    """One student's folder gets the table of its exercises, then only what was not passed."""
    made = document([report("a.py", P, F), report("b.py", P, P, exercise="ex05_mnist_mlp")])
    stream = io.StringIO()
    print_run(made, console(stream, 80), full=False)
    text = stream.getvalue()
    assert text.index("submission") < text.index("Fact 1")
    assert "Fact 0" not in text and "mean" not in text


def test_a_kept_report_comes_back_whole(tmp_path):
    """What a later report lacks is not left over from an earlier one."""
    keep(tmp_path / "ada", report("ada", P), "def f(): pass")
    (part,) = read_kept(tmp_path / "ada" / "report.json")
    assert part.answers == "def f(): pass" and part.entry["path"] == "ada"
    keep(tmp_path / "ada", report("ada", F), "")
    (part,) = read_kept(tmp_path / "ada" / "report.json")
    assert part.answers == "" and part.entry["score"] == 0


def test_a_course_adds_the_band_of_its_calibration():
    """Where the threshold is the calibrated one, the page shows where the solution came."""
    made = report("a", P, measured=Measured((Accuracy("task_0", 0.93, 0.9),)))
    plain = class_of(made)
    solution = {"threshold": 0.9, "solution": {"least": 0.92, "most": 0.97}}
    facts = ExerciseFacts("ex04_perceptron", calibration={"profiles": {"sample": solution}})
    known = ClassFacts("ex04", plain.members, {"ex04_perceptron": facts})
    assert "0.92 to 0.97" in page(known) and "grey band" not in page(plain)


def test_the_page_says_what_the_reports_do_not_hold():
    """Reports of earlier releases, or without their folder, are shown as far as they go."""
    bare, whole = class_of(report("a", P)), class_of(report("a", P, measured=Measured()))
    assert "grade again" in page(bare) and "grade --out" in page(bare)
    assert "grade again" not in page(whole)
    (part,) = whole.members[0].parts
    known = ClassFacts("x", (member_of("a", [Part(part.entry, "x = 1")]),), whole.exercises)
    assert "grade --out" not in page(known)


def test_times_are_told_in_two_units():
    """Days with hours, minutes with seconds."""
    assert [duration(s) for s in (0.2, 61, 90_000)] == ["0 s", "1 min 1 s", "1 d 1 h"]


def test_conditions_name_each_once():
    """The same backend of a whole class is told in one sentence."""
    facts = class_of(*(report(f"{n}", P, trained_on="tensorflow on cpu") for n in range(3)))
    assert conditions(facts) == ["Trained with tensorflow on cpu."]


def test_the_page_of_a_hundred_who_share_nothing_is_below_2_mb():
    """Own messages, own curves of two long trainings, and own pictures: it still fits in a mail."""
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    reports = []
    for number in range(100):
        curve = Curve(500, {n: tuple((number + i * k) % 101 / 9 for i in range(60))
                            for k, n in enumerate(names, 1)})  # fmt: skip
        measured = Measured((), {"task_0": curve, "task_1": curve}, 60.0, 2)
        failed = [(F, f"Rule {n}. Received: {'x' * 250} {number}.") for n in range(8)]
        reports.append(report(f"student_{number}", P, P, *failed, measured=measured))
    members = []
    for number, member in enumerate(class_of(*reports).members):
        (part,) = member.parts
        out = io.BytesIO()
        Image.effect_noise((200, 150), 10 + number).convert("RGB").save(out, "PNG")
        pictures = dict.fromkeys(("task_0", "task_1"), out.getvalue())
        members.append(member_of(member.name, [Part(part.entry, "", pictures)]))
    slug = "ex04_perceptron"
    html = page(ClassFacts("ex04", tuple(members), {slug: ExerciseFacts(slug)}))
    assert len(html.encode()) < 2_000_000 and html.count("<polyline") == 800
