"""Callbacks of the student's own see a training that happened elsewhere, and may change its course."""

import textwrap

import pytest
from fitting import both, same

from autograder.records import Limits

LOOKS = """
seen = []

class Looks(keras.callbacks.Callback):
    def see(self, *what):
        weights = [w.copy() for w in self.model.get_weights()]
        steps = int(self.model.optimizer.iterations)
        seen.append([*what, weights, steps, float(self.model.optimizer.learning_rate)])
    def on_train_begin(self, logs=None):
        self.see("begin", self.params["epochs"], self.params["steps"])
    def on_epoch_begin(self, epoch, logs=None):
        self.see("epoch", epoch)
    def on_test_end(self, logs=None):
        self.see("test", dict(logs))
    def on_epoch_end(self, epoch, logs=None):
        self.see("end", epoch, dict(logs))
    def on_train_end(self, logs=None):
        self.see("done", dict(logs))
"""
FIT = """
def build_perceptron():
    model = compiled(network())
    callbacks = {callbacks}
    history = model.fit(
        x, y, epochs=6, validation_data=(x[:8], y[:8]), callbacks=callbacks, **ORDER)
    return {{
        "seen": seen, "history": dict(history.history), "epoch": list(history.epoch),
        "own": history is model.history, "stopped": bool(model.stop_training),
        "weights": model.get_weights(),
        "optimizer": [np.array(one) for one in model.optimizer.variables],
    }}
"""


def fit(callbacks, extra=""):
    """Return the source of a submission that fits with some callbacks."""
    return LOOKS + textwrap.dedent(extra) + FIT.format(callbacks=callbacks)


STOPS = "keras.callbacks.EarlyStopping('loss', min_delta=9, patience=1, restore_best_weights=True)"
OPTIONS = "add_history=True, model=model, epochs=6, steps=2, verbose=0"
LAMBDA = "lambda epoch, logs: seen.append([epoch, dict(logs), model.get_weights()])"
LISTS = {
    "one alone": ("Looks()", 6),
    "a nested list": ("[[Looks()], (Looks(),)]", 6),
    "beside EarlyStopping": (f"[{STOPS}, Looks()]", 2),
    "Keras's own kind of list": (
        f"keras.callbacks.CallbackList([Looks()], {OPTIONS})",
        6,
    ),
    "a lambda": (
        f"keras.callbacks.LambdaCallback(on_epoch_end={LAMBDA})",
        6,
    ),
}


@pytest.mark.parametrize("way", LISTS)
def test_a_callback_that_looks_on_sees_every_epoch(run, service, way):
    """It is called as by Keras, with the weights, steps, rates and logs of each moment, to the bit."""
    callbacks, epochs = LISTS[way]
    ours, theirs = both(run, fit(callbacks))
    assert service.trainings == 1
    same(ours, theirs)
    assert ours["epoch"] == list(range(epochs))
    assert ours["seen"]


ACTS = {
    "stops the training": (
        3,
        """
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            self.model.stop_training = epoch == 2
        """,
    ),
    "stops before an epoch": (
        3,
        """
        def on_epoch_begin(self, epoch, logs=None):
            super().on_epoch_begin(epoch, logs)
            self.model.stop_training = epoch == 2
        """,
    ),
    "stops before all": (
        1,
        """
        def on_train_begin(self, logs=None):
            super().on_train_begin(logs)
            self.model.stop_training = True
        """,
    ),
    "changes the weights at an end": (
        6,
        """
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            if epoch in (1, 3):
                self.model.set_weights([w * 0.5 for w in self.model.get_weights()])
        """,
    ),
    "changes the weights at a beginning": (
        6,
        """
        def on_epoch_begin(self, epoch, logs=None):
            super().on_epoch_begin(epoch, logs)
            if epoch == 2:
                self.model.set_weights([w * 0.5 for w in self.model.get_weights()])
        """,
    ),
    "changes the weights before all": (
        6,
        """
        def on_train_begin(self, logs=None):
            super().on_train_begin(logs)
            self.model.set_weights([w * 0.5 for w in self.model.get_weights()])
        """,
    ),
    "changes the weights after all": (
        6,
        """
        def on_train_end(self, logs=None):
            super().on_train_end(logs)
            self.model.set_weights([w * 0.5 for w in self.model.get_weights()])
        """,
    ),
    "changes the learning rate, then stops": (
        5,
        """
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            self.model.optimizer.learning_rate = 0.01 / (epoch + 1)
            self.model.stop_training = epoch == 4
        """,
    ),
    "freezes a layer, too late": (
        6,
        """
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            self.model.layers[0].trainable = False
        """,
    ),
    "resets the optimizer": (
        6,
        """
        def on_epoch_begin(self, epoch, logs=None):
            super().on_epoch_begin(epoch, logs)
            if epoch == 4:
                for one in self.model.optimizer.variables[2:]:
                    one.assign(keras.ops.zeros_like(one))
        """,
    ),
    "writes into the logs": (
        6,
        """
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            logs["loss"] = 100.0 - 10 * epoch
        """,
    ),
}


@pytest.mark.parametrize("deed", ACTS)
def test_a_callback_that_acts_changes_the_training(run, service, deed):
    """What it does to the model happens, and the training goes on from there as Keras's own would."""
    epochs, methods = ACTS[deed]
    extra = "class Acts(Looks):" + textwrap.indent(textwrap.dedent(methods), "    ")
    ours, theirs = both(run, fit(f"[Acts(), {STOPS}]" if "logs" in deed else "[Acts()]", extra))
    assert service.trainings == 1
    same(ours, theirs)
    assert ours["epoch"] == list(range(epochs))


MONITORS = {
    "stop": "EarlyStopping(monitor='val_accuracy', patience=1)",
    "stop by training": "EarlyStopping('accuracy', restore_best_weights=True)",
    "keep the best": "ModelCheckpoint('best.keras', monitor='val_accuracy', save_best_only=True)",
    "lower the rate": "ReduceLROnPlateau('val_mae', patience=1)",
}


@pytest.mark.parametrize("callback", MONITORS)
def test_a_metric_tells_which_way_is_better(run, service, callback):
    """Keras's callbacks find the compiled metrics, and the metrics what they measured last."""
    ours, theirs = both(
        run,
        f"""
        def build_perceptron():
            model = compiled(network(), metrics=["accuracy", "mae"])
            history = model.fit(
                x, y, epochs=5, validation_data=(x[:16], y[:16]),
                callbacks=[keras.callbacks.{MONITORS[callback]}], **ORDER)
            measured = model.get_metrics_result()
            return {{
                "weights": model.get_weights(), "history": dict(history.history),
                "measured": {{name: float(value) for name, value in measured.items()}},
            }}
        """,
    )
    assert service.trainings == 1
    same(ours, theirs)


def test_a_schedule_is_asked_once_for_each_epoch(run, service):
    """It is the student's code, and may fill a list: each epoch is asked about as by Keras."""
    ours, theirs = both(
        run,
        """
        def build_perceptron():
            asked = []

            def schedule(epoch, rate):
                asked.append([epoch, rate])
                return rate * 0.9

            model = compiled(network())
            scheduler = keras.callbacks.LearningRateScheduler(schedule)
            model.fit(x, y, epochs=4, callbacks=[scheduler], **ORDER)
            return {"asked": asked, "weights": model.get_weights()}
        """,
    )
    assert service.trainings == 1
    same(ours, theirs)
    assert [epoch for epoch, _ in ours["asked"]] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        "step = model.train_step; model.train_step = lambda data: step(data)",
        "keras.config.set_max_epochs(1)",
        "keras.config.set_epsilon(0.5)",
    ],
    ids=["a step of its own", "fewer epochs", "another epsilon"],
)
def test_what_no_recipe_holds_is_trained_in_the_box(run, service, change):
    """A method replaced in one model, and settings of Keras, decide a training that runs there."""
    ours, theirs = both(
        run,
        f"""
        def build_perceptron():
            model = compiled(network())
            {change}
            history = model.fit(x, y, epochs=2, **ORDER)
            return len(history.epoch), model.get_weights()
        """,
    )
    assert service.trainings == 0
    same(ours, theirs)


def test_a_training_that_breaks_off_is_seen_to_the_end(run, service):
    """Where TerminateOnNaN ends it within an epoch, the callbacks see that epoch as the last one."""
    source = fit("[keras.callbacks.TerminateOnNaN(), Looks()]")
    source = source.replace("compiled(network())", "compiled(network(), optimizer=HUGE)")
    source = source.replace("seen = []", "seen = []\nHUGE = keras.optimizers.SGD(1e20)")
    ours, theirs = both(run, source)
    assert service.trainings == 1
    same(ours, theirs)
    assert ours["stopped"]
    assert len(ours["epoch"]) < 6


def test_a_callback_that_raises_does_so_in_its_epoch(run):
    """The model is left as it was in that epoch, and the error is the student's own."""
    extra = """
    class Raises(Looks):
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            if epoch == 1:
                raise OSError("the disk is full")
    """
    source = fit("[Raises()]", extra).replace("def build_perceptron", "def fitted")
    ours, theirs = both(
        run,
        source
        + textwrap.dedent("""
        def build_perceptron():
            try:
                fitted()
            except OSError as error:
                return str(error), seen
        """),
    )
    same(ours, theirs)
    assert len(ours[1]) == 7


def test_whoever_only_looks_shares_the_training(run, service):
    """Two classes of callbacks, of other names and doings, ask for one training."""
    run(fit("[Looks()]", "keras.utils.set_random_seed(5)"))
    again = fit("[Other()]", "class Other(Looks): pass\nkeras.utils.set_random_seed(5)")
    assert run(again).outcome == "returned"
    assert service.trainings == 1


@pytest.mark.parametrize(
    "hook", ["on_train_batch_end", "on_batch_begin", "on_test_batch_end", "on_test_begin"]
)
def test_a_callback_within_epochs_is_there_for_real(run, service, hook):
    """What would have to see the model between two batches is trained in the box."""
    extra = f"class Within(Looks):\n    def {hook}(self, *_, **__): self.see('within')"
    ours, theirs = both(run, fit("[Within()]", extra))
    assert service.trainings == 0
    same(ours, theirs)


def test_a_callback_that_stops_in_time_is_not_refused_for_its_epochs(run, service):
    """A hundred thousand epochs are over the budget; stopped after two they are none, and run here."""
    extra = """
    class Stops(Looks):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1
    """
    source = fit("[Stops()]", extra).replace("epochs=6", "epochs=100_000")
    answer = run(source, limits=Limits(training_work_giga=1e-4))
    assert answer.outcome == "returned", answer.error
    assert answer.value["epoch"] == [0, 1]
    assert service.trainings == 0


def test_epochs_that_a_callback_may_leave_out_use_up_no_budget(run, service):
    """A watched training is bounded by itself: what it might have taken is not held against others."""
    source = fit("[Looks()]").replace(
        "    return {", "    compiled(network()).fit(x, y, epochs=6, verbose=0)\n    return {"
    )
    answer = run(source, limits=Limits(training_work_giga=1e-5))  # each is 0.8e-5
    assert answer.outcome == "returned", answer.error
    assert service.trainings == 2


def test_event_files_of_every_batch(run, service):
    """A TensorBoard of every batch, or of every third, writes what it would write beside Keras."""
    ours, theirs = both(
        run,
        """
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        from tensorboard.util.tensor_util import make_ndarray

        def build_perceptron():
            found = {}
            for freq in ("batch", 3, "epoch"):
                model = compiled(network())
                board = keras.callbacks.TensorBoard(f"logs/{freq}", update_freq=freq)
                model.fit(x, y, epochs=3, batch_size=8, validation_split=0.25,
                          callbacks=[board], **ORDER)
                for run in ("train", "validation"):
                    place = f"logs/{freq}/{run}"
                    events = EventAccumulator(place, size_guidance={"tensors": 0})
                    events.Reload()
                    for tag in events.Tags()["tensors"]:
                        if tag != "keras":
                            found[f"{place}/{tag}"] = [
                                [one.step, float(make_ndarray(one.tensor_proto))]
                                for one in events.Tensors(tag)]
            return found
        """,
    )
    assert service.trainings == 3
    same(ours, theirs)
    assert len(ours["logs/batch/train/batch_loss"]) == 18
    assert len(ours["logs/3/train/batch_loss"]) == 6
    steps = [step for step, _ in ours["logs/epoch/validation/evaluation_loss_vs_iterations"]]
    assert steps == [6, 12, 18]
