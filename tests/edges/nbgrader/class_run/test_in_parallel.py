"""A plain `nbgrader autograde` over a class: at once, in any order, told as it goes."""

from __future__ import annotations

import errno
import os
import pty
import re
import sys

JOBS = "--GradeSubmission.jobs=2"
SLOW = "import time\n\ntime.sleep(6)\n\n"


def _report_lines(text: str) -> list[str]:
    return re.findall(r"\[\d+/\d+\] (\w+)/", text)


def test_a_class_is_graded_at_once_and_told_line_by_line(school) -> None:
    """The slow first student is overtaken by the others, which serial grading cannot do.

    Without a terminal there is a line for each: place, student, points and status.
    """
    school.hand_in("a_slow", school.notebook(SLOW + school.right))
    school.hand_in("b_half", school.notebook(school.half))
    school.hand_in("c_right")
    school.hand_in("d_broken", b"no notebook")
    text = school.autograde(JOBS)
    assert _report_lines(text)[-1] == "a_slow"
    assert len(_report_lines(text)) == 4
    assert re.search(rf"\[\d/4\] c_right/{school.slug}/{school.slug}: \d+/\d+ \w+\n", text)
    assert school.marks("a_slow") == school.marks("c_right") != school.marks("b_half")


def test_who_has_marks_is_not_graded_again(school) -> None:
    """Only the newcomer, and who handed in again later, are begun at all."""
    school.hand_in("e_new")
    path = school.hand_in("b_half")
    (path.parent / "timestamp.txt").write_text("2031-01-01 00:00:00 UTC")
    text = school.autograde()
    assert sorted(_report_lines(text)) == ["b_half", "e_new"]
    assert school.marks("b_half") == school.marks("c_right")
    text = school.autograde("--student=c_right", "--force")
    assert _report_lines(text) == ["c_right"]
    assert _report_lines(school.autograde()) == []


def test_on_a_terminal_there_is_a_bar_below_nbgraders_lines(school) -> None:
    """No line of the log shares its row with the bar, and the bar is gone at the end."""
    rows, text = _on_a_terminal(school)
    for shown in ("0/5", "5/5", "2 running", "elapsed", "left", "1 errored"):
        assert shown in text
    logged = [row for row in rows if "[AutogradeApp" in row]
    assert len(logged) > 20
    assert [row for row in logged if "━" in row or row.count("[AutogradeApp") != 1] == []
    assert _report_lines(text) == []


def _on_a_terminal(school) -> tuple[list[str], str]:
    """Run the command on a pseudo-terminal; return rows as they were drawn, and all of it."""
    run = (
        f"import os, sys; os.chdir({str(school.course)!r}); "
        "from nbgrader.apps.nbgraderapp import main; "
        f"sys.argv = ['nbgrader', 'autograde', {school.slug!r}, '--force', {JOBS!r}]; main()"
    )
    environment = school.environment | {"TERM": "xterm-256color", "COLUMNS": "150"}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-c", run], environment)
    said = b""
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError as error:
            assert error.errno == errno.EIO  # the other side is closed
            break
        if not chunk:
            break
        said += chunk
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    text = said.decode(errors="replace")
    assert os.waitstatus_to_exitcode(status) == 0, text
    drawn = re.split(r"\r\n|\r|\x1b\[2K|\x1b\[1A", text)
    return [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", row) for row in drawn], text
