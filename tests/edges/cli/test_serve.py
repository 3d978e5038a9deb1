"""`autograder serve` on the command line: help that is complete, and what is refused."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import subprocess
import sys

import pytest
from repository import ROOT

from autograder.edges.cli.main import main
from autograder.edges.serve.settings import Serve


def _help() -> str:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), pytest.raises(SystemExit):
        main(["serve", "--help"])
    return shown.getvalue()


def test_help_and_guide_name_every_setting_and_its_default():
    """Whatever `c.Serve` takes stands in `--help`, and in docs/serve.md."""
    guide = (ROOT / "docs" / "serve.md").read_text(encoding="utf-8")
    text = _help()
    for name, trait in Serve.class_own_traits(config=True).items():
        assert f"c.Serve.{name} " in text
        assert f"`{name}`" in guide
        if trait.default_value is not None:
            value = trait.default_value
            assert (value if isinstance(value, str) else f"{value:g}") in text
    assert {"0", "2", "3"} <= set(re.findall(r"^  (\d)  ", text, re.MULTILINE))


def test_once_and_status_exclude_each_other(capsys):
    """Status 2, as of every wrong usage."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--once", "--status"])
    assert ended.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_the_unit_starts_what_there_is():
    """The service runs the command, is started again after status 2, and ends it by SIGTERM."""
    unit = (ROOT / "docker" / "autograder-serve.service").read_text(encoding="utf-8")
    assert re.search(r"^ExecStart=\S+/autograder serve$", unit, re.MULTILINE)
    assert "Restart=on-failure" in unit
    assert "KillSignal" not in unit
    image = (ROOT / "docker" / "serve.Dockerfile").read_text(encoding="utf-8")
    assert 'ENTRYPOINT ["autograder", "serve"]' in image
    assert "STOPSIGNAL SIGTERM" in image


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_finds_no_fault_in_the_unit(tmp_path):
    """Its own verifier knows every setting, and what depends on what, once account and path exist."""
    unit = (ROOT / "docker" / "autograder-serve.service").read_text(encoding="utf-8")
    unit = unit.replace("/opt/autograder/bin/autograder serve", f"{sys.executable} serve")
    unit = re.sub(r"^User=grader$", "User=root", unit, flags=re.MULTILINE)
    path = tmp_path / "autograder-serve.service"
    path.write_text(unit, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", path], capture_output=True, text=True, timeout=60, check=False
    )
    told = [line for line in done.stderr.splitlines() if path.name in line]
    assert (done.returncode, told) == (0, []), done.stderr
    path.write_text(unit.replace("Restart=on-failure", "Restrat=on-failure"), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", path], capture_output=True, text=True, timeout=60, check=False
    )
    assert "Restrat" in done.stderr  # it does look
