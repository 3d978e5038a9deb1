"""The command line: what is written where, and the exit status."""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from repository import DATA_ENTRIES

from autograder.edges.cli.arguments import command_parser
from autograder.edges.cli.commands import grade
from autograder.edges.cli.commands.files import write
from autograder.edges.cli.main import main
from autograder.errors import UsageError
from autograder.records import Check, Isolation, Report, Status, Verdict
from autograder.reporting.json_report import document, dumps, validate

PNG = b"\x89PNG\r\n\x1a\n"
CATALOG = """
[[exercise]]
slug = "ex04_perceptron"
title = "Gates"
tasks = ["gates"]

[[exercise]]
slug = "ex05_mnist_mlp"
title = "Digits"
tasks = ["inspect_data"]
data = ["mnist"]

"""


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A course of two exercises without anything but its catalog, as working directory."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "catalog.toml").write_text(CATALOG + DATA_ENTRIES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def submit(name: str, text: str = "x = 1\n") -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return name


def args_of(*words: object) -> argparse.Namespace:
    return command_parser().parse_args([str(word) for word in words])


class SmallGrader:
    """Gives each submission the status that its first word names: real reports, no boxes."""

    def __init__(self, course, **options) -> None:
        self.options = options

    def grade_all(self, submissions, progress=None):
        reports = [self.grade(submission) for submission in submissions]
        for report in reports:
            progress(report)
        return reports

    def grade(self, submission) -> Report:
        word = submission.content.decode().split()[0]
        status = Status[word] if word in Status.__members__ else Status.PASSED
        verdicts = [
            Verdict(Check("test_a", "gates", "A", 2, "Hint"), Status.PASSED),
            Verdict(Check("test_b", "gates", "B", 2, "Hint"), status, "Message"),
        ]
        if status is Status.INTERNAL:
            verdicts = verdicts[1:]
        pictures = {"gates": PNG}
        return Report(
            submission.label,
            submission.exercise,
            tuple(verdicts),
            Isolation.FULL,
            {},
            pictures=pictures,
        )


@contextmanager
def small_grader(course, **options):
    yield SmallGrader(course, **options)


def run(*words: object) -> int:
    return grade.run(args_of("grade", *words), small_grader)


# Exit status --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options", "status"),
    [
        ("PASSED", [], 0),
        ("FAILED", [], 0),
        ("ERRORED", ["--fail-under", "0.5"], 0),
        ("ERRORED", ["--fail-under", "0.51"], 1),
        ("PASSED", ["--fail-under", "1"], 0),
        ("INTERNAL", [], 3),
        ("INTERNAL", ["--fail-under", "1"], 3),
        ("PASSED", ["missing.py"], 2),
        ("FAILED", ["missing.py", "--fail-under", "1"], 2),
        ("INTERNAL", ["missing.py"], 3),
    ],
)
def test_the_exit_status_says_how_it_went(course, text, options, status):
    """Our fault weighs more than bad input, and bad input more than too few points."""
    assert run(submit("ex04_perceptron.py", text), *options) == status


def test_one_submission_below_is_enough(course):
    """--fail-under holds each submission by itself: a good one makes up for no other."""
    good, bad = submit("a/ex04.py", "PASSED"), submit("b/ex04.py", "FAILED")
    assert run(good, "--fail-under", "0.75") == 0
    assert run(good, bad, "--fail-under", "0.75") == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["grade"],
        ["nonsense"],
        ["grade", "x.py", "--fail-under", "2"],
        ["grade", "x.py", "--fail-under", "nan"],
        ["grade", "x.py", "--jobs", "0"],
        ["grade", "x.py", "--data", "half"],
    ],
)
def test_wrong_usage_exits_with_2(words, capsys):
    """An unknown command or a value out of range is refused before anything is done."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["grade", "missing.py"],
        ["grade", ".", "--exercise", "ex99"],
        ["grade", "missing.py", "--json", "no/such/folder.json"],
        ["grade", "missing.py", "--junit", "."],
        ["grade", "missing.py", "--out", "exercises/catalog.toml"],
        ["render", "ex99_none"],
        ["check", "ex99_none"],
        ["report", "missing.json"],
    ],
)
def test_unusable_input_exits_with_2_and_a_sentence(course, words, capsys):
    """What cannot be read or written is told with the rule and what was received."""
    assert main(words) == 2
    err = capsys.readouterr().err
    assert err.startswith("autograder: ") and "Received: " in err and "Traceback" not in err


def test_without_a_course_the_packaged_one_or_a_sentence(tmp_path, monkeypatch, capsys):
    """Outside a course the command does not end in a traceback."""
    monkeypatch.chdir(tmp_path)
    assert main(["grade", "missing.py"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_full_data_that_is_missing_is_told_before_grading(course, monkeypatch, capsys):
    """`--data full` without the full set is bad input, and not INTERNAL for everybody."""
    for variable in ("AUTOGRADER_DATA", "KERAS_HOME"):
        monkeypatch.setenv(variable, str(course / "empty"))
    submit("ex05_mnist_mlp.py")
    assert main(["grade", "ex05_mnist_mlp.py", "--data", "full"]) == 2
    assert "mnist" in capsys.readouterr().err


# Outputs ------------------------------------------------------------------------------------


def test_json_on_standard_output_stands_alone(course, capsys):
    """With `--json -` standard output is the JSON and nothing else; the table goes to stderr."""
    assert run(submit("ex04_perceptron.py", "FAILED"), "--json", "-") == 0
    out, err = capsys.readouterr()
    made = json.loads(out)
    validate(made)
    assert made["submissions"][0]["score"] == 2
    assert "ex04_perceptron" in err and "Message" in err


def test_the_table_goes_to_standard_output(course, capsys):
    """Without `--json -` the table is the output, and progress goes to stderr."""
    run(submit("ex04_perceptron.py", "FAILED"))
    out, err = capsys.readouterr()
    assert "Message" in out and "[1/1] ex04_perceptron.py: 2/4 FAILED" in err


def test_quiet_is_quiet(course, capsys):
    """`--quiet` prints neither table nor progress, but still what could not be graded."""
    run(submit("ex04_perceptron.py", "FAILED"), "missing.py", "--quiet")
    out, err = capsys.readouterr()
    assert out == "" and "missing.py" in err and "[1/1]" not in err


def test_the_others_are_graded_when_a_path_is_wrong(course):
    """A missing path does not cost the submissions beside it their report."""
    assert run("missing.py", submit("ex04_perceptron.py"), "--json", "out.json") == 2
    made = json.loads(Path("out.json").read_text())
    assert [entry["path"] for entry in made["submissions"]] == ["ex04_perceptron.py"]


def test_nothing_gradable_still_gives_valid_json(course, capsys):
    """A reader of the JSON gets an empty list rather than nothing."""
    assert run("missing.py", "--json", "-") == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["format_version"], told["submissions"]) == (1, [])


def test_a_path_given_twice_is_graded_once(course):
    """A file that is named itself and lies in a named folder has one entry."""
    submit("work/ex04_perceptron.py")
    run("work", "work/ex04_perceptron.py", "--json", "out.json")
    assert len(json.loads(Path("out.json").read_text())["submissions"]) == 1


def test_junit_is_written(course):
    """`--junit` writes a suite per submission."""
    run(submit("ex04_perceptron.py", "FAILED"), "--junit", "junit.xml")
    root = ET.parse("junit.xml").getroot()
    assert root.get("failures") == "1" and len(root.findall("testsuite")) == 1


def test_out_has_a_folder_per_submission(course):
    """`--out` writes JSON, feedback and pictures, in folders named after the submissions."""
    paths = ["alice/ex04_perceptron.py", "bob/ex04_perceptron.py", "bob/ex04-perceptron.py"]
    for path in paths:
        submit(path)
    run(*paths, "--out", "out/deep")
    assert sorted(path.name for path in Path("out/deep").iterdir()) == [
        "alice_ex04_perceptron",
        "bob_ex04-perceptron",
        "bob_ex04_perceptron",
    ]
    folder = Path("out/deep/alice_ex04_perceptron")
    assert {path.name for path in folder.iterdir()} == {
        "report.json",
        "feedback.html",
        "gates.png",
    }
    validate(json.loads((folder / "report.json").read_text()))


def test_names_of_out_folders_stay_inside_and_apart():
    """No path leads out of the folder, and no two submissions share one."""
    taken: set[str] = set()
    paths = ["../../etc/passwd.py", "/etc/passwd.py", "..", "a b.py", "a?b.py", "é.py", "x" * 300]
    names = [grade.free_name(path, "ex04_perceptron", taken) for path in paths]
    assert len(set(names)) == len(names)
    assert all(name and len(name) < 120 and "/" not in name and ".." not in name for name in names)


def test_a_written_file_is_whole_or_not_there(tmp_path):
    """A failed write leaves the old file as it was, and no rest beside it."""
    path = tmp_path / "report.json"
    write(path, b"old")
    with pytest.raises(TypeError):
        write(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to_and_not_replaced(course):
    """`--json /dev/null` leaves the device what it is."""
    run(submit("ex04_perceptron.py"), "--json", "/dev/null", "--quiet")
    assert not Path("/dev/null").is_file()


def test_options_reach_the_engine(course):
    """Jobs, isolation, data profile and freshness are handed over; examples are for pages alone."""
    seen = {}

    @contextmanager
    def opened(course, **options):
        seen.update(options)
        yield SmallGrader(course)

    words = ["grade", submit("ex04_perceptron.py"), "--jobs", "3", "--data", "sample"]
    grade.run(args_of(*words, "--require-isolation", "--fresh"), opened)
    settings = {"jobs": 3, "require_isolation": True, "data_profile": "sample", "fresh": True}
    assert seen == settings | {"examples": False}
    grade.run(args_of(*words, "--out", "pages"), opened)
    assert seen["examples"] is True


# Other commands -----------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "status"), [("FAILED", 0), ("INTERNAL", 3)])
def test_a_stored_report_is_shown(course, capsys, word, status):
    """`report` prints the tables of a stored JSON; INTERNAL shows in the exit status."""
    report = SmallGrader(None).grade(
        argparse.Namespace(content=word.encode(), label="a.py", exercise="ex04_perceptron")
    )
    Path("run.json").write_text(dumps(document([report])))
    assert main(["report", "run.json"]) == status
    assert "Message" in capsys.readouterr().out


def test_the_data_table_names_every_set(course, capsys):
    """`data` lists full and sample copies with their state."""
    assert main(["data"]) == 0
    out = capsys.readouterr().out
    assert "mnist" in out and "sample" in out and "missing" in out


@pytest.mark.parametrize("words", [["data"], ["data", "--fetch"]])
def test_a_course_without_data_sets_says_so(course, capsys, words):
    """Where the catalog declares no data set, `data` says that, and asks nobody for anything."""
    catalog = course / "exercises" / "catalog.toml"
    catalog.write_text('[[exercise]]\nslug = "ex01_one"\ntitle = "One"\ntasks = ["add"]\n')
    assert main(words) == 0
    assert capsys.readouterr().out == f"{course}: this course has no data sets\n"


def test_the_data_table_shows_a_data_set_of_another_course(course, monkeypatch, capsys):
    """The table's rows are the catalog's entries, whatever they are called."""
    monkeypatch.setenv("AUTOGRADER_DATA", str(course / "cache"))
    monkeypatch.setenv("COLUMNS", "500")
    catalog = course / "exercises" / "catalog.toml"
    entries = DATA_ENTRIES.replace("fashion_mnist", "clothes")
    catalog.write_text(CATALOG + entries)
    assert main(["data"]) == 0
    out = capsys.readouterr().out
    rows = [line.split()[:3] for line in out.splitlines() if "clothes" in line]
    assert rows[0] == ["clothes", "full", "missing"]
    assert rows[-1] == ["clothes", "sample", "missing"]
    assert f"our cache: {course}/cache/clothes.npz" in out


def test_a_wrong_data_entry_is_unusable(course, capsys):
    """A fetch scheme that nobody knows is told in words, with exit status 2."""
    catalog = course / "exercises" / "catalog.toml"
    catalog.write_text(CATALOG + DATA_ENTRIES.replace("npm:", "ftp:"))
    assert main(["data"]) == 2
    assert "Received: " in capsys.readouterr().err


def command(*words: str, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "autograder", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_help_needs_nothing_heavy():
    """`autograder --help` imports neither TensorFlow nor NumPy nor rich, and so is instant."""
    code = (
        "import sys\nfrom autograder.edges.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'tensorflow', 'keras', 'numpy', 'rich', 'jsonschema', 'nbformat'}\n"
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and "exit status:" in done.stdout


def test_a_reader_that_goes_away_is_no_traceback(course):
    """`autograder report --full run.json | head -1` ends quietly."""
    report = SmallGrader(None).grade(
        argparse.Namespace(content=b"FAILED", label="a.py", exercise="ex04_perceptron")
    )
    Path("run.json").write_text(dumps(document([report] * 3000)))
    with command("report", "--full", "run.json") as child:
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == "" and child.wait(60) == 1


def test_ctrl_c_exits_with_130(course):
    """An interrupt ends the command with one line and status 130, without a traceback."""
    os.mkfifo("run.json")
    opened = threading.Event()
    ended = threading.Event()

    def feed() -> None:
        with Path("run.json").open("w"):  # waits until the command reads
            opened.set()
            ended.wait(60)

    feeder = threading.Thread(target=feed)
    feeder.start()
    with command("report", "run.json") as child:
        assert opened.wait(60)
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        assert child.stderr.read() == "autograder: interrupted\n"
        assert child.wait(60) == 130
    ended.set()
    feeder.join()


def test_text_that_the_terminal_lacks_is_escaped(course):
    """On a terminal without Unicode the tables are still printed."""
    report = SmallGrader(None).grade(
        argparse.Namespace(content=b"FAILED", label="é✗.py", exercise="ex04_perceptron")
    )
    Path("run.json").write_text(dumps(document([report])), encoding="utf-8")
    with command("report", "run.json", env={**os.environ, "PYTHONIOENCODING": "ascii"}) as child:
        out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and err == "" and "\\xe9\\u2717.py" in out


def test_must_be_writable_speaks_early(tmp_path):
    """A folder that does not exist is told before an hour of grading."""
    with pytest.raises(UsageError, match="--json must name a file"):
        grade.must_be_writable(tmp_path / "none" / "x.json", "--json")
