"""Asks for thousands of trainings without reading one reply, so that whoever replies has to wait.

shows: TIMED_OUT|ERRORED
"""
data = frame({"kind": "fit", "filler": "x" * 20_000}) * 10
for _ in range(900):
    pour(data)
