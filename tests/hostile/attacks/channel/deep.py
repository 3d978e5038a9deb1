"""Sends lists in lists, deeper than a parser's stack.

shows: ERRORED
"""
pour(frame(b"[" * 200_000 + b"]" * 200_000))
