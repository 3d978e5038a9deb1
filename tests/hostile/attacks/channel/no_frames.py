"""Sends bytes that are no frames at all.

shows: ERRORED
"""
pour(b"\xff" * 100_000)
