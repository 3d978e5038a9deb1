"""Hidden checks of ex03_persistence. The oracle is NumPy: a network of two layers, and SGD.

All points of a training fit into one batch here, so that each epoch is one step of gradient
descent with momentum over all of them: a recursion of two numbers, computed in `descent`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.judging import (
    Evidence,
    History,
    Model,
    NoEvidence,
    array,
    check,
    claim,
    close,
    compiled,
    core_layers,
    describe,
    either,
    equal,
    number,
    numbers_of,
    params,
    plain_number,
    training,
    unchanged,
)

from . import trainings
from .oracle import descent, outputs

LOADED = {"keras": "load", "h5": "load_other"}
RESUMED = ("resume_training", "resume_training.lent")


def _same_network(model: Model, asked: Mapping[str, Any], rule: str, step: str) -> None:
    """Claim that a model is the one that was drawn: it gives the same outputs."""
    width = asked["x"].shape[1]
    equal(model.input_shape, (None, width), f"{rule}, with inputs of shape (None, {width})", step)
    results = array(model.predict(asked["x"]), rule)
    close(results, outputs(asked), rule, rtol=1e-5, atol=5e-5, next_step=step)


def _compiled_as(model: Model, asked: Mapping[str, Any], step: str) -> None:
    compiled(model, loss="mean_squared_error", optimizer="SGD", next_step=step)
    settings = model.compiled or {}
    rule = f"The learning rate must stay {plain_number(asked['learning_rate'])}"
    rate = number(settings.get("learning_rate"), rule)
    claim(np.isclose(rate, asked["learning_rate"], rtol=1e-3), rule, plain_number(rate), step)


def _ready(model: Model, state: object, asked: Mapping[str, Any], step: str) -> None:
    """Claim that a model can be trained on: it is compiled, and nothing is forgotten or frozen."""
    _compiled_as(model, asked, step)
    trainings.claim_optimizer(training.facts(state), asked, step)
    rule = f"All {model.count_params()} parameters must stay trainable"
    equal(model.trainable_params, model.count_params(), rule, step)


def _listed(names: Any) -> str:
    texts = [str(name) for name in names] if isinstance(names, (list, tuple)) else []
    more = f" and {len(texts) - 6} more" if len(texts) > 6 else ""
    return (", ".join(texts[:6]) + more) or "no file"


def _model_in(evidence: Evidence, key: str) -> Model | None:
    """Return the model under a key; None if there is none."""
    try:
        return evidence.model(key)
    except NoEvidence:
        return None


def _same_weights(weights: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> bool:
    return len(weights) == len(others) and all(
        array.shape == other.shape and np.allclose(array, other, rtol=1e-6, atol=1e-7)
        for array, other in zip(weights, others, strict=True)
    )


def _file_facts(evidence: Evidence, ending: str) -> Mapping[str, Any]:
    evidence.value(f"save_model.{ending}")  # it came to an end
    return training.facts(evidence.value(f"save_model.{ending}.file"))


def _wrote_one(facts: Mapping[str, Any]) -> bool:
    """Say whether the file that was asked for was written, and no other."""
    written = facts.get("written")
    texts = [str(name) for name in written] if isinstance(written, list) else []
    return texts == [facts.get("path")]


def _in_place(facts: Mapping[str, Any]) -> None:
    """Claim that the file that was asked for was written, and no other."""
    path = facts.get("path")
    step = "Hand the path on as it is: model.save(path)."
    rule = f"`save_model(model, {path!r})` must write the file {path}"
    claim(facts.get("exists") is True, rule, _listed(facts.get("written")), step)
    rule = f"`save_model(model, {path!r})` must write this one file and no other"
    claim(_wrote_one(facts), rule, _listed(facts.get("written")), step)


def _saved(evidence: Evidence, ending: str) -> Model:
    """Return the model in the file that was asked for, or in the one that was written instead."""
    facts, key = _file_facts(evidence, ending), f"save_model.{ending}.model"
    claim("read" in facts, "`save_model` must write a file", "no file", "Use model.save(path).")
    read = training.facts(facts["read"])
    # Of a file that lies elsewhere under another name, the end of that name counts.
    ending = str(read.get("name")).rpartition(".")[2]
    claim(
        read.get("format") in {"keras": ("zip", "folder"), "h5": ("HDF5",)}.get(ending, ()),
        f"A .{ending} file must be in the format that Keras writes for .{ending}",
        f"another format: {str(read.get('format'))[:20]}",
        "Use model.save(path): it chooses the format by the end of the path.",
    )
    error = read.get("error")
    claim(
        error is None,
        "A saved file must hold the whole model, so that keras.models.load_model can read it",
        str(error),
        "Use model.save(path), which writes architecture, weights and compile settings.",
    )
    return evidence.model(key)


@check("save_model", points=1, hint="model.save(path)")
def test_saved_model_predicts_the_same(evidence: Evidence) -> None:
    """The `.keras` file is written where it was asked for, and predicts the same once loaded."""
    rule = "The saved model must give the outputs of the model it was saved from"
    step = "Save the model that is given, after nothing else was done to it."
    _in_place(_file_facts(evidence, "keras"))
    _same_network(_saved(evidence, "keras"), evidence.inputs["save"], rule, step)


@check("save_model", points=1, hint="model.save(path) keeps the optimizer and its state, too.")
def test_saved_model_can_be_trained_on(evidence: Evidence) -> None:
    """The `.keras` file holds the compile settings and the optimizer's state."""
    asked, step = evidence.inputs["save"], "Save with model.save(path), and nothing left out."
    model = _saved(evidence, "keras")
    read = training.facts(_file_facts(evidence, "keras").get("read"))
    _ready(model, read.get("state"), asked, step)


@check("save_model", points=1, hint="The end of the path decides the format: model.save(path).")
def test_h5_is_written_where_asked(evidence: Evidence) -> None:
    """A path that ends in `.h5` gets a file with the whole model, too."""
    asked, facts = evidence.inputs["save"], _file_facts(evidence, "h5")
    other = training.facts(evidence.value("save_model.keras.file"))
    if _wrote_one(other):  # else the place is the other check's
        _in_place(facts)
    model = _saved(evidence, "h5")
    twin = _model_in(evidence, "save_model.keras.model")
    step = "Hand the path on as it is: model.save(path) knows both formats."
    rule = "The model in the .h5 file must give the outputs of the model it was saved from"
    # Where both files hold one and the same wrong model, it is the other checks'.
    if twin is None or not _same_weights(model.weights, twin.weights):
        _same_network(model, asked, rule, step)
    if twin is None or model.compiled != twin.compiled:
        _compiled_as(model, asked, step)


@check("load_model", points=1, hint="return keras.models.load_model(path)")
def test_loaded_model_predicts_the_same(evidence: Evidence) -> None:
    """The model that comes back gives the outputs of the one that was saved, in both formats."""
    for ending in ("keras", "h5"):
        rule = f"The model from a .{ending} file must give the outputs of the one that was saved"
        model = evidence.model(f"load_model.{ending}")
        step = "Return what keras.models.load_model(path) gives, of this very path."
        _same_network(model, evidence.inputs[LOADED[ending]], rule, step)


@check("load_model", points=1, hint="load_model compiles by itself: leave `compile` out.")
def test_loaded_model_is_compiled(evidence: Evidence) -> None:
    """The model that comes back is compiled as it was, with the optimizer's state."""
    asked = evidence.inputs["load"]
    step = "Leave load_model its defaults, and do not compile the model again."
    model = evidence.model("load_model.keras")
    _ready(model, evidence.value("load_model.keras.state"), asked, step)
    other = _model_in(evidence, "load_model.h5")
    if other is not None:  # else it is the other check's
        _compiled_as(other, evidence.inputs[LOADED["h5"]], step)


def _flat(model: Model) -> np.ndarray:
    """Return all weights of a model in one row: w and b, if it is a line."""
    return np.concatenate([np.empty(0), *(np.ravel(array) for array in model.weights)])


def _claim_history(answer: object, task: str, losses: np.ndarray) -> History:
    """Claim that an answer is a History with the losses that were told, and return it."""
    rule = f"`{task}` must return the History that fit returns"
    claim(isinstance(answer, History), rule, describe(answer), "End with `return model.fit(...)`.")
    assert isinstance(answer, History)
    rule = "The History must hold the loss of each epoch, as fit told it"
    step = "Return what fit returns, and change nothing in it."
    close(answer.history.get("loss"), losses, rule, rtol=1e-4, next_step=step)
    return answer


def _trained_as_given(evidence: Evidence, task: str, asked: Mapping[str, Any]) -> None:
    """Claim that the given model was trained as it came, and that its History was returned."""
    answer, epochs = evidence.value(task), asked["epochs"]
    rule = f"`{task}` must return the History that fit returns"
    claim(isinstance(answer, History), rule, describe(answer), "End with `return model.fit(...)`.")
    unchanged(evidence, task, ("model", "x", "y", "folder", "epochs"))
    model = evidence.model(f"{task}.given")
    claim(
        model.fits,
        f"`{task}` must train the model that it is given",
        "a model that was never fitted",
        "Call fit of the argument `model`, and build no other one.",
    )
    fits = trainings.fits_of(evidence, task)
    rule = f"With epochs={epochs}, the training must last {epochs} epochs"
    step = "Hand the argument on, to one call of fit: fit(..., epochs=epochs)."
    equal(trainings.epochs_of(fits), epochs, rule, step)
    equal(len(answer.epoch), epochs, f"The History must be that of all {epochs} epochs", step)
    _claim_history(answer, task, trainings.losses_of(fits))
    step = "The model comes compiled and ready: do not call compile again, and set no weights."
    _compiled_as(model, asked, step)
    trainings.claim_optimizer(fits[0].before.facts, asked, step)
    rule = "The training must start from the weights of the model that is given"
    close(fits[0].before.weights, asked["start"], rule, rtol=1e-3, next_step=step)
    trainings.claim_all_points(fits, model.fits, asked)
    lines, _ = descent(asked, epochs)
    rule = f"After {epochs} epochs over all points w and b must be where gradient descent leads"
    step = "Call fit once, with x, y and epochs; leave compile, batch_size and the weights alone."
    close(_flat(model), lines[-1], rule, rtol=5e-5, atol=5e-5, next_step=step)


CHECKPOINTS = "train_with_checkpoints"


def _checkpoint_files(evidence: Evidence) -> tuple[Mapping[str, Any], list[trainings.Fit]]:
    """Return what was found of files, and the trainings that were to write them."""
    evidence.value(CHECKPOINTS)
    fits = trainings.fits_of(evidence, CHECKPOINTS)
    step = "Call model.fit(x, y, epochs=epochs, callbacks=[...])."
    claim(trainings.epochs_of(fits), "A model must be trained with fit", "no training", step)
    return training.facts(evidence.value(f"{CHECKPOINTS}.files")), fits


def _names(facts: Mapping[str, Any]) -> list[str]:
    return [str(training.facts(file).get("name")) for file in _weight_facts(facts)]


def _weight_facts(facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    files = facts.get("weights")
    return [training.facts(file) for file in files] if isinstance(files, list) else []


@check(CHECKPOINTS, points=1, hint="return model.fit(x, y, epochs=epochs, callbacks=[...])")
def test_checkpoints_train_the_given_model(evidence: Evidence) -> None:
    """`train_with_checkpoints` trains the given model, and returns the History of all epochs."""
    _trained_as_given(evidence, CHECKPOINTS, evidence.inputs["checkpoints"])


@check(
    CHECKPOINTS, points=2, hint="ModelCheckpoint needs {epoch:02d} in the name, and fit needs it."
)
def test_every_epoch_has_a_checkpoint(evidence: Evidence) -> None:
    """The folder holds one file of weights for each epoch, under the name that is asked for."""
    facts, fits = _checkpoint_files(evidence)
    epochs, folder = trainings.epochs_of(fits), facts.get("folder")
    names, written = _names(facts), facts.get("written")
    inside = [name for name in names if name.startswith(f"{folder}/")]
    if not written:
        step = "Hand the callback to fit: callbacks=[callback]; save_best_only must stay False."
    elif len(inside) < max(len(names), 1) or not all(map(_of_weights, names)):
        step = "Write into `folder`, and let the names end in .weights.h5."
    elif len(names) == epochs:
        step = "The name is cp-{epoch:02d}.weights.h5, and the epochs count from 1."
    else:
        step = "Let Keras put the epoch into the name, and leave save_freq and save_best_only out."
    numbers = sorted({number for fit in fits for number in fit.numbers})
    # Whoever fits epoch by epoch need not tell Keras the number of the epoch.
    for counted in (numbers, [*range(1, epochs + 1)]):
        wanted = [f"{folder}/cp-{epoch:02d}.weights.h5" for epoch in counted]
        if sorted(names) == wanted:
            return
    rule = (
        f"A training of {epochs} epochs must leave {epochs} files of weights, {wanted[0]} to "
        f"{wanted[-1].rpartition('/')[2]}, and no other ones"
    )
    claim(False, rule, f"{len(names)}; written: {_listed(written)}", step)


def _of_weights(name: str) -> bool:
    return name.endswith(".weights.h5")


def _weights_of(file: Mapping[str, Any]) -> np.ndarray:
    rule = f"{file.get('name')} must hold the two weights of the model"
    claim("error" not in file, rule, str(file.get("error")), "Set save_weights_only=True.")
    return array(file.get("weights"), rule, (2,)).astype(float)


def _numbers_in(name: object) -> list[int]:
    stem = str(name).rpartition("/")[2].replace(".h5", "")
    return [int(digits[:6]) for digits in re.findall(r"[0-9]+", stem)]


@check(CHECKPOINTS, points=1, hint="ModelCheckpoint writes after each epoch by itself.")
def test_checkpoints_hold_their_own_epoch(evidence: Evidence) -> None:
    """Each file holds the weights that the model had after the epoch in its name."""
    facts, fits = _checkpoint_files(evidence)
    files = _weight_facts(facts)
    claim(files, "The training must write its weights into files", "no file")
    lines = trainings.lines_of(fits, evidence.inputs["checkpoints"])
    start = fits[0].before.weights
    numbers = [_numbers_in(file.get("name")) for file in files]
    # Where the names count from 0, the names are wrong, which is the other check's, not the files.
    first = 0 if [0] in numbers else 1
    for file, named in zip(files, numbers, strict=True):
        name, weights = file.get("name"), _weights_of(file)
        received = f"w = {weights[0]:.4f}, b = {weights[1]:.4f}"
        step = "Let ModelCheckpoint write them during the training."
        asked = [number + 1 - first for number in named]
        own = [line for count, (number, line) in enumerate(lines, 1) if {count, number} & {*asked}]
        if not own:  # which names there must be is the other check's
            rule = f"{name} must hold weights that the model had after an epoch"
            right = any(_is_line(line, weights, start) for _, line in lines)
            claim(right, rule, received, step)
            continue
        values = f": w = {own[0][0]:.4f}, b = {own[0][1]:.4f}" if np.isfinite(own[0]).all() else ""
        rule = f"{name} must hold the weights after its epoch{values}"
        claim(any(_is_line(line, weights, start) for line in own), rule, received, step)


def _is_line(line: np.ndarray, weights: np.ndarray, start: np.ndarray) -> bool:
    """Say whether weights are those of a line; of one that is not known, whether not the start."""
    if np.isfinite(line).all():
        return bool(np.allclose(line, weights, rtol=5e-5, atol=5e-5))
    return start.shape != weights.shape or not np.allclose(start, weights, rtol=1e-6, atol=1e-7)


@check("rebuild_model", points=1, hint="Dense(1) without activation on an input of shape (1,).")
def test_rebuilt_model_is_one_unit(evidence: Evidence) -> None:
    """The rebuilt model is one linear unit with one input: 2 parameters."""
    model, step = evidence.model("rebuild_model"), "Build it anew: one Dense(1), and nothing else."
    params(model, 2, "Build it anew: one Dense(1) on an input of shape (1,).")
    equal(model.input_shape, (None, 1), "The input must have shape (None, 1)")
    equal(model.output_shape, (None, 1), "The only output must have shape (None, 1)")
    shown = core_layers(model)
    bent = [layer.activation for layer in shown if layer.activation != "linear"]
    claim(not bent, "The unit must have no activation", " then ".join(bent), step)
    kinds = [layer.class_name for layer in shown]
    rule = "The only layer that computes must be one Dense"
    inside = {"Flatten", "Sequential", "Functional"}  # as long as they change nothing
    claim([kind for kind in kinds if kind not in inside] == ["Dense"], rule, ", ".join(kinds), step)
    x = np.linspace(-3, 3, 7)[:, None]
    rule = "The output of the unit must be w x + b"
    weight, bias = _flat(model).astype(float)
    close(array(model.predict(x), rule), weight * x + bias, rule, rtol=1e-3, atol=1e-4)


@check("rebuild_model", points=1, hint="model.load_weights(path), then return model")
def test_rebuilt_model_has_the_weights(evidence: Evidence) -> None:
    """The rebuilt model has the weights of the checkpoint, and keeps them."""
    weights, (weight, bias) = _flat(evidence.model("rebuild_model")), evidence.inputs["rebuild"][0]
    claim(
        weights.shape == (2,) and np.allclose(weights, (weight, bias), rtol=1e-5, atol=1e-6),
        f"The rebuilt model must have the weights in the file: w = {weight:.4f}, b = {bias:.4f}",
        ", ".join(f"{value:.4f}" for value in weights[:4]) or "no weights",
        "A new model starts with random weights: call model.load_weights(path).",
    )
    weights, expected = _flat(evidence.model("rebuild_model.second")), evidence.inputs["rebuild"][1]
    rule = "Of another file, the rebuilt model must have the weights that are in that file"
    step = "Hand the argument on: model.load_weights(path)."
    close(weights, expected, rule, rtol=1e-5, next_step=step)
    rule = "Each call must build a new model: the one before must keep its own weights"
    step = "Build the model inside of the function."
    again = _flat(evidence.model("rebuild_model.first"))
    close(again, (weight, bias), rule, rtol=1e-5, next_step=step)


def _second_part(evidence: Evidence, key: str) -> list[trainings.Fit]:
    """Return the trainings of the model that was trained on, at least one epoch."""
    evidence.value(key)
    fits = trainings.fits_of(evidence, key)
    step = "Call fit with initial_epoch=done, epochs=total: it ends at epoch number `epochs`."
    claim(trainings.epochs_of(fits), "The loaded model must be trained on", "no epoch", step)
    return fits


@check("resume_training", points=1, hint="model = keras.models.load_model(path)")
def test_loss_goes_on_from_the_saved_weights(evidence: Evidence) -> None:
    """The second part starts with the saved weights."""

    def judge(key: str) -> None:
        fits = _second_part(evidence, key)
        start = evidence.inputs["resume"]["start"]
        rule = "The second part must start with the weights of the saved model"
        step = "Train the model that comes from the file, not a new one."
        close(fits[0].before.weights, start, rule, rtol=1e-5, next_step=step)

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
        step = "initial_epoch says how many are done, epochs says at which number to end."
        fits = trainings.fits_of(evidence, key)
        given = f"With done={done} and total={total}"
        rule = f"{given}, the second part must last {total - done} epochs"
        equal(trainings.epochs_of(fits), total - done, rule, step)
        equal(
            list(answer.epoch),
            list(range(done, total)),
            f"{given}, history.epoch must go on from {done}",
            step,
        )
        _claim_history(answer, "resume_training", trainings.losses_of(fits))

    either(evidence, RESUMED, judge)


@check("resume_training", points=1, hint="Do not compile the loaded model again.")
def test_optimizer_goes_on(evidence: Evidence) -> None:
    """The optimizer goes on with what it remembers of the first part."""

    def judge(key: str) -> None:
        fits, asked = _second_part(evidence, key), evidence.inputs["resume"]
        step = "The file holds the optimizer with its last step: compile throws that away."
        trainings.claim_optimizer(fits[0].before.facts, asked, step)
        trainings.claim_joined(fits)

    either(evidence, RESUMED, judge)


@check("resume_training", points=1, hint="model.fit(x, y, ...), with no other batch_size")
def test_second_part_learns_from_all_points(evidence: Evidence) -> None:
    """The second part goes over all points, in batches of the default size."""

    def judge(key: str) -> None:
        fits = _second_part(evidence, key)
        records = evidence.model(f"{key}.trained").fits
        trainings.claim_all_points(fits, records, evidence.inputs["resume"])
        evidence.value(f"{key}.many")
        many = evidence.model(f"{key}.many.trained")
        trainings.claim_given_points(many.fits, evidence.inputs["many"])
        unchanged(evidence, key, ("path", "x", "y", "done", "total"))

    either(evidence, RESUMED, judge)


BOARD = "train_with_tensorboard"


def _series(evidence: Evidence, kind: str) -> list[Mapping[str, Any]]:
    """Return all series of a kind, each with `tag`, `steps` and `inside`: in the folder or not."""
    evidence.value(BOARD)
    events = training.facts(evidence.value(f"{BOARD}.events"))
    claim(
        events.get("files"),
        "The training must write event files",
        "none",
        "Hand the callback to fit: callbacks=[keras.callbacks.TensorBoard(logdir, ...)].",
    )
    series = events.get("series")
    records = [training.facts(record) for record in series] if isinstance(series, list) else []
    return [record for record in records if record.get("kind") == kind]


def _lasts(series: Mapping[str, Any], epochs: int) -> bool:
    steps = series.get("steps")
    return isinstance(steps, list) and len({str(step) for step in steps}) == epochs


def _counts(series: Sequence[Mapping[str, Any]]) -> str:
    lists = [(record.get("tag"), record.get("steps")) for record in series[:4]]
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
    epochs, expected = _board_epochs(evidence)
    scalars = _series(evidence, "scalars")
    losses = [record for record in scalars if "loss" in str(record.get("tag"))]
    rule = f"The event files must hold the loss of {epochs} epochs"
    full = [record for record in losses if _lasts(record, epochs)]
    claim(full, rule, _counts(losses) or "no loss")
    files = training.facts(evidence.value(f"{BOARD}.events")).get("files")
    folders = {str(path).rpartition("/")[0] for path in files} if isinstance(files, list) else set()
    claim(
        any(record.get("inside") is True for record in full),
        "The event files must lie in `logdir`",
        _listed(sorted(folders)),
        "Hand the argument on: TensorBoard(logdir, ...).",
    )
    values = [numbers_of(record.get("values")) for record in full]
    claim(
        any(
            row is not None
            and row.shape == expected.shape
            and np.allclose(row, expected, rtol=1e-3)
            for row in values
        ),
        "The event files must hold the losses that fit tells",
        "other values",
        "Let the callback TensorBoard write them.",
    )


def _board_epochs(evidence: Evidence) -> tuple[int, np.ndarray]:
    """Return how many epochs were trained, and their losses, shape `(epochs,)`."""
    evidence.value(BOARD)
    losses = trainings.losses_of(trainings.fits_of(evidence, BOARD))
    step = "Call model.fit(x, y, epochs=epochs, callbacks=[...])."
    claim(losses.size, "A model must be trained with fit", "no training", step)
    return losses.size, losses


@check(BOARD, points=1, hint="histogram_freq=1: a histogram after every epoch; 0 is the default.")
def test_events_hold_histograms_of_each_epoch(evidence: Evidence) -> None:
    """The event files hold histograms of the kernel and of the bias for each epoch."""
    epochs, _ = _board_epochs(evidence)
    histograms = _series(evidence, "histograms")
    for name in ("kernel", "bias"):
        named = [record for record in histograms if name in str(record.get("tag"))]
        claim(
            any(_lasts(record, epochs) for record in named),
            f"The event files must hold {epochs} histograms of the {name}, one for each epoch",
            _counts(named) or "no histogram",
            "Give TensorBoard histogram_freq=1.",
        )
