"""Replaces the import system's finders, so that later imports get other code."""
import importlib.abc
import importlib.machinery
import sys


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name in ("innocent", "hostile_found"):
            return importlib.machinery.ModuleSpec(name, self)
        return None

    def exec_module(self, module):
        module.and_gate = module.or_gate = module.xor_gate = lambda a, b: "stolen"


sys.meta_path.insert(0, Finder())
said()
