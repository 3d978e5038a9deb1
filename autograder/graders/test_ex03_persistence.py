"""Hidden checks of ex03_persistence. The oracle is NumPy: a network of two layers, and SGD.

All points of a training fit into one batch here, so that each epoch is one step of gradient
descent with momentum over all of them: a recursion of two numbers, computed in `descent`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder import fits
from autograder.checks import (
    array,
    check,
    claim,
    close,
    compiled,
    core_layers,
    either,
    equal,
    number,
    params,
)
from autograder.decode import History
from autograder.descent import descent
from autograder.evidence import Evidence, describe
from autograder.models import Model

RESUMED = ("resume_training", "resume_training.lent")


def _outputs(asked: Mapping[str, Any]) -> np.ndarray:
    first, first_bias, second, second_bias = (one.astype(float) for one in asked["weights"])
    hidden = np.tanh(asked["x"].astype(float) @ first + first_bias)
    outputs: np.ndarray = hidden @ second + second_bias
    return outputs


def _same_network(model: Model, asked: Mapping[str, Any], rule: str, step: str) -> None:
    """Claim that a model is the one that was drawn: it gives the same outputs."""
    width = asked["x"].shape[1]
    equal(model.input_shape, (None, width), f"{rule}, with inputs of shape (None, {width})", step)
    outputs = array(model.predict(asked["x"]), rule)
    close(outputs, _outputs(asked), rule, rtol=1e-3, atol=1e-4, next_step=step)


def _compiled_as(model: Model, asked: Mapping[str, Any], step: str) -> None:
    compiled(model, loss="mean_squared_error", optimizer="SGD", next_step=step)
    settings = model.compiled or {}
    rule = f"The learning rate must stay {asked['learning_rate']:g}"
    rate = number(settings.get("learning_rate"), rule)
    claim(np.isclose(rate, asked["learning_rate"], rtol=1e-3), rule, f"{rate:g}", step)


def _remembers(state: Mapping[str, Any], steps: int, velocity: Sequence[Any], step: str) -> None:
    """Claim the optimizer's state: its steps, and what it keeps of its last step."""
    rule = f"The optimizer must remember that it has made {steps} steps"
    equal(state.get("steps"), steps, rule, step)
    rule = "The optimizer must remember its last step, for each weight"
    kept = state.get("velocity")
    kept = kept if isinstance(kept, list) else []
    equal(len(kept), len(velocity), rule + f": {len(velocity)} arrays", step)
    for has, wanted in zip(kept, velocity, strict=True):
        close(np.ravel(array(has, rule)), np.ravel(wanted), rule, rtol=1e-3, next_step=step)


def _listed(names: Any) -> str:
    found = [str(name) for name in names] if isinstance(names, (list, tuple)) else []
    more = f" and {len(found) - 6} more" if len(found) > 6 else ""
    return (", ".join(found[:6]) + more) or "no file"


def _saved(evidence: Evidence, ending: str) -> Model:
    """Return the model in the file that was asked for."""
    evidence.value(f"save_model.{ending}")  # it came to an end
    facts = fits.facts(evidence.value(f"save_model.{ending}.file"))
    path = facts.get("path")
    claim(
        facts.get("exists") is True,
        f"`save_model(model, {path!r})` must write the file {path}",
        _listed(facts.get("written")),
        "Hand the path on as it is: model.save(path).",
    )
    formats = {"keras": ("zip", "folder"), "h5": ("HDF5",)}[ending]
    claim(
        facts.get("format") in formats,
        f"A .{ending} file must be in the format that Keras writes for .{ending}",
        f"another format: {str(facts.get('format'))[:20]}",
        "Use model.save(path): it chooses the format by the end of the path.",
    )
    error = facts.get("error")
    claim(
        error is None,
        "A saved file must hold the whole model, so that keras.models.load_model can read it",
        str(error),
        "Use model.save(path), which writes architecture, weights and compile settings.",
    )
    return evidence.model(f"save_model.{ending}.model")


@check("save_model", points=1, hint="model.save(path)")
def test_saved_model_predicts_the_same(evidence: Evidence) -> None:
    """The `.keras` file holds the whole model: loaded again, it predicts the same."""
    rule = "The saved model must give the outputs of the model it was saved from"
    step = "Save the model that is given, after nothing else was done to it."
    _same_network(_saved(evidence, "keras"), evidence.inputs["save"], rule, step)


@check("save_model", points=1, hint="model.save(path) keeps the optimizer and its state, too.")
def test_saved_model_can_be_trained_on(evidence: Evidence) -> None:
    """The `.keras` file holds the compile settings and the optimizer's state."""
    asked, step = evidence.inputs["save"], "Save with model.save(path), and nothing left out."
    _compiled_as(_saved(evidence, "keras"), asked, step)
    state = fits.facts(fits.facts(evidence.value("save_model.keras.file")).get("state"))
    _remembers(state, asked["steps"], asked["velocity"], step)


@check("save_model", points=1, hint="The end of the path decides the format: model.save(path).")
def test_h5_is_written_where_asked(evidence: Evidence) -> None:
    """A path that ends in `.h5` gets a file with the whole model, too."""
    rule = "The model in the .h5 file must give the outputs of the model it was saved from"
    step = "Hand the path on as it is: model.save(path) knows both formats."
    _same_network(_saved(evidence, "h5"), evidence.inputs["save"], rule, step)


@check("load_model", points=1, hint="return keras.models.load_model(path)")
def test_loaded_model_predicts_the_same(evidence: Evidence) -> None:
    """The model that comes back gives the outputs of the one that was saved, in both formats."""
    for ending in ("keras", "h5"):
        rule = f"The model from a .{ending} file must give the outputs of the one that was saved"
        model = evidence.model(f"load_model.{ending}")
        step = "Return what keras.models.load_model(path) gives."
        _same_network(model, evidence.inputs["load"], rule, step)


@check("load_model", points=1, hint="load_model compiles by itself: leave `compile` out.")
def test_loaded_model_is_compiled(evidence: Evidence) -> None:
    """The model that comes back is compiled as it was, with the optimizer's state."""
    asked = evidence.inputs["load"]
    step = "Leave load_model its defaults, and do not compile the model again."
    for ending in ("h5", "keras"):
        _compiled_as(evidence.model(f"load_model.{ending}"), asked, step)
    state = fits.facts(evidence.value("load_model.keras.state"))
    _remembers(state, asked["steps"], asked["velocity"], step)


def _flat(model: Model) -> np.ndarray:
    """Return all weights of a model in one row: w and b, if it is a line."""
    return np.concatenate([np.empty(0), *(np.ravel(one) for one in model.weights)])


def _rows(model: Model, asked: Mapping[str, Any]) -> int:
    """Return how many points the last fit of a model learnt from; all if it is not known."""
    learnt = fits.rows(model.fits[-1])[0] if model.fits else 0
    return learnt if 0 < learnt <= len(asked["x"]) else len(asked["x"])


def _trained_as_given(evidence: Evidence, task: str, asked: Mapping[str, Any]) -> None:
    """Claim that the given model was trained as it came, and that its History was returned."""
    answer, epochs = evidence.value(task), asked["epochs"]
    step = "End with `return model.fit(...)`."
    rule = f"`{task}` must return the History that fit returns"
    claim(isinstance(answer, History), rule, describe(answer), step)
    rule = f"With epochs={epochs}, the History must be that of {epochs} epochs"
    equal(len(answer.epoch), epochs, rule, "Hand the argument on: fit(..., epochs=epochs).")
    model = evidence.model(f"{task}.given")
    step = "Call fit of the argument `model`, and build no other one."
    claim(
        model.fits,
        f"`{task}` must train the model that it is given",
        "a model that was never fitted",
        step,
    )
    step = "The model comes compiled: do not call compile again."
    _compiled_as(model, asked, step)
    lines, _ = descent(asked, _rows(model, asked), epochs)
    rule = f"After {epochs} epochs over all points w and b must be where gradient descent leads"
    step = "Call fit once, with x, y and epochs; leave compile, batch_size and the weights alone."
    close(_flat(model), lines[-1], rule, rtol=1e-3, atol=1e-3, next_step=step)


CHECKPOINTS = "train_with_checkpoints"


def _weight_files(evidence: Evidence) -> list[Mapping[str, Any]]:
    evidence.value(CHECKPOINTS)
    files = evidence.value(f"{CHECKPOINTS}.files")
    return [fits.facts(one) for one in files] if isinstance(files, list) else []


@check(CHECKPOINTS, points=1, hint="return model.fit(x, y, epochs=epochs, callbacks=[...])")
def test_checkpoints_train_the_given_model(evidence: Evidence) -> None:
    """`train_with_checkpoints` trains the given model, and returns the History of all epochs."""
    _trained_as_given(evidence, CHECKPOINTS, evidence.inputs["checkpoints"])


@check(
    CHECKPOINTS, points=2, hint="ModelCheckpoint needs {epoch:02d} in the name, and fit needs it."
)
def test_every_epoch_has_a_checkpoint(evidence: Evidence) -> None:
    """The folder holds one file of weights for each epoch, none of them overwritten."""
    epochs = evidence.inputs["checkpoints"]["epochs"]
    files = _weight_files(evidence)
    named = [
        one
        for one in files
        if one.get("inside") is True and str(one.get("name")).endswith(".weights.h5")
    ]
    received = _listed(evidence.value(f"{CHECKPOINTS}.written"))
    if received == "no file":
        step = "Hand the callback to fit: callbacks=[callback]; save_best_only must stay False."
    elif len(named) < max(len(files), 1):
        step = "Write into `folder`, and let the names end in .weights.h5."
    else:
        step = "Let Keras put the epoch into the name, and leave save_freq and save_best_only out."
    rule = f"{epochs} epochs must leave {epochs} files ending in .weights.h5 in the given folder"
    claim(len(named) == epochs, rule, f"{len(named)} there; written: {received}", step)


def _weights_of(file: Mapping[str, Any]) -> np.ndarray:
    rule = f"{file.get('name')} must hold the two weights of the model"
    claim("error" not in file, rule, str(file.get("error")), "Set save_weights_only=True.")
    return array(file.get("weights"), rule, (2,)).astype(float)


def _numbers_in(name: object) -> list[int]:
    stem = str(name).rpartition("/")[2].replace(".h5", "")
    return [int(digits[:6]) for digits in re.findall(r"[0-9]+", stem)]


def _reported(model: Model, epochs: int) -> np.ndarray:
    """Return the loss after each epoch, from 0 on, as Keras told it; NaN where it told none.

    The loss of an epoch of one step is measured before that step: after the epoch before.
    """
    history = fits.facts(model.fits[-1].get("history")) if model.fits else {}
    told = history.get("loss")
    told = told[: epochs + 1] if isinstance(told, list) else []
    losses = np.full(epochs + 1, np.nan)
    losses[: len(told)] = [one if isinstance(one, float) else np.nan for one in told]
    return losses


@check(CHECKPOINTS, points=1, hint="ModelCheckpoint writes after each epoch by itself.")
def test_checkpoints_hold_their_own_epoch(evidence: Evidence) -> None:
    """Each file holds the weights that the model had after the epoch in its name."""
    asked, files = evidence.inputs["checkpoints"], _weight_files(evidence)
    claim(files, "The training must write its weights into files", "no file")
    trained, epochs = evidence.model(f"{CHECKPOINTS}.trained"), asked["epochs"]
    rows = _rows(trained, asked)
    lines, _ = descent(asked, rows, epochs)
    reported, inputs = _reported(trained, epochs), asked["x"][:rows]
    for file in files:
        name, found = file.get("name"), _weights_of(file)
        right = np.isclose(lines, found, rtol=1e-3, atol=1e-3).all(axis=1)
        # A training under other settings leads elsewhere; then the losses that it told decide.
        loss = np.mean((found[0] * inputs + found[1] - asked["y"][:rows]) ** 2)
        right |= np.isclose(reported, loss, rtol=1e-3, atol=1e-5)
        last = _flat(trained)
        right[epochs] |= last.shape == found.shape and np.allclose(last, found, rtol=1e-4)
        received = f"w = {found[0]:.4f}, b = {found[1]:.4f}"
        numbers = [one for one in _numbers_in(name) if one <= epochs]
        if not numbers:  # which names there must be is the other check's
            rule = f"{name} must hold weights that the model had after an epoch"
            claim(right[1:].any(), rule, received)
            continue
        epoch = numbers[0]
        rule = f"{name} must be written after one of the epochs 1 to {epochs}"
        claim(epoch > 0, rule, f"epoch {epoch}", "Count the epochs from 1.")
        claim(
            right[numbers].any(),
            f"{name} must hold the weights after epoch {epoch}: "
            f"w = {lines[epoch][0]:.4f}, b = {lines[epoch][1]:.4f}",
            received,
            "Let ModelCheckpoint write them during the training.",
        )


@check("rebuild_model", points=1, hint="Dense(1) without activation on an input of shape (1,).")
def test_rebuilt_model_is_one_unit(evidence: Evidence) -> None:
    """The rebuilt model is one linear unit with one input: 2 parameters."""
    model = evidence.model("rebuild_model")
    params(model, 2, "Build it anew: one Dense(1) on an input of shape (1,).")
    equal(model.input_shape, (None, 1), "The input must have shape (None, 1)")
    bent = [layer.activation for layer in core_layers(model) if layer.activation != "linear"]
    claim(not bent, "The unit must have no activation", ", ".join(bent))


@check("rebuild_model", points=1, hint="model.load_weights(path), then return model")
def test_rebuilt_model_has_the_weights(evidence: Evidence) -> None:
    """The rebuilt model has the weights of the checkpoint."""
    weights, (weight, bias) = _flat(evidence.model("rebuild_model")), evidence.inputs["rebuild"]
    claim(
        weights.shape == (2,) and np.allclose(weights, (weight, bias), rtol=1e-3, atol=1e-5),
        f"The rebuilt model must have the weights in the file: w = {weight:.4f}, b = {bias:.4f}",
        ", ".join(f"{value:.4f}" for value in weights[:4]) or "no weights",
        "A new model starts with random weights: call model.load_weights(path).",
    )


def _second_part(evidence: Evidence, key: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses of the second part, and those that it must have: as if never broken off."""
    evidence.value(key)
    if not evidence.answered(f"{key}.model"):
        rule = "`resume_training` must return the History that fit returns"
        claim(False, rule, describe(evidence.value(key)), "End with `return model.fit(...)`.")
    asked, history = evidence.inputs["resume"], evidence.value(f"{key}.history")
    rule = "The loaded model must be trained on"
    claim(isinstance(history, History), rule, "a model that was never fitted")
    losses = array(history.history.get("loss", []), rule).astype(float).ravel()
    claim(losses.size > 0, rule, "0 epochs", "fit ends at epoch number `epochs`: epochs=total.")
    losses = losses[: 10 * asked["epochs"]]  # however many there are, they are compared at once
    rows = _rows(evidence.model(f"{key}.model"), asked)
    return losses, descent(asked, rows, losses.size)[1][: losses.size]


@check("resume_training", points=1, hint="model = keras.models.load_model(path)")
def test_loss_goes_on_from_the_saved_weights(evidence: Evidence) -> None:
    """The second part starts at the loss of the saved weights."""

    def judge(key: str) -> None:
        losses, expected = _second_part(evidence, key)
        claim(
            np.isclose(losses[0], expected[0], rtol=1e-3),
            f"The first loss must be that of the saved model, {expected[0]:.4f}",
            f"{losses[0]:.4f}",
            "Train the model that comes from the file, not a new one.",
        )

    either(evidence, RESUMED, judge)


@check("resume_training", points=1, hint="model.fit(x, y, initial_epoch=done, epochs=total)")
def test_epochs_are_counted_on(evidence: Evidence) -> None:
    """The History of the second part is returned, and counts the epochs from `done` to `total`."""
    asked = evidence.inputs["resume"]
    done, total = asked["done"], asked["epochs"]

    def judge(key: str) -> None:
        answer = evidence.value(key)
        rule = "`resume_training` must return the History that fit returns"
        claim(isinstance(answer, History), rule, describe(answer), "Return what fit returns.")
        equal(
            list(answer.epoch),
            list(range(done, total)),
            f"With done={done} and total={total}, history.epoch must go on from {done}",
            "initial_epoch says how many are done, epochs says at which number to end.",
        )

    either(evidence, RESUMED, judge)


@check("resume_training", points=2, hint="Do not compile the loaded model again.")
def test_optimizer_goes_on(evidence: Evidence) -> None:
    """The optimizer goes on with what it remembers: the losses are those of one long training."""
    asked = evidence.inputs["resume"]

    def judge(key: str) -> None:
        losses, expected = _second_part(evidence, key)
        claim(losses.size > 1, "The second part must last over one epoch", f"{losses.size} epoch")
        for place, (has, wanted) in enumerate(zip(losses, expected, strict=True), 1):
            rule = f"Epoch {place} of the second part must have the loss {wanted:.4f}"
            step = "The file holds the optimizer with its last step: compile throws that away."
            if place == 1:
                step = "Load the whole model from the file: weights and optimizer are in it."
            claim(np.isclose(has, wanted, rtol=2e-3, atol=1e-5), rule, f"{has:.4f}", step)
        steps = fits.facts(evidence.value(f"{key}.state")).get("steps")
        rule = f"The optimizer must go on counting its {asked['done']} steps"
        step = "Do not compile the loaded model: that makes a new optimizer."
        equal(steps, asked["done"] + losses.size, rule, step)

    either(evidence, RESUMED, judge)


BOARD = "train_with_tensorboard"


def _series(evidence: Evidence, kind: str) -> list[Mapping[str, Any]]:
    """Return all series of a kind, each with `tag`, `steps` and `inside`: in the folder or not."""
    evidence.value(BOARD)
    events = fits.facts(evidence.value(f"{BOARD}.events"))
    claim(
        events.get("files"),
        "The training must write event files",
        "none",
        "Hand the callback to fit: callbacks=[keras.callbacks.TensorBoard(logdir, ...)].",
    )
    series = events.get("series")
    found = [fits.facts(one) for one in series] if isinstance(series, list) else []
    return [one for one in found if one.get("kind") == kind]


def _lasts(series: Mapping[str, Any], epochs: int) -> bool:
    steps = series.get("steps")
    return isinstance(steps, list) and len({str(step) for step in steps}) == epochs


def _told(series: Sequence[Mapping[str, Any]]) -> str:
    lists = [(one.get("tag"), one.get("steps")) for one in series[:4]]
    return ", ".join(
        f"{str(tag)[:60]} {len(steps) if isinstance(steps, list) else 0} times"
        for tag, steps in lists
    )


@check(BOARD, points=1, hint="return model.fit(x, y, epochs=epochs, callbacks=[...])")
def test_board_trains_the_given_model(evidence: Evidence) -> None:
    """`train_with_tensorboard` trains the given model, and returns the History of all epochs."""
    _trained_as_given(evidence, BOARD, evidence.inputs["board"])


@check(BOARD, points=2, hint="callbacks=[keras.callbacks.TensorBoard(logdir, histogram_freq=1)]")
def test_events_hold_the_loss_of_each_epoch(evidence: Evidence) -> None:
    """The event files in the given folder hold a scalar, the loss, for each epoch."""
    epochs = evidence.inputs["board"]["epochs"]
    scalars = _series(evidence, "scalars")
    losses = [one for one in scalars if "loss" in str(one.get("tag"))]
    rule = f"The event files must hold the loss of {epochs} epochs"
    claim(any(_lasts(one, epochs) for one in losses), rule, _told(losses) or "no loss")
    files = fits.facts(evidence.value(f"{BOARD}.events")).get("files")
    folders = {str(path).rpartition("/")[0] for path in files} if isinstance(files, list) else set()
    claim(
        any(_lasts(one, epochs) and one.get("inside") is True for one in losses),
        "The event files must lie in `logdir`",
        _listed(sorted(folders)),
        "Hand the argument on: TensorBoard(logdir, ...).",
    )


@check(BOARD, points=1, hint="histogram_freq=1: a histogram after every epoch; 0 is the default.")
def test_events_hold_histograms_of_each_epoch(evidence: Evidence) -> None:
    """The event files hold histograms of the kernel and of the bias for each epoch."""
    epochs = evidence.inputs["board"]["epochs"]
    histograms = _series(evidence, "histograms")
    for name in ("kernel", "bias"):
        named = [one for one in histograms if name in str(one.get("tag"))]
        claim(
            any(_lasts(one, epochs) for one in named),
            f"The event files must hold {epochs} histograms of the {name}, one for each epoch",
            _told(named) or "no histogram",
            "Give TensorBoard histogram_freq=1.",
        )
