"""Puts a module of its own where the next submission will be imported from."""
import sys
import types

for name in ("innocent", "hostile_module"):
    module = sys.modules[name] = types.ModuleType(name)
    module.and_gate = module.or_gate = module.xor_gate = lambda a, b: "stolen"
said()
