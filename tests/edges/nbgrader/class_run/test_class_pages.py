"""The page on a class that autograding leaves."""

from __future__ import annotations


def test_autograding_writes_a_page_and_names_it_in_its_log(school) -> None:
    """The page tells of all who were marked, and of the one whose file could not be read."""
    school.hand_in("ada_l")
    school.hand_in("ben_k", school.notebook(school.half))
    school.hand_in("cleo_m", b"no notebook")
    marked = school.autograde()
    page = school.course / "class_reports" / f"{school.slug}.html"
    assert page.resolve().as_uri() in marked
    html = page.read_text(encoding="utf-8")
    for name in ("ada_l", "ben_k", "cleo_m", "Could not be read"):
        assert name in html
    rows = page.with_suffix(".csv").read_text(encoding="utf-8-sig").splitlines()
    assert {row.split(",")[1] for row in rows[1:]} == {"ada_l", "ben_k", "cleo_m"}
    # What students get is made from `autograded/`; reports on them are kept elsewhere.
    assert list((school.course / "autograded").rglob("report.json")) == []
