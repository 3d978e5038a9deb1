"""The mark beside a folder in `autograded/`: how far its submission is, whatever became of runs."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from autograder.edges.nbgrader.ungraded import GradingMark, MarkState

HOLD = """
import sys, time
from pathlib import Path
from autograder.edges.nbgrader.ungraded import GradingMark
mark = GradingMark(Path(sys.argv[1]))
print(mark.take().name, flush=True)
time.sleep(600)
"""


@pytest.fixture
def destination(tmp_path) -> Path:
    """The folder of a submission that is not there yet, in one that is not there either."""
    return tmp_path / "autograded" / "ada" / "ex04"


@pytest.fixture
def another_run(destination):
    """Another process that holds the mark."""
    run = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(destination)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert run.stdout.readline() == "NEW\n"
        yield run
    finally:
        run.kill()
        run.wait()
        run.stdout.close()


def test_a_finished_submission_leaves_no_mark(destination):
    """It is new before and after, and left while it is worked on."""
    mark = GradingMark(destination)
    assert mark.look() is MarkState.NEW
    assert mark.take() is MarkState.NEW
    assert mark.look() is MarkState.INTERRUPTED
    mark.finish()
    assert mark.look() is MarkState.NEW
    assert list(destination.parent.iterdir()) == []


def test_a_submission_that_another_process_grades_is_taken(destination, another_run):
    """It is said at once, without waiting, and the other's mark stays."""
    mark = GradingMark(destination)
    began_s = time.monotonic()
    assert mark.take() is MarkState.IN_PROGRESS
    assert time.monotonic() - began_s < 1
    for end in (mark.finish, mark.retry_later, mark.give_up):
        end()  # of a mark that is not ours: nothing
    assert mark.look() is MarkState.INTERRUPTED


def test_a_killed_run_leaves_its_mark_and_not_its_lock(destination, another_run):
    """After SIGKILL the next run takes the submission at once, and knows that it was begun."""
    another_run.send_signal(signal.SIGKILL)
    another_run.wait()
    mark = GradingMark(destination)
    assert mark.look() is MarkState.INTERRUPTED
    assert mark.take() is MarkState.INTERRUPTED
    mark.finish()


def test_what_failed_by_our_fault_is_known_to_the_next_run(destination):
    """The mark stays and says so, until a run takes it: cut off, that one leaves it as begun."""
    mark = GradingMark(destination)
    mark.take()
    mark.retry_later()
    assert mark.look() is MarkState.FAILED
    again = GradingMark(destination)
    assert again.take() is MarkState.FAILED
    assert again.look() is MarkState.INTERRUPTED
    again.retry_later()
    assert again.look() is MarkState.FAILED


def test_a_run_that_finds_it_taken_does_not_wipe_what_it_says(destination):
    """To try is not to write: what the holder leaves is there for the run after."""
    mark = GradingMark(destination)
    mark.take()
    assert GradingMark(destination).take() is MarkState.IN_PROGRESS
    mark.retry_later()
    mark = GradingMark(destination)
    mark.take()
    mark.retry_later()
    assert GradingMark(destination).look() is MarkState.FAILED


@pytest.mark.parametrize("made", [False, True])
def test_what_is_given_up_keeps_its_mark_only_beside_a_folder(destination, made):
    """A folder that was begun must not pass for a finished one; nothing begun needs no mark."""
    mark = GradingMark(destination)
    mark.take()
    if made:
        destination.mkdir()
    mark.give_up()
    assert mark.look() is (MarkState.INTERRUPTED if made else MarkState.NEW)
    assert GradingMark(destination).take() is not MarkState.IN_PROGRESS


def test_a_child_that_is_being_started_keeps_no_lock(destination):
    """A copy of the descriptor in another process ends with the lock, not the lock with it."""
    code = """
import os, sys
from pathlib import Path
from autograder.edges.nbgrader.ungraded import GradingMark
mark = GradingMark(Path(sys.argv[1]))
mark.take()
read_end, write_end = os.pipe()
if os.fork() == 0:
    os.close(write_end)
    os.read(read_end, 1)  # lives until its parent ends
    os._exit(0)
mark.retry_later()
print(GradingMark(Path(sys.argv[1])).take().name)
"""
    run = [sys.executable, "-c", code, str(destination)]
    assert subprocess.check_output(run, text=True) == "FAILED\n"


def test_a_link_in_the_marks_place_is_not_written_through(destination, tmp_path):
    """What it leads to stays as it is."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"marks")
    destination.parent.mkdir(parents=True)
    destination.with_name(".ex04.unfinished").symlink_to(precious)
    with pytest.raises(OSError):
        GradingMark(destination).take()
    assert precious.read_bytes() == b"marks"


def test_of_many_runs_at_once_one_has_it(destination):
    """However often the mark is made and removed, no two hold it, and none is left."""
    holders, worst = [], []

    def work() -> None:
        for _ in range(300):
            mark = GradingMark(destination)
            if mark.take() is not MarkState.IN_PROGRESS:
                holders.append(1)
                worst.append(len(holders))
                holders.pop()
                mark.finish()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(worst) == 1
    assert list(destination.parent.iterdir()) == []
