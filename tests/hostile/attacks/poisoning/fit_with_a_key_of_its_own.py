"""Asks for a training and names the key to keep it under, and what is to be kept.

shows: unknown field `key`
"""
import hashlib

for name in ("innocent.and_00", "innocent.and_11"):
    claim = {
        "key": hashlib.sha256(name.encode()).hexdigest(),
        "outcome": "trained",
        "model": {"class_name": "Sequential", "module": "keras", "config": {"layers": []}},
        "weights": [],
        "history": {"loss": [0.0]},
        "refs": [{"sha256": "0" * 64, "dtype": "<f4", "shape": [4, 2]}],
    }
    pour(frame({"kind": "fit", **claim}))
    pour(frame({**claim, **answer(name, 9)}))
said()
