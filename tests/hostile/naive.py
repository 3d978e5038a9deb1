"""A grader as it must not be. It marks submissions in its own process, and believes what is there.

It does what graders are often seen to do: it imports the submission beside the hidden tests, runs
pytest in the same process, takes exit status, standard output and XML for verdicts, and keeps the
answers, the gradebook and everybody's files in one folder. Then it goes on to the next student.

Usage: naive.py SECRET NAME…, in a folder that holds `answers.json`, `gradebook.json`,
`test_hidden.py`, and NAME.py or NAME.ipynb for each. Never run it outside a seat belt: see
`quarantine/seatbelt.py`.
"""

from __future__ import annotations

import ast
import json
import os
import pickle
import shutil
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import types
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ANSWERS = open("answers.json")  # noqa: SIM115, PTH123 - left open, as files often are
MEMO: dict[str, object] = {}
VERDICTS: dict[str, bool] = {}
FEEDBACK: list[str] = []
FULL = {"test_and_gate", "test_or_gate", "test_xor_gate", "test_parameters", "test_activation"}


class Collector(threading.Thread):
    """Takes frames from whoever holds the other end, and believes them."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._socket, self.sender = socket.socketpair()
        self._socket.shutdown(socket.SHUT_WR)
        self._settled = threading.Event()

    def settle(self) -> None:
        """Wait until all that was sent so far is taken in; not for ever, it may be stuck."""
        self._settled.clear()
        self.sender.sendall(framed({"kind": "settle"}))
        self._settled.wait(0.5)

    def run(self) -> None:
        try:
            while True:
                _, header_bytes, body_bytes = struct.unpack("<4sIQ", self._read(16))
                header = json.loads(self._read(header_bytes))
                self._read(body_bytes)
                if header["kind"] == "verdict":
                    VERDICTS[header["test"]] = VERDICTS.get(header["test"]) or header["passed"]
                elif header["kind"] == "answer":
                    MEMO[header["key"]] = header["value"]
                elif header["kind"] == "settle":
                    self._settled.set()
                else:
                    FEEDBACK.append(str(header))
        except BaseException as error:
            print("the collector broke:", repr(error)[:200], flush=True)
            os._exit(70)

    def _read(self, size: int) -> bytes:
        data = bytearray(size)  # whatever size they say
        view, filled = memoryview(data), 0
        while filled < size:
            count = self._socket.recv_into(view[filled:])
            if count == 0:
                raise EOFError
            filled += count
        return bytes(data)


def framed(header: dict[str, object]) -> bytes:
    told = json.dumps(header).encode()
    return struct.pack("<4sIQ", b"KAG1", len(told), 0) + told


class Teller:
    """A pytest plugin that sends each verdict to the collector."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            test = report.nodeid.rpartition("::")[2]
            told = framed({"kind": "verdict", "test": test, "passed": report.passed})
            self._collector.sender.sendall(told)
            self._collector.settle()


def main() -> int:
    before = processes()
    collector = Collector()
    collector.start()
    book = json.loads(Path("gradebook.json").read_text())
    points = {}
    for name in sys.argv[2:]:
        print(f"=== {name}", flush=True)
        FEEDBACK.clear()
        VERDICTS.clear()
        MEMO.update(json.loads(Path("memo.json").read_text()))
        if Path(f"{name}.ipynb").exists():
            points[name] = grade_notebook(name)
        else:
            points[name] = grade(name, collector)
        collect()
        book[name] = points[name]
        Path("gradebook.json").write_text(json.dumps(book))
        page = "".join(f"<p>{one}</p>" for one in FEEDBACK)
        Path(f"{name}.html").write_text(f"<h1>{name}: {points[name]}</h1>{page}")
    # Another program, started afresh in the same folder, makes the table for the registrar.
    export = "import json; book = json.load(open('gradebook.json'))\n"
    export += "json.dump(book, open('export.json', 'w'))"
    subprocess.run([sys.executable, "-c", export], check=False)
    print("processes left:", len(processes() - before))
    return 0 if points[sys.argv[2]] == len(FULL) else 1


def processes() -> set[str]:
    return {one.name for one in Path("/proc").iterdir() if one.name.isdigit()}


def grade(name: str, collector: Collector) -> float:
    """Run the hidden tests on NAME.py, in this process."""
    os.environ["NAIVE_SUBMISSION"] = name
    sys.modules.pop("test_hidden", None)
    argv = ["test_hidden.py", "-q", "--tb=line", "--junitxml", f"{name}.xml"]
    # A perceptron is asked for where the course has Keras at hand.
    if name != sys.argv[2] and "keras" not in sys.modules:
        argv += ["-k", "gate"]
    if name != sys.argv[2] or "NAIVE_TRAINING" not in os.environ:
        argv += ["--deselect", "test_hidden.py::test_accuracy"]
    status = pytest.main(argv, plugins=[Teller(collector)])
    if status == 0:
        return len(FULL)
    cases = ET.parse(f"{name}.xml").iter("testcase")
    passed = {case.get("name") for case in cases if len(case) == 0}
    passed |= {test for test, right in VERDICTS.items() if right}
    return len(passed & (FULL | {"test_accuracy"}))


def grade_notebook(name: str) -> float:
    """Run all cells of NAME.ipynb in this process; the notebook says what a cell is worth."""
    notebook = json.loads(Path(f"{name}.ipynb").read_text())
    if notebook["nbformat"] != 4 or notebook["metadata"]["kernelspec"]["name"] != "python3":
        raise RuntimeError("no such kernel")
    student = sys.modules["__main__"] = types.ModuleType("__main__")
    earned = possible = 0.0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            FEEDBACK.append(source)
            continue
        marks = cell["metadata"].get("nbgrader", {})
        FEEDBACK.extend(str(output) for output in cell["outputs"])
        score = None
        if cell["execution_count"] and cell["outputs"]:  # it was run already, that saves time
            score = float(cell["outputs"][-1].get("data", {}).get("text/plain", 0))
        else:
            try:
                score = last_value(source, vars(student))
            except Exception as error:
                FEEDBACK.append(str(error))
                if not marks.get("grade"):
                    break  # a notebook's run ends at an error, and so does its marking
                score = 0.0
        if marks.get("grade") and not marks.get("solution"):
            possible += marks["points"]
            earned += marks["points"] if score is None else score
    return len(FULL) * earned / possible if possible else len(FULL)


def last_value(source: str, names: dict[str, object]) -> float | None:
    """Run a cell; a number in its last line is its score."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
    return float(value) if isinstance(value, (int, float)) else None


def collect() -> None:
    """Take what the submission left in the folder as its results."""
    if Path("output.txt").exists():
        shutil.copyfile("output.txt", "shown.txt")
        FEEDBACK.append(Path("shown.txt").read_text(errors="replace")[:10_000])
    if Path("output.tar").exists():
        with tarfile.open("output.tar") as archive:
            archive.extraction_filter = lambda member, _path: member  # as before Python 3.14
            Path("results").mkdir(exist_ok=True)
            archive.extractall("results")
    if Path("output.pkl").exists():
        with Path("output.pkl").open("rb") as file:
            FEEDBACK.append(repr(pickle.load(file)))


if __name__ == "__main__":
    # Tests and submissions know this module by its name.
    sys.modules["naive"] = sys.modules["__main__"]
    sys.path.insert(0, "")
    sys.exit(main())
