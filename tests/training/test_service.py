"""Training as a service: a `fit` in a student box is trained elsewhere, and nobody can tell."""

import json
import time

import pytest
from fitting import both, same

from autograder.errors import FrameError, ModelError
from autograder.guest.protocol import FIT
from autograder.records import Limits
from autograder.training.recipe import read_recipe
from autograder.values import History

WAYS = {
    "plain": "model.fit(x, y, epochs=3, **ORDER)",
    "positional": "model.fit(x, y, 16, 2, 0, None, 0.25, None, False)",
    "validation": "model.fit(x, y, epochs=2, validation_data=(x[:8], y[:8]), **ORDER)",
    "validation split": "model.fit(x, y, epochs=2, validation_split=0.25, batch_size=10, **ORDER)",
    "float64": "model.fit(x.astype('float64'), y.astype('float64'), epochs=2, **ORDER)",
    "tensors": "model.fit(keras.ops.array(x), keras.ops.array(y), epochs=2, **ORDER)",
    "numpy counts": "model.fit(x, y, epochs=np.int64(2), batch_size=np.int32(8), **ORDER)",
    "sample weights": "model.fit(x, y, sample_weight=np.arange(64) / 64, epochs=2, **ORDER)",
    "class weights": "model.fit(x, y, class_weight={0: 2, 1: 1}, epochs=2, **ORDER)",
    "later epochs": "model.fit(x, y, epochs=5, initial_epoch=3, **ORDER)",
    "steps": "model.fit(x, y, epochs=2, batch_size=8, steps_per_epoch=3, **ORDER)",
    "two fits": "model.fit(x, y, epochs=2, **ORDER); model.fit(x, y, epochs=2, **ORDER)",
    "no epochs": "model.fit(x, y, epochs=0, **ORDER)",
    "early stopping": "model.fit(x, y, epochs=20, callbacks=[keras.callbacks.EarlyStopping("
    "'loss', min_delta=0.02, patience=1, restore_best_weights=True)], **ORDER)",
    "not a number": "model.optimizer.learning_rate = 1e20; model.fit(x, y, epochs=6, callbacks=["
    "keras.callbacks.TerminateOnNaN()], **ORDER)",
    "plateau": "model.fit(x, y, epochs=6, callbacks=keras.callbacks.ReduceLROnPlateau("
    "'loss', patience=1, min_delta=0.1, factor=0.5), **ORDER)",
    "schedule": "model.fit(x, y, epochs=4, callbacks=[keras.callbacks.LearningRateScheduler("
    "lambda epoch, rate: rate * 0.5)], **ORDER)",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_fit_elsewhere_is_the_fit_that_keras_does(run, service, way):
    """Weights, optimizer, History and learning rate are those of Keras's own `fit`, to the bit."""
    ours, theirs = both(
        run,
        f"""
        def build_perceptron():
            model = compiled(network())
            {WAYS[way]}
            history = model.history
            return {{
                "weights": model.get_weights(),
                "optimizer": [np.array(one) for one in model.optimizer.variables],
                "rate": float(model.optimizer.learning_rate),
                "history": dict(history.history), "epoch": list(history.epoch),
                "params": history.params["epochs"], "stopped": model.stop_training,
                "predicted": model.predict(x[:4], verbose=0),
                "evaluated": model.evaluate(x[:8], y[:8], verbose=0),
            }}
        """,
    )
    assert service.trainings == {"two fits": 2, "no epochs": 0}.get(way, 1)
    same(ours, theirs)


def test_checkpoints_and_event_files_of_every_epoch(run, service):
    """ModelCheckpoint and TensorBoard write in the box, with the weights of each epoch."""
    ours, theirs = both(
        run,
        """
        from pathlib import Path
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        def build_perceptron():
            model = compiled(network())
            model.fit(x, y, epochs=3, validation_split=0.25, callbacks=[
                keras.callbacks.ModelCheckpoint("cp-{epoch:02d}-{val_loss:.4f}.keras"),
                keras.callbacks.TensorBoard("logs", histogram_freq=1),
                keras.callbacks.CSVLogger("log.csv")], **ORDER)
            kept = sorted(Path(".").glob("cp-*.keras"))
            first = keras.models.load_model(kept[0])
            found = {}
            for run in ("train", "validation"):
                events = EventAccumulator(f"logs/{run}", size_guidance={"tensors": 0})
                events.Reload()
                found[run] = {tag: [one.step for one in events.Tensors(tag)]
                              for tag in events.Tags()["tensors"] if tag != "keras"}
            return {"files": [path.name for path in kept], "first": first.get_weights(),
                    "first optimizer": [np.array(one) for one in first.optimizer.variables],
                    "events": found, "csv": Path("log.csv").read_text()}
        """,
    )
    assert service.trainings == 1
    same(ours, theirs)
    assert len(ours["files"]) == 3
    assert ours["events"]["train"]["epoch_loss"] == [0, 1, 2]


def test_what_fit_returns_is_a_history(run):
    """The student's code goes on with a real `History`, which is the model's own."""
    answer = run(
        """
        def build_perceptron():
            model = compiled(network())
            history = model.fit(x, y, epochs=2, verbose=0)
            assert history is model.history and history.model is model
            return history
        """
    )
    assert isinstance(answer.value, History)
    assert [len(values) for values in answer.value.history.values()] == [2, 2]


def test_one_recipe_is_trained_once_in_whichever_words(run, service):
    """Names of layers, models and optimizers, and spellings of the same, make no other recipe."""
    metrics = "metrics=['mae'])"
    spellings = (
        f"model = network(); model.compile('adam', 'mse', {metrics}",
        f"model = network(name='a'); model.compile(keras.optimizers.Adam(0.001), 'MSE', {metrics}",
        f"model = network(); model.compile('Adam', keras.losses.mean_squared_error, {metrics}",
        f"keras.optimizers.Adam(); model = network(); model.compile('adam', 'mse', {metrics}",
        f"model = network(); model.compile(keras.optimizers.Adam(name='a'), 'mse', {metrics}",
    )
    stacked = """model = keras.Sequential(name="other")
                model.add(layers.Dense(4, "relu", input_shape=(3,), name="first"))
                model.add(layers.Dense(1))
                model.compile("adam", "mse", metrics=["mae"])"""
    weights = []
    for spelling in (*spellings, stacked):
        answer = run(
            f"""
            def build_perceptron():
                {spelling}
                model.set_weights([np.ones(w.shape) * 0.1 for w in model.get_weights()])
                model.fit(x, y, epochs=2, verbose=0)
                return model.get_weights()
            """
        )
        assert answer.outcome == "returned", answer.error
        weights.append(answer.value)
    assert service.trainings == 1
    for one in weights[1:]:
        same(one, weights[0])


@pytest.mark.parametrize(
    "change",
    [
        ("epochs=2", "epochs=3"),
        ("adam", "sgd"),
        ('"mse"', '"mae"'),
        ("verbose=0", "verbose=0, batch_size=8"),
        ("x, y", "x * 2, y"),
        ("* 0.1", "* 0.2"),
        ("network()", "network(use_bias=False)"),
        ("0)", "0, shuffle=False)"),
        ("0)", "0, validation_split=0.5)"),
    ],
    ids=lambda change: change[1],
)
def test_another_recipe_is_another_training(run, service, change):
    """Whatever decides the outcome decides the recipe."""
    source = """
        def build_perceptron():
            model = network()
            model.compile("adam", "mse")
            model.set_weights([np.ones(w.shape) * 0.1 for w in model.get_weights()])
            model.fit(x, y, epochs=2, verbose=0)
            return model.get_weights()
        """
    run(source)
    assert change[0] in source
    run(source.replace(*change))
    assert service.trainings == 2


@pytest.mark.parametrize(
    "source",
    [
        "layers.Dense(1, activation=lambda t: t), 'mse', x, y",
        "layers.Dense(1), (lambda a, b: keras.ops.mean((a - b) ** 2)), x, y",
        "layers.Dense(1), 'mse', ((x[:8], y[:8]) for _ in range(3)), None",
        "Own(), 'mse', x, y",
    ],
    ids=["own activation", "own loss", "generator", "own layer"],
)
def test_what_is_no_recipe_is_trained_in_the_box(run, service, source):
    """Layers, losses and data of the student's own run for real, under the box's limits."""
    answer = run(
        f"""
        class Own(layers.Layer):
            def build(self, shape):
                self.w = self.add_weight(shape=(shape[-1], 1))
            def call(self, inputs):
                return keras.ops.matmul(inputs, self.w)

        def build_perceptron():
            layer, loss, inputs, targets = {source}
            model = keras.Sequential([keras.Input((3,)), layer])
            model.compile("sgd", loss)
            before = model.get_weights()[0]
            history = model.fit(inputs, targets, epochs=1, verbose=0)
            return float(np.abs(model.get_weights()[0] - before).max()), len(history.epoch)
        """
    )
    assert answer.outcome == "returned", answer.error
    assert answer.value[0] > 0
    assert answer.value[1] == 1
    assert service.trainings == 0


UNDECLARED = {
    "half a patience": "callbacks=[keras.callbacks.EarlyStopping('loss', patience=1.5)]",
    "a number of NumPy's": "callbacks=[keras.callbacks.EarlyStopping('loss', patience=np.int64(3))]",
    "a truth value by number": "callbacks=[keras.callbacks.EarlyStopping("
    "'loss', restore_best_weights=1)]",
    "a batch of millions": "batch_size=2_000_000",
    "a baseline without end": "callbacks=[keras.callbacks.EarlyStopping("
    "'loss', baseline=float('inf'))]",
}


@pytest.mark.parametrize("asked", UNDECLARED.values(), ids=UNDECLARED.keys())
def test_what_no_message_can_say_is_trained_in_the_box(run, service, asked):
    """Arguments that Keras takes and the protocol does not are no forgery: the box trains itself."""
    answer = run(
        f"""
        def build_perceptron():
            model = compiled(network())
            return len(model.fit(x, y, epochs=2, verbose=0, {asked}).epoch)
        """
    )
    assert answer.outcome == "returned", answer.error
    assert answer.value == 2
    assert service.trainings == 0


def test_a_setting_is_one_however_it_is_spelled(run, service):
    """NumPy's floats and whole numbers in place of floats are the same recipe."""
    for factor, delta in (("0.5", "0.0"), ("np.float64(0.5)", "0")):
        answer = run(
            f"""
            def build_perceptron():
                model = compiled(network())
                model.set_weights([np.ones(w.shape) * 0.1 for w in model.get_weights()])
                model.fit(x, y, epochs=2, verbose=0, callbacks=[keras.callbacks.ReduceLROnPlateau(
                    "loss", factor={factor}, min_delta={delta})])
                return 1
            """
        )
        assert answer.outcome == "returned", answer.error
    assert service.trainings == 1


def test_a_callback_of_ones_own_is_called(run, service):
    """A student's own callback runs in the box, with every hook."""
    answer = run(
        """
        class Own(keras.callbacks.Callback):
            batches = 0
            def on_train_batch_end(self, batch, logs=None):
                Own.batches += 1

        def build_perceptron():
            compiled(network()).fit(x, y, epochs=2, callbacks=[Own()], verbose=0)
            return Own.batches
        """
    )
    assert answer.value == 4
    assert service.trainings == 0


def test_keras_says_itself_what_is_wrong(run):
    """A `fit` that cannot be done raises Keras's own error, on the student's own line."""
    answer = run(
        """
        def build_perceptron():
            model = compiled(network(), loss="categorical_crossentropy")
            model.fit(x[:, :2], y, epochs=1, verbose=0)
        """
    )
    assert answer.outcome == "raised"
    assert answer.error.type == "ValueError"
    assert answer.error.source == "model.fit(x[:, :2], y, epochs=1, verbose=0)"


def test_a_training_beyond_the_budget_is_refused(run, service):
    """Whoever asks for too much reads which limit, and what was asked for."""
    answer = run(
        """
        def build_perceptron():
            model = compiled(network())
            model.fit(x, y, epochs=2, verbose=0)
            model.fit(x, y, epochs=1000, verbose=0)
        """,
        limits=Limits(training_work_giga=1e-4),
    )
    assert answer.error.type == "TrainingRefused"
    assert "may add up to 1e+05 epochs" in answer.error.message
    assert "with 1000 epochs, after 2.69e+03 before" in answer.error.message
    assert service.trainings == 1


def test_waiting_for_a_training_costs_no_time(run, service, monkeypatch):
    """A queue before the training is not held against a submission: neither its call nor all."""
    real = service.train_in_box

    def slow(*args):
        time.sleep(4)
        return real(*args)

    monkeypatch.setattr(service, "train_in_box", slow)
    answer = run(
        """
        def build_perceptron():
            compiled(network()).fit(x, y, epochs=1, verbose=0)
            return 1
        """,
        limits=Limits(timeout_s=3.5, call_timeout_s=2.5),
    )
    assert answer.value == 1


def test_a_loop_after_a_training_still_runs_out_of_time(run):
    """The call's own clock goes on after the training."""
    answer = run(
        """
        def build_perceptron():
            compiled(network()).fit(x, y, epochs=1, verbose=0)
            while True:
                pass
        """,
        limits=Limits(call_timeout_s=2.0),
    )
    assert answer.outcome == "timed_out"


def test_arrays_that_were_not_named_are_refused(run, service):
    """A box that sends other data than it named is broken off, and nothing is kept of it."""
    said = run(
        """
        def build_perceptron():
            from autograder.guest.student import fit_capture
            add = fit_capture.Recipe.add
            def lie(self, value):
                place = add(self, value)
                self.arrays[place] = self.arrays[place] + 1
                return place
            fit_capture.Recipe.add = lie
            compiled(network()).fit(x, y, epochs=1, verbose=0)
        """
    )
    assert "the arrays that it named" in said.end.detail
    assert service.trainings == 0


HEADER = {
    "kind": "fit",
    "model": {
        "class_name": "Sequential",
        "config": {
            "name": "sequential",
            "layers": [
                {
                    "class_name": "Dense",
                    "module": "keras.layers",
                    "config": {"name": "a", "units": 5, "use_bias": False},
                }
            ],
            "build_input_shape": [None, 1],
        },
    },
    "compile": {
        "optimizer": {"type": "name", "name": "adam"},
        "loss": {"type": "name", "name": "mse"},
        "loss_weights": None,
        "metrics": None,
        "weighted_metrics": None,
        "steps_per_execution": 1,
        "jit_compile": "auto",
    },
    "fit": {
        "epochs": 1,
        "initial_epoch": 0,
        "validation_split": 0.0,
        "validation_freq": 1,
        "shuffle": True,
        "class_weight": None,
        "batch_size": None,
        "steps_per_epoch": None,
        "validation_steps": None,
        "validation_batch_size": None,
    },
    "data": {"x": {"type": "array", "place": 0}, "y": {"type": "array", "place": 0}},
    "callbacks": [],
    "weights": [],
    "optimizer_state": [],
    "snapshots": False,
    "batches": False,
    "watched": False,
    "refs": [{"sha256": "0" * 64, "dtype": "<f4", "shape": [4, 1]}],
}


def read(header, seed=1, circumstances=None):
    """Return the recipe that a frame's header tells, as the host reads it."""
    return read_recipe(FIT.decode(header), seed, circumstances or {})


def changed(**parts):
    """Return the header above with some parts replaced; a path is written `fit__epochs`."""
    header = json.loads(json.dumps(HEADER))
    for path, value in parts.items():
        *outer, last = path.split("__")
        place = header
        for name in outer:
            place = place[name]
        place[last] = value
    return header


def test_the_header_of_these_tests_is_a_recipe():
    """The control: without a change it is taken, and names make no difference."""
    recipe = read(HEADER)
    assert recipe.work == 1 * 4 * 5  # of the layers, whatever weights are told
    assert recipe.batches == 1
    other = changed(model__config__name="mine")
    assert read(other).key == recipe.key
    assert read(HEADER, 2).key != recipe.key
    assert read(HEADER, 1, {"keras": "4"}).key != recipe.key


def test_what_of_a_header_is_the_students_to_choose():
    """The control: settings, callbacks and pipelines of the known form are recipes too."""
    schedule = {"class": "LearningRateScheduler", "rates": [0.1]}
    for parts in (
        {"compile__loss": OWN},
        {
            "compile__loss": {
                "type": "dict",
                "items": {"a": OWN, "b": {"type": "name", "name": "mae"}},
            }
        },
        {
            "compile__metrics": {
                "type": "list",
                "items": [{"type": "name", "name": "accuracy"}, OWN],
            }
        },
        {"callbacks": [schedule, STOPPING]},
        {"data": {"x": pipeline({"type": "batch", "batch_size": 2, "drop_remainder": False})}},
        {"data": {"x": {"type": "list", "items": [{"type": "array", "place": 0}, None]}}},
    ):
        assert read(changed(**parts)).key != read(HEADER).key


OWN = {"type": "object", "module": "keras.losses", "class_name": "MeanSquaredError", "config": {}}
STOPPING = {
    "class": "EarlyStopping",
    "monitor": "loss",
    "min_delta": 0.0,
    "patience": 0,
    "mode": "auto",
    "baseline": None,
    "restore_best_weights": False,
    "start_from_epoch": 0,
}
ARRAY = {"type": "array", "place": 0}


def pipeline(*steps, place=0):
    """Return a pipeline over an array."""
    slices = {"type": "array", "place": place}
    return {"type": "dataset", "slices": slices, "steps": list(steps)}


def nested(depth):
    """Return data of lists inside lists."""
    return ARRAY if depth == 0 else {"type": "list", "items": [nested(depth - 1)]}


@pytest.mark.parametrize(
    "parts",
    [
        {"fit__epochs": -1},
        {"fit__epochs": 10**9},
        {"fit__epochs": True},
        {"fit__epochs": 1.5},
        {"fit__validation_split": float("inf")},
        {"fit__validation_split": 1.0},
        {"fit__class_weight": [[1]]},
        {"fit__callbacks": []},
        {"data__x": {"type": "array", "place": 1}},
        {"data__x": {"type": "array", "place": -1}},
        {"data__x": {"type": "array", "place": "0"}},
        {"data__x": {"type": "path", "place": "/etc/passwd"}},
        {"data__x": {"place": 0}},
        {"data__z": ARRAY},
        {"data": {"y": ARRAY}},
        {"data__x": nested(4)},
        {"weights": ["0"]},
        {"weights": [1]},
        {"optimizer_state": [1]},
        {"refs": [{"sha256": "../x", "dtype": "<f4", "shape": [4, 1]}]},
        {"refs": [{"sha256": "0" * 64 + "\n", "dtype": "<f4", "shape": [4, 1]}]},
        {"refs": [{"sha256": "0" * 64, "dtype": "|O", "shape": [4, 1]}]},
        {"refs": [{"sha256": "0" * 64, "dtype": "<f4", "shape": [-4, 1]}]},
        {"callbacks": [{"class": "LambdaCallback"}]},
        {"callbacks": [{**STOPPING, "monitor": ["x"]}]},
        {"callbacks": [{**STOPPING, "patience": 0.5}]},
        {"callbacks": [{"class": "LearningRateScheduler", "rates": []}]},
        {"data": {"x": ARRAY, "y": pipeline()}},
        *(
            {"data": {"x": pipeline(step)}}
            for step in (
                {},
                {"type": "map", "count": 1},
                {"type": "repeat", "count": 9},
                {"type": "cache", "filename": "/etc/passwd"},
                {"type": "batch", "batch_size": 10**9, "drop_remainder": False},
                {"type": "batch", "batch_size": True, "drop_remainder": False},
                {"type": "batch", "batch_size": 1},
                {"type": "take", "count": -2},
                {"type": ["take"], "count": 1},
            )
        ),
        {"data": {"x": pipeline(*[{"type": "cache"}] * 21)}},
        {"data": {"x": pipeline(place=1)}},
        {"compile__loss": {**OWN, "class_name": "Lambda"}},
        {"compile__loss": {**OWN, "module": "os"}},
        {"compile__loss": {**OWN, "registered_name": "mine>Loss"}},
        {"compile__loss": {**OWN, "config": {"fn": {"class_name": "Lambda", "module": "keras"}}}},
        {"compile__loss": {**OWN, "config": {"name": "os.system('true')"}}},
        {"compile__loss": {"type": "name", "name": "os.system('true')"}},
        {"compile__metrics": {"type": "list", "items": [{**OWN, "module": "os"}]}},
        {"compile__run_eagerly": True},
        {"model__config__layers": [{"class_name": "Lambda", "config": {}}]},
        {"model__config__build_input_shape": None},
        {"model__config__build_input_shape": [None, 10**6], "fit__epochs": 10**6},
        {"model": None},
        {"key": "0" * 64},
    ],
    ids=lambda parts: " ".join(f"{name}={value}" for name, value in parts.items())[:60],
)
def test_a_forged_recipe_is_none(parts):
    """Whatever is not of the declared form, or means what may not be trained, is not trained."""
    with pytest.raises((ModelError, FrameError)):
        read(changed(**parts))
