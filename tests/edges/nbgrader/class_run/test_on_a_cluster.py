"""`c.GradeSubmission.workers`: the same command on a Dask cluster of this machine."""

from __future__ import annotations

import signal

ON_A_CLUSTER = "--GradeSubmission.workers=2"


def test_marks_on_a_cluster_are_the_same(school) -> None:
    """Right, half right and broken submissions, told line by line."""
    school.hand_in("ada")
    school.hand_in("ben", school.notebook(school.half))
    school.hand_in("cleo", b"no notebook")
    school.autograde()
    alone = [school.marks(student) for student in ("ada", "ben", "cleo")]
    text = school.autograde("--force", ON_A_CLUSTER, "--GradeSubmission.fresh=True")
    assert [school.marks(student) for student in ("ada", "ben", "cleo")] == alone
    assert len(set(alone)) == 3
    assert "[3/3] " in text


def test_a_run_on_a_cluster_stops_and_leaves_no_process(school, all_ended) -> None:
    """Ctrl-C ends scheduler, workers and boxes; the same command without a cluster goes on."""
    for student in ("dan", "eve"):
        school.hand_in(student, school.notebook(f"import time\n\ntime.sleep(20)  # {student}\n"))
    run = school.start(ON_A_CLUSTER)
    assert run.wait_for("Converting notebook"), run.text
    family = run.kill(signal.SIGINT)
    assert run.end() == 130, run.text
    assert len(family) >= 2
    assert all_ended(family)
    assert not school.autograded("dan").exists()
    assert school.marks_left() == []


def test_a_scheduler_that_is_not_there_is_told_before_anything_changes(school) -> None:
    """The error names the address, and nobody is touched."""
    text = school.autograde("--GradeSubmission.scheduler=tcp://127.0.0.1:9", status=1)
    assert "tcp://127.0.0.1:9" in text
    assert "Converting notebook" not in text
    assert "Traceback" not in text
