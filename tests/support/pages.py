"""What a reader sees of a page."""

from __future__ import annotations

import html
import re


def seen(page: str) -> str:
    """The page's text: without tags, and what a browser runs together as one space."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body)))
