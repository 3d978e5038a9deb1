"""Sends frames without end, each of an ordinary size.

shows: ERRORED
"""
filler = "x" * 8000
for n in range(20_000):
    pour(frame({**answer(f"flood.{n}", filler), "kind": "answer" if n % 2 else "told"}))
