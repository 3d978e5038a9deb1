"""What a site's own settings named in the release before is still found, with one warning each."""

import logging
import subprocess
import sys

import pytest

from autograder.edges import old_names

NAMES = {
    "autograder.edges.collect.Collect": "autograder.edges.nbgrader.collect.Collect",
    "autograder.edges.restore.SubmissionExporter": (
        "autograder.edges.nbgrader.exporter.SubmissionExporter"
    ),
    "autograder.edges.restore.RestoreCells": "autograder.edges.nbgrader.repair.RestoreCells",
    "autograder.edges.harmless.HarmlessCells": "autograder.edges.nbgrader.sanitize.SanitizeCells",
    "autograder.edges.nbgrader.sanitize.HarmlessCells": (
        "autograder.edges.nbgrader.sanitize.SanitizeCells"
    ),
    "autograder.edges.nbgrader.GradeSubmission": (
        "autograder.edges.nbgrader.preprocessors.GradeSubmission"
    ),
    "autograder.edges.nbgrader.SaveReport": "autograder.edges.nbgrader.preprocessors.SaveReport",
    "autograder.edges.finished.FinishedOnly": "autograder.edges.nbgrader.feedback.FinishedOnly",
    "autograder.edges.cluster_worker.dask_setup": "autograder.edges.cluster.worker.dask_setup",
    "autograder.edges.cluster_worker.dask_teardown": (
        "autograder.edges.cluster.worker.dask_teardown"
    ),
    "autograder.edges.cluster_worker.grade": "autograder.edges.cluster.worker.grade",
}
# As traitlets resolves a setting, and as Python code does.
IMPORT = """\
import importlib, sys
from traitlets.utils.importstring import import_item
old, new = sys.argv[1:]
module, _, name = old.rpartition(".")
found = [import_item(old), import_item(old), getattr(importlib.import_module(module), name)]
scope = {}
exec(f"from {module} import {name} as thing\\nimport {module}\\nother = {old}", scope)
found += [scope["thing"], scope["other"]]
assert all(one is import_item(new) for one in found), found
"""


def said(code: str, *words: str) -> str:
    """Run code in a process of its own, and return what it said on standard error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *words],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize(("old", "new"), NAMES.items(), ids=[name[17:] for name in NAMES])
def test_an_old_name_is_the_new_thing_with_one_warning(old, new):
    """However often it is asked for; the warning says both names and where to write the new one."""
    warning = said(IMPORT, old, new)
    assert warning.count("\n") == 1
    assert "in this release for the last time" in warning and "nbgrader_config.py" in warning
    if "cluster_worker" in old:  # of which the module is named, for what Dask looks up in it
        old, new = old.rpartition(".")[0], new.rpartition(".")[0]
    assert warning.startswith(f"{old} is now called {new}. ")


def test_dask_preloads_the_workers_module_by_its_old_name():
    """What Dask looks up in it to begin and to end a worker is the new module's, told once."""
    code = (
        "import asyncio, signal\n"
        "from distributed.preloading import Preload\n"
        "preload = Preload(None, 'autograder.edges.cluster_worker', [], None)\n"
        "asyncio.run(preload.start())\n"
        "assert signal.getsignal(signal.SIGINT).__module__ == 'autograder.edges.cluster.worker'\n"
        "asyncio.run(preload.teardown())\n"
    )
    warning = said(code)
    assert warning.count("autograder.edges.cluster_worker is now called") == 1
    assert "Traceback" not in warning


def test_new_names_give_no_warning():
    """Nor does the command line, or anything that lists the modules."""
    code = "from traitlets.utils.importstring import import_item as i; import sys; i(sys.argv[1])"
    assert said(code, "autograder.edges.nbgrader.preprocessors.GradeSubmission") == ""
    listing = (
        "import autograder.edges.cli.main, inspect, pkgutil, sys\n"
        "import autograder.edges as e\n"
        "assert 'collect' not in [m.name for m in pkgutil.iter_modules(e.__path__)]\n"
        "for module in list(sys.modules.values()): inspect.getmodule(module); dir(module)\n"
    )
    assert said(listing) == ""


def test_an_old_module_has_nothing_else(caplog):
    """What it never held is an error that names it, as of any module."""
    from autograder.edges import restore

    with caplog.at_level(logging.WARNING), pytest.raises(AttributeError, match=r"edges\.restore"):
        _ = restore.Nothing
    with pytest.raises(ImportError, match="nothing_else"):
        from autograder.edges.nbgrader import nothing_else  # noqa: F401
    assert not caplog.records


@pytest.mark.parametrize(("old", "new"), NAMES.items(), ids=[name[17:] for name in NAMES])
def test_the_new_name_of_a_setting_is_told(old, new):
    """Of an old name it is the new one; every other name is its own."""
    assert old_names.new_name(old) == new
    assert old_names.new_name(new) == new


@pytest.mark.parametrize("name", ["nbgrader.preprocessors.Execute", "Execute", ""])
def test_names_of_others_are_left_alone(name):
    """nbgrader's own steps, and whatever else a setting holds."""
    assert old_names.new_name(name) == name
