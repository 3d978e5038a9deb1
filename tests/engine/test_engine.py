"""From a submission to its report: whose fault costs what, and that nothing is left behind."""

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from repository import COURSE, ROOT, with_body

from autograder.course.catalog import Course, read_course
from autograder.course.inputs import Questions
from autograder.course.seed import course_seed
from autograder.engine import Engine
from autograder.engine import engine as engine_module
from autograder.errors import AutograderError
from autograder.evidence import transcript
from autograder.records import Contrast, Isolation, Status, Submission
from autograder.reporting.score import score
from autograder.sandbox import bwrap
from autograder.sandbox.client import Sandbox
from autograder.store.store import Store

SLUG = "ex04_perceptron"
probe, graders = COURSE.folder(SLUG).probe(), COURSE.folder(SLUG).grader()
SOLUTION = {
    "grade": False,
    "grade_id": "gates",
    "locked": False,
    "schema_version": 3,
    "solution": True,
    "task": False,
}
RIGHT = """
import keras

def and_gate(a, b):
    return int(a and b)

def or_gate(a, b):
    return int(a or b)

def xor_gate(a, b):
    return int(a != b)

def build_perceptron():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
"""


def submission(source: str | bytes = RIGHT, label: str = "ex04_perceptron.py") -> Submission:
    content = source if isinstance(source, bytes) else textwrap.dedent(source).encode()
    return Submission(label, SLUG, content, ".py")


@pytest.fixture
def grade(engine_for):
    """An engine's `grade`, asking only the cheap tasks."""
    engine = engine_for(short(("gates", "build_perceptron")))
    return lambda *args: engine.grade(submission(*args))


def short(tasks: tuple[str, ...]):
    course = read_course(ROOT)
    return replace(course, exercises=(replace(course.exercise(SLUG), tasks=tasks),))


def statuses(report) -> dict[str, Status]:
    return {verdict.check.name: verdict.status for verdict in report.verdicts}


def of_task(report, task: str) -> set[Status]:
    return {verdict.status for verdict in report.verdicts if verdict.check.task == task}


def test_tasks_that_are_named_are_asked_and_judged_alone(engine):
    """Their verdicts are those that they have among all; of the others there are none."""
    solution = ROOT / "solutions" / SLUG / f"{SLUG}.py"
    whole = engine.grade(Submission("whole", SLUG, solution.read_bytes(), ".py"))
    named = ("gates", "decision_lines")
    some = engine.grade(Submission("some", SLUG, solution.read_bytes(), ".py", tasks=named))
    assert {one.check.task for one in some.verdicts} == {*named}
    assert some.verdicts == tuple(one for one in whole.verdicts if one.check.task in named)


def test_right_answers_pass_and_what_is_missing_is_skipped(grade):
    """Right functions pass all their checks; the tasks that nobody wrote cost only themselves."""
    report = grade()
    assert of_task(report, "gates") == of_task(report, "build_perceptron") == {Status.PASSED}
    assert of_task(report, "plot_decision") == {Status.SKIPPED}
    assert report.isolation is Isolation.FULL or bwrap.isolation() is Isolation.NONE
    assert score(report).total.points == 5
    assert report.notes == ()


def test_a_crash_costs_its_own_task_only(grade):
    """A call that ends its process is ERRORED; the other task is asked in a fresh box."""
    report = grade(RIGHT.replace("int(a or b)", "__import__('os')._exit(0)"))
    found = statuses(report)
    assert found["test_and_gate"] is Status.PASSED
    assert found["test_or_gate"] is found["test_xor_gate"] is Status.ERRORED
    assert of_task(report, "build_perceptron") == {Status.PASSED}
    assert "must not end its process" in next(
        verdict.message for verdict in report.verdicts if verdict.check.name == "test_or_gate"
    )


def test_a_cell_that_raises_is_a_note(grade):
    """A cell that raises while it is run is told in the notes; the others still count."""
    report = grade(RIGHT + "\n\n# %%\ndef broken(x=1 / 0):\n    pass\n")
    assert of_task(report, "gates") == {Status.PASSED}
    assert len(report.notes) == 1
    assert "stopped with ZeroDivisionError: division by zero" in report.notes[0]


def test_what_leans_on_left_out_lines_stops_nothing_else(engine_for):
    """In a notebook's other cells a constant of something left out is told; the rest still runs."""
    engine = engine_for(short(("gates", "build_perceptron")))
    helper = "data = load()\nCOUNT = len(data)\nONE = len('1')\ndef helper(a):\n    return int(a)"
    answer = textwrap.dedent(RIGHT).replace("int(a and b)", "helper(a and b) * ONE")
    cells = [{"source": helper}, {"source": answer, "metadata": {"nbgrader": SOLUTION}}]
    notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}}
    notebook["cells"] = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, **cell}
        for cell in cells
    ]
    content = json.dumps(notebook).encode()
    report = engine.grade(Submission("ex04_perceptron.ipynb", SLUG, content, ".ipynb"))
    assert of_task(report, "gates") == {Status.PASSED}
    assert "stopped with NameError: name 'data' is not defined" in " ".join(report.notes)


def test_a_cell_that_is_no_python_costs_itself(grade):
    """One cell with a syntax error is left out and told; the others are graded."""
    source = f"# %%\n{RIGHT}\n# %%\ndef or_gate(a, b)\n    return 0\n"
    report = grade(source)
    assert of_task(report, "gates") == {Status.PASSED}
    assert "must be Python" in report.notes[0]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"x = 1\n" * 2_000_000, b"def f(:\n", b"x = " + b"-" * 50_000 + b"1"],
    ids=["empty", "no UTF-8", "huge", "no Python", "deep"],
)
def test_an_unreadable_submission_is_told_in_every_check(grade, content):
    """What cannot be read is ERRORED in every check, with one sentence, and never INTERNAL."""
    report = grade(content)
    assert {verdict.status for verdict in report.verdicts} == {Status.ERRORED}
    assert len({verdict.message for verdict in report.verdicts}) == 1
    assert "Received" in report.verdicts[0].message or "must" in report.verdicts[0].message
    assert report.isolation is bwrap.isolation()
    assert score(report).total.points == 0


def test_the_same_submission_gives_the_same_report(grade, engine):
    """Seeds are set before every call: random answers repeat within a run and between runs."""
    source = """
    import random
    import keras
    import numpy as np

    def and_gate(a, b):
        return random.random()

    def or_gate(a, b):
        return float(np.random.rand())

    def xor_gate(a, b):
        return float(keras.random.uniform(()))

    def build_perceptron():
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(np.ones((4, 2)), np.ones(4), epochs=2, verbose=0)
        return model
    """
    seen = []
    for _ in range(2):
        with engine.evidence(submission(source)) as evidence:
            rows = [
                [evidence.value(f"gates.{gate}_{row}") for row in ("00", "01", "10", "11")]
                for gate in ("and", "or", "xor")
            ]
            data = evidence.value("build_perceptron")
            weights = [array.tobytes() for array in data.weights]
            seen.append((rows, weights, data.fits[0]["history"]["loss"]))
    assert seen[0] == seen[1]
    assert [len(set(row)) for row in seen[0][0]] == [1, 1, 1]
    assert grade(source) == grade(source)


FORGE = """
import json, os, stat, struct

def send(header, body=b"", magic=b"KAG1"):
    text = header if isinstance(header, bytes) else json.dumps({"arrays": [], **header}).encode()
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.write(fd, struct.pack("<4sIQ", magic, len(text), len(body)) + text + body)
        except OSError:
            pass

ANSWER = {"kind": "answer", "key": "gates.and_00", "function": "and_gate", "outcome": "returned",
          "value": 0, "error": None, "output": "", "seconds": 0.0}

def and_gate(a, b):
    if (a, b) == (0, 0):
        FORGERY
    return 5

def or_gate(a, b):
    return 5

def build_perceptron():
    return 5
"""
FORGERIES = {
    "done": 'send({"kind": "done"})',
    "unknown kind": 'send({"kind": "verdict", "status": "PASSED"})',
    "kind is a list": 'send({"kind": []})',
    "unknown task": 'send({"kind": "asking", "task": "x", "function": "y"}); os._exit(0)',
    "task is a list": 'send({"kind": "asking", "task": ["gates"], "function": "y"}); os._exit(0)',
    "another task": 'send({"kind": "asking", "task": "build_perceptron", "function": ""}); '
    "os._exit(0)",
    "outcome": 'send({**ANSWER, "outcome": "passed"})',
    "key": 'send({**ANSWER, "key": ["a"], "value": {"$": "tuple", "items": 3}})',
    "seconds": 'send(json.dumps({"arrays": [], **ANSWER}).replace("0.0", "9" * 400).encode())',
    "infinite": 'send(json.dumps({"arrays": [], **ANSWER}).replace("0.0", "1e999").encode())',
    "model": 'send({**ANSWER, "key": "build_perceptron", "value": {"$": "model", "config": '
    '{"class_name": ["x"]}, "weights": [], "compiled": None, "fits": []}})',
    "error": 'send({**ANSWER, "outcome": "raised", "error": 3})',
    "stopped": 'send({"kind": "stopped", "task": "gates", "key": {"a": 1}, "error": None})',
    "failures": 'send({"kind": "loaded", "failures": [{"cell": 1}]})',
    "garbage": 'send(b"", magic=b"\\xff" * 4)',
    "oversize": 'send(b"[" * 100_000)',
    "half a frame": 'send(b"{}", magic=b"KA"); os._exit(0)',
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_forged_frames_earn_nothing(grade, forgery):
    """Whatever a submission writes to the channel, it earns no point and is its own fault."""
    report = grade(FORGE.replace("FORGERY", forgery))
    assert score(report).total.points == 0, forgery
    assert Status.INTERNAL not in statuses(report).values(), forgery


def test_a_forged_frame_is_a_frame(grade):
    """The control: frames written this way do arrive, so that the forgeries above were heard."""
    heard = (
        'send({**ANSWER, "key": "gates.or_00", "value": {"$": "opaque", "type": "x", "why": ""}})'
    )
    report = grade(FORGE.replace("FORGERY", heard))
    message = {verdict.check.name: verdict.message for verdict in report.verdicts}
    assert "a x" in message["test_or_gate"]


def test_a_fault_of_a_grader_is_ours(grade, monkeypatch, caplog):
    """A grader that raises makes its checks INTERNAL, without a score; it is tried twice."""
    runs = []
    real = transcript.run
    monkeypatch.setattr(transcript, "run", lambda *args, **kw: runs.append(1) or real(*args, **kw))
    for name in ("test_and_gate", "test_or_gate", "test_xor_gate"):
        raising = with_body(getattr(graders, name), lambda evidence: 1 / 0)
        monkeypatch.setattr(graders, name, raising)
    report = grade(RIGHT + "\n# never graded before\n")
    assert of_task(report, "gates") == {Status.INTERNAL}
    assert of_task(report, "build_perceptron") == {Status.PASSED}
    internal = next(verdict for verdict in report.verdicts if verdict.status is Status.INTERNAL)
    assert "ZeroDivisionError" in internal.trace
    assert "ZeroDivisionError" not in internal.message
    assert score(report).total.points is None
    assert len(runs) == 2


def test_a_fault_of_a_probe_is_ours(grade, monkeypatch, caplog):
    """A probe that cannot draw its inputs makes every check INTERNAL, and is logged."""
    monkeypatch.setattr(probe, "draw", lambda rng, data: 1 / 0)
    report = grade()
    assert set(statuses(report).values()) == {Status.INTERNAL}
    assert score(report).total.points is None
    assert "ZeroDivisionError" in report.verdicts[0].trace
    assert "attempt 2 failed" in caplog.text
    monkeypatch.undo()


WRONG_RELU = """
import numpy as np

def relu(values):
    return np.abs(values).astype(float)
"""


def relu_alone():
    course = read_course(ROOT)
    exercise = replace(course.exercise("ex06_convolution"), tasks=("relu",))
    return replace(course, exercises=(exercise,))


def contrasts(exhibits) -> list[Contrast]:
    return [one for one in exhibits if isinstance(one, Contrast)]


def test_wrong_answers_are_asked_for_again_with_inputs_to_be_shown(engine_for):
    """Pictures for before the due date are of other inputs than those marked; verdicts stay."""
    wrong = Submission("x.py", "ex06_convolution", WRONG_RELU.encode(), ".py")
    plain, showing = (engine_for(relu_alone(), examples=on).grade(wrong) for on in (False, True))
    assert plain.verdicts == showing.verdicts
    assert not any(one.examples for one in plain.verdicts)
    pairs = [
        (contrasts(one.exhibits), contrasts(one.examples))
        for one in showing.verdicts
        if one.examples
    ]
    assert pairs and all(one.status is Status.FAILED for one in showing.verdicts if one.examples)
    for (marked,), (example,) in pairs:
        assert marked.expected.shape == example.expected.shape
        assert not np.array_equal(marked.expected, example.expected)


def test_an_example_that_breaks_costs_no_mark(engine_for, monkeypatch):
    """Whatever goes wrong in asking again, the marks are those that were there, without pictures."""
    engine = engine_for(relu_alone(), examples=True)
    wrong = Submission("x.py", "ex06_convolution", WRONG_RELU.encode(), ".py")
    real, drawn = Questions.to, set()

    def breaks(self, exercise):
        drawn.add(self)
        if len(drawn) > 1:  # the marking's inputs come first
            raise RuntimeError
        return real(self, exercise)

    monkeypatch.setattr(Questions, "to", breaks)
    report = engine.grade(wrong)
    assert len(drawn) == 2 and Status.FAILED in statuses(report).values()
    assert Status.INTERNAL not in statuses(report).values()
    assert not any(one.examples for one in report.verdicts)


def test_reports_come_in_order_from_two_at_a_time(engine_for, monkeypatch):
    """`grade_all` runs two submissions at once and keeps their order; each is told when done."""
    engine = engine_for(short(("gates",)))
    real, lock, running, most = transcript.run, threading.Lock(), [0], [0]

    def counted(*args, **kw):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        try:
            return real(*args, **kw)
        finally:
            with lock:
                running[0] -= 1

    monkeypatch.setattr(transcript, "run", counted)
    slow = RIGHT.replace("return int(a and b)", "import time; time.sleep(0.3); return int(a and b)")
    given = [submission(slow if n % 2 == 0 else RIGHT, f"s{n}.py") for n in range(5)]
    told = []
    reports = engine.grade_all(given, told.append)
    assert [report.path for report in reports] == [f"s{n}.py" for n in range(5)]
    assert sorted(report.path for report in told) == [f"s{n}.py" for n in range(5)]
    assert all(of_task(report, "gates") == {Status.PASSED} for report in reports)
    assert most[0] == 2


def test_pictures_are_png(engine_for):
    """A figure that a submission draws comes as PNG bytes, by its task."""
    engine = engine_for(short(("plot_decision",)))
    source = """
    import matplotlib.pyplot as plt
    def plot_decision(model):
        plt.plot([0, 1], [1, 0])
    """
    report = engine.grade(submission(source))
    assert list(report.pictures) == ["plot_decision"]
    assert report.pictures["plot_decision"].startswith(b"\x89PNG\r\n\x1a\n")


def test_a_zygote_that_is_killed_costs_nobody_a_point(engine, grade):
    """A submission whose sandbox dies under it is asked again in a new one."""
    slow = RIGHT.replace("return int(a and b)", "import time; time.sleep(0.5); return int(a and b)")
    grade()  # a sandbox is there
    ours = {child.pid for child in psutil.Process().children()}
    (zygote,) = ours & engine.sandbox.processes()

    def kill():
        time.sleep(1)
        os.killpg(zygote, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    report = grade(slow)
    thread.join()
    assert zygote not in engine.sandbox.processes()
    assert of_task(report, "gates") == of_task(report, "build_perceptron") == {Status.PASSED}


def test_only_models_see_a_gpu(monkeypatch, tmp_path):
    """Where there is a GPU, models get a sandbox that has it, and students' code one without.

    A GPU that the backend cannot use changes no mark: this machine has none.
    """
    monkeypatch.setattr(engine_module, "training_gpus", lambda: ["/dev/nvidia0"])
    opened = []

    def open_box(self, role, *args):
        opened.append((role, self._gpu))
        return real(self, role, *args)

    real = Sandbox.open_box
    monkeypatch.setattr(Sandbox, "open_box", open_box)
    store = Store(tmp_path / "store")  # of its own: nothing that another test has kept is found
    with Engine(short(("gates", "build_perceptron")), store=store) as engine:
        report = engine.grade(submission(RIGHT + "\n# with a GPU\n"))
        assert opened
        assert set(opened) == {("student", False), ("model", True)}
    assert of_task(report, "gates") == of_task(report, "build_perceptron") == {Status.PASSED}


def test_isolation_can_be_required(monkeypatch, caplog):
    """Without a sandbox, an engine that requires one grades nobody, and says why to the log."""
    monkeypatch.setattr(bwrap, "find_bwrap", lambda: None)
    with Engine(short(("gates",)), require_isolation=True) as engine:
        report = engine.grade(submission())
    assert set(statuses(report).values()) == {Status.INTERNAL}
    assert report.isolation is not Isolation.FULL
    assert "Isolation was required" in caplog.text


def test_hidden_inputs_follow_the_seed(monkeypatch):
    """The same AUTOGRADER_SEED draws the same inputs, and another draws others."""
    drawn = []
    for seed in ("a", "a", "b"):
        monkeypatch.setenv("AUTOGRADER_SEED", seed)
        course = read_course(ROOT)
        asked = Questions(course, "sample", None).to(course.exercise(SLUG))
        drawn.append(asked.inputs["three"][0].tobytes())
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_secret_is_made_once(tmp_path):
    """Makers at the same time agree on one secret of 64 digits that only its owner can read."""
    code = (
        "import sys; from pathlib import Path; from autograder.course.catalog import Course\n"
        "from autograder.course.seed import course_seed\n"
        "sys.stdout.buffer.write(course_seed(Course(Path(sys.argv[1]), ())))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "AUTOGRADER_SEED"}
    argv = [sys.executable, "-c", code, str(tmp_path)]
    makers = [
        subprocess.Popen(argv, env=environment, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(12)
    ]
    seeds = [maker.communicate(timeout=60)[0] for maker in makers]
    path = tmp_path / ".autograder" / "seed"
    assert set(seeds) == {path.read_bytes()}
    assert len(seeds[0]) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["seed"]


def test_threads_agree_on_the_secret(tmp_path, monkeypatch):
    """Threads of one process that make the secret at the same time agree as well."""
    monkeypatch.delenv("AUTOGRADER_SEED", raising=False)
    seeds = []
    threads = [
        threading.Thread(target=lambda: seeds.append(course_seed(Course(tmp_path, ()))))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seeds) == 16
    assert len(set(seeds)) == 1


def test_an_empty_secret_is_refused(tmp_path, monkeypatch):
    """A secret cut to nothing is an error with the way out, not a seed that anybody can guess."""
    monkeypatch.delenv("AUTOGRADER_SEED", raising=False)
    (tmp_path / ".autograder").mkdir()
    (tmp_path / ".autograder" / "seed").write_text("\n")
    with pytest.raises(AutograderError, match="delete it"):
        course_seed(Course(tmp_path, ()))


def scratch_folders() -> set[str]:
    """Return the folders of sandboxes in the temporary folder."""
    return {path.name for path in Path(tempfile.gettempdir()).glob("autograder-*")}


def test_an_interrupt_leaves_nothing_behind(monkeypatch):
    """Ctrl-C while a sandbox starts ends at once, with every process and folder of it gone."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    folders = scratch_folders()

    def interrupt(report):
        raise KeyboardInterrupt

    began_s = time.monotonic()
    with Engine(short(("gates",)), jobs=2) as engine:
        engine.sandbox.start()
        unreadable = submission(b"", "empty.py")
        with pytest.raises(KeyboardInterrupt):
            engine.grade_all([submission(), unreadable, submission()], interrupt)
    assert time.monotonic() - began_s < 10
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before
    assert scratch_folders() <= folders
