"""JUnit XML of a run: what continuous integration shows beside a commit."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from autograder.text import printable

# Which element a status becomes. PASSED becomes none.
_ELEMENTS = {
    "FAILED": "failure",
    "SKIPPED": "skipped",
    "ERRORED": "error",
    "TIMED_OUT": "error",
    "OUT_OF_MEMORY": "error",
    "INTERNAL": "error",
}
_COUNTS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def junit_xml(document: dict[str, Any]) -> bytes:
    """Return a report document as JUnit XML: a suite per submission, a case per check."""
    root = ET.Element("testsuites", name="autograder")
    totals = dict.fromkeys(("tests", *_COUNTS.values()), 0)
    for entry in document["submissions"]:
        suite = _suite(entry)
        root.append(suite)
        for key in totals:
            totals[key] += int(suite.attrib[key])
    root.attrib.update({key: str(count) for key, count in totals.items()})
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _suite(entry: dict[str, Any]) -> ET.Element:
    name = printable(f"{entry['exercise']}: {entry['path']}")
    suite = ET.Element("testsuite", name=name)
    counts = dict.fromkeys(("tests", *_COUNTS.values()), 0)
    facts = {key: entry[key] for key in ("score", "max_score", "status", "isolation")}
    facts |= {f"data.{name}": profile for name, profile in entry["data"].items()}
    properties = ET.SubElement(suite, "properties")
    for key, value in facts.items():
        text = "" if value is None else printable(str(value))
        ET.SubElement(properties, "property", name=printable(key), value=text)
    for check in entry["checks"]:
        counts["tests"] += 1
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"{entry['exercise']}.{check['task']}",
            name=printable(check["title"]),
        )
        element = _ELEMENTS.get(check["status"])
        if element:
            counts[_COUNTS[element]] += 1
            message = printable(check["message"])
            outcome = ET.SubElement(
                case, element, message=message.partition("\n")[0], type=check["status"]
            )
            hint = printable(check["hint"])
            outcome.text = f"{message}\nHint: {hint}" if hint else message
    if entry["notes"]:
        notes = ET.SubElement(suite, "system-out")
        notes.text = "\n".join(printable(note) for note in entry["notes"])
    suite.attrib.update({key: str(count) for key, count in counts.items()})
    return suite
