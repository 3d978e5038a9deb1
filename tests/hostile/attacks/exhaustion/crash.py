"""Crashes in compiled code.

shows: ERRORED
"""
import ctypes


def and_gate(a, b):
    ctypes.string_at(0)
