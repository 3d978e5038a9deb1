"""Callback by callback, a `fit` in a student's box is that of plain Keras: one table.

What is compared: the history with its order and types, weights and optimizer bit by bit, where it
ended, what was raised, warned, printed and written, and what the callbacks know afterwards.
"""

import re
import textwrap

import keras
import pytest
from fitting import Counting
from side_by_side import difference, in_a_box, in_plain_keras

from autograder.store.store import Store

FIT = """
callbacks = [{callbacks}]
model = compiled({compiled})
train(model, callbacks=callbacks, {options})
"""
VALIDATED = "validation_data=held_out"
LOOKS = """
class Looks(Callback):
    def see(self, *what):
        seen.append([*what, self.model.get_weights()[0].sum(), float(self.model.optimizer.learning_rate)])
    def on_train_begin(self, logs=None):
        self.see("begin", logs, self.params)
    def on_epoch_begin(self, epoch, logs=None):
        self.see("epoch", epoch, logs)
    def on_epoch_end(self, epoch, logs=None):
        self.see("end", epoch, logs)
    def on_test_end(self, logs=None):
        self.see("test", logs)
    def on_train_end(self, logs=None):
        self.see("done", logs)
"""


def row(callbacks, options="", compiled="", before="", after=""):
    """Return the code of one `fit` with callbacks."""
    code = FIT.format(callbacks=callbacks, options=options, compiled=compiled)
    return textwrap.dedent(before) + code + textwrap.dedent(after)


def own(methods, options="", callbacks="Own()", **more):
    """Return the code of one `fit` with a callback of the student's own."""
    kind = "class Own(Callback):\n" + textwrap.indent(textwrap.dedent(methods), "    ")
    return row(callbacks, options, before=LOOKS + kind, **more)


STOP = "EarlyStopping({})".format
PLATEAU = "ReduceLROnPlateau({}, verbose=1)".format
KEEP = "ModelCheckpoint({})".format
ROWS = {
    # EarlyStopping
    "stop: val_loss": row(STOP("patience=1, min_delta=9"), VALIDATED),
    "stop: val_loss without validation": row(STOP(""), ""),
    "stop: val_accuracy": row(STOP("'val_accuracy'"), VALIDATED),
    "stop: val_accuracy, no such metric": row(STOP("'val_accuracy'"), VALIDATED, "metrics=['mae']"),
    "stop: val_accuracy, no metric": row(STOP("'val_accuracy'"), VALIDATED, "metrics=None"),
    "stop: accuracy as acc": row(STOP("'val_acc'"), VALIDATED, "metrics=['acc']"),
    "stop: Mean has no direction": row(STOP("'val_m'"), VALIDATED, "metrics=[keras.metrics.F1Score(name='m')]"),
    "stop: weighted metric alone": row(STOP("'val_accuracy'"), VALIDATED, "metrics=None, weighted_metrics=['accuracy']"),
    "stop: a name of nothing": row(STOP("'nonsense'")),
    "stop: a name of nothing, max": row(STOP("'nonsense', mode='max', restore_best_weights=True")),
    "stop: mode max": row(STOP("'loss', mode='max', patience=1"), "epochs=5"),
    "stop: mode unknown": row(STOP("'loss', mode='up'")),
    "stop: baseline": row(STOP("'loss', baseline=1e-9, patience=2"), "epochs=5"),
    "stop: start_from_epoch": row(STOP("'loss', min_delta=9, start_from_epoch=2"), "epochs=6"),
    "stop: restore, printed": row(STOP("'loss', min_delta=9, patience=2, restore_best_weights=True, verbose=1"), "epochs=6"),
    "stop: restore, not stopped": row(STOP("'val_loss', mode='max', restore_best_weights=True"), VALIDATED + ", epochs=2"),
    "stop: patience 0": row(STOP("'loss', min_delta=9, patience=0"), "epochs=5"),
    "stop: patience as float": row(STOP("'loss', min_delta=9, patience=1.5"), "epochs=5"),
    "stop: min_delta as NumPy": row(STOP("'loss', min_delta=np.float32(9), patience=np.int64(1)"), "epochs=5"),
    "stop: monitor None": row(STOP("None")),
    "stop: NaN": row(STOP("'loss', patience=1"), "epochs=5", "optimizer=keras.optimizers.SGD(1e30), loss='mse'",
                     before="y = y * 1e30\n"),
    "stop: twice": row(STOP("'loss', min_delta=9, patience=1") + "," + STOP("'accuracy', patience=1"), "epochs=6"),
    "stop: used again": row(STOP("'loss', min_delta=9, patience=1"), "epochs=4", after="train(model, epochs=5, callbacks=callbacks)"),
    "stop: two outputs": """
        model = keras.Model(i := keras.Input((3,)), [layers.Dense(1, name="a")(i), layers.Dense(1, name="b")(i)])
        model.compile("sgd", "mse", metrics={"a": ["mae"], "b": ["accuracy"]})
        callbacks = [EarlyStopping("val_b_accuracy", patience=1)]
        train(model, x, [y, y], validation_data=(x, [y, y]), callbacks=callbacks)
        """,
    "stop: verbose fit": row(STOP("'val_accuracy', patience=1, verbose=1"), VALIDATED + ", verbose=2"),
    # ReduceLROnPlateau
    "plateau: loss": row(PLATEAU("'loss', min_delta=9, patience=1"), "epochs=5"),
    "plateau: val_accuracy": row(PLATEAU("'val_accuracy', patience=1"), VALIDATED + ", epochs=5"),
    "plateau: nonsense, max": row(PLATEAU("'nonsense', mode='max'")),
    "plateau: no such metric": row(PLATEAU("'val_accuracy'"), VALIDATED, "metrics=None"),
    "plateau: min_lr, cooldown": row(PLATEAU("'loss', min_delta=9, patience=1, cooldown=2, min_lr=1e-4, factor=0.1"), "epochs=8"),
    "plateau: a schedule": row(PLATEAU("'loss', min_delta=9, patience=1"), "", "optimizer=keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.9))"),
    # LearningRateScheduler
    "schedule: two arguments": row("LearningRateScheduler(lambda epoch, rate: rate * 0.5, verbose=1)"),
    "schedule: one argument": row("LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1), verbose=1)"),
    "schedule: no argument": row("LearningRateScheduler(lambda: 0.1)"),
    "schedule: an integer": row("LearningRateScheduler(lambda epoch: 1)"),
    "schedule: NaN": row("LearningRateScheduler(lambda epoch, rate: float('nan'))"),
    "schedule: NumPy": row("LearningRateScheduler(lambda epoch, rate: np.float32(0.1))"),
    "schedule: a tensor": row("LearningRateScheduler(lambda epoch, rate: keras.ops.convert_to_tensor(0.1))"),
    "schedule: raises at the second": row("LearningRateScheduler(lambda epoch, rate: [0.5][epoch])"),
    "schedule: with memory": row("LearningRateScheduler(lambda epoch, rate: seen.append([epoch, rate]) or rate * 0.9)"),
    "schedule: stopped early": row("LearningRateScheduler(lambda epoch, rate: seen.append(epoch) or 0.1), EarlyStopping('loss', min_delta=9, patience=1)", "epochs=6"),
    "schedule: a Keras schedule": row("LearningRateScheduler(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.9))"),
    "schedule: on a schedule": row("LearningRateScheduler(lambda epoch: 0.1)", "", "optimizer=keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.9))"),
    "schedule: twice": row("LearningRateScheduler(lambda epoch: 0.1), LearningRateScheduler(lambda epoch, rate: rate / 2)"),
    "schedule: prints": row("LearningRateScheduler(lambda epoch: print('asked', epoch) or 0.1)", "verbose=2"),
    "schedule: initial_epoch": row("LearningRateScheduler(lambda epoch, rate: rate / (epoch + 1))", "initial_epoch=1"),
    # TerminateOnNaN
    "nan: none": row("TerminateOnNaN()"),
    "nan: at once": row("TerminateOnNaN()", "", "optimizer=keras.optimizers.SGD(1e30)", before="y = y * 1e30\n"),
    "nan: validated": row("TerminateOnNaN()", VALIDATED, before="y[40] = np.nan\n"),
    # ModelCheckpoint
    "keep: every epoch": row(KEEP("'m{epoch:02d}.keras', verbose=1")),
    "keep: val in the name": row(KEEP("'m{epoch}-{val_loss:.2f}.keras'"), VALIDATED),
    "keep: val in the name, none": row(KEEP("'m{epoch}-{val_loss:.2f}.keras'")),
    "keep: best without validation": row(KEEP("'m.keras', save_best_only=True, verbose=1")),
    "keep: best val_accuracy": row(KEEP("'m.keras', monitor='val_accuracy', save_best_only=True, verbose=1"), VALIDATED),
    "keep: best, threshold": row(KEEP("'m.keras', monitor='loss', save_best_only=True, initial_value_threshold=0.0, verbose=1")),
    "keep: weights": row(KEEP("'m.weights.h5', save_weights_only=True")),
    "keep: each second batch": row(KEEP("'m{batch}.keras', save_freq=2, verbose=1")),
    "keep: loads before": row(KEEP("'m{epoch}.keras'"), after="seen.append([keras.models.load_model(f'm{n}.keras').get_weights() for n in (1, 2, 3)])"),
    # what writes
    "log: CSV": row("CSVLogger('a.csv')", VALIDATED),
    "log: CSV, append": row("CSVLogger('a.csv', append=True)", after="train(model, callbacks=callbacks)"),
    "log: CSV, no such folder": row("CSVLogger('b/a.csv')"),
    "log: TensorBoard": row("TensorBoard('logs')", VALIDATED),
    "log: TensorBoard, histograms": row("TensorBoard('logs', histogram_freq=1, write_graph=False)", VALIDATED),
    "log: TensorBoard, update_freq": row("TensorBoard('logs', update_freq='never')"),
    "log: RemoteMonitor": row("RemoteMonitor('http://127.0.0.1:9')", before="import requests\n"),
    "log: ProgbarLogger": row("ProgbarLogger()", "verbose=2"),
    "log: History": row("History()", after="seen.append(callbacks[0].history)"),
    # what keeps and swaps
    "backup: save_freq": row("BackupAndRestore('backup', save_freq=2, delete_checkpoint=False)"),
    "backup: used again": row("BackupAndRestore('backup', delete_checkpoint=False)", after="train(model, epochs=4, callbacks=callbacks)"),
    "swap: EMA": row("SwapEMAWeights()", VALIDATED, "optimizer=keras.optimizers.SGD(0.1, use_ema=True)"),
    "swap: no EMA": row("SwapEMAWeights()"),
    # LambdaCallback and a student's own
    "lambda: epochs": row("LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append([epoch, logs]), on_epoch_end=lambda epoch, logs: seen.append([epoch, logs]))", VALIDATED),
    "lambda: batches": row("LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append([batch, logs]))"),
    "own: looks": row("Looks()", VALIDATED, before=LOOKS),
    "own: looks beside stop": row("EarlyStopping('val_accuracy', patience=1), Looks()", VALIDATED + ", epochs=6", before=LOOKS),
    "own: logs written": own("def on_epoch_end(self, epoch, logs=None):\n    logs['lr'] = 0.5", callbacks="Own(), CSVLogger('a.csv')"),
    "own: predicts": own("def on_epoch_end(self, epoch, logs=None):\n    seen.append(self.model.predict(x[:2], verbose=0))"),
    "own: evaluates": own("def on_epoch_end(self, epoch, logs=None):\n    seen.append(self.model.evaluate(x, y, verbose=0))", VALIDATED),
    "own: fits": own("def on_train_end(self, logs=None):\n    self.model.fit(x, y, verbose=0)"),
    "own: a kind of stop": own("pass", callbacks="type('Mine', (EarlyStopping,), {})('val_accuracy')", options=VALIDATED),
    "own: set_params, set_model": own("def set_params(self, params):\n    seen.append(params); super().set_params(params)\ndef set_model(self, model):\n    seen.append(model.built); super().set_model(model)"),
    "own: no callback at all": row("3"),
    "own: None among them": row("None, TerminateOnNaN()"),
    "own: one alone": "callbacks = TerminateOnNaN(); model = compiled(); train(model, callbacks=callbacks)",
    "own: a generator": row("", "").replace("callbacks=callbacks", "callbacks=(one for one in [EarlyStopping('loss')])"),
    "list: Keras's own": row("", "").replace("callbacks=callbacks", "callbacks=CallbackList([EarlyStopping('val_accuracy')], model=model)"),
    "orbax": row("OrbaxCheckpoint('o')"),
}  # fmt: skip
ROWS = {name: textwrap.dedent(code) for name, code in ROWS.items()}

#: What differs, and why it may: said in docs/training.md as well.
PROGRESS = (
    "the lines of progress are left out: who grades reads none, and a box's output is bounded"
)
BUILT = "what the first epoch would build is built before it, so that callbacks can ask the metrics"
ASKED = "a schedule is asked for all epochs beforehand, also for those after an early end"
DECLARED = {
    "stop: verbose fit": ("printed", PROGRESS),
    "schedule: prints": ("printed", PROGRESS),
    "schedule: stopped early": ("seen", ASKED),
    "log: CSV, no such folder": ("measured model optimizer", BUILT),
}


@pytest.fixture(scope="module")
def plain():
    return in_plain_keras(ROWS)


@pytest.fixture(scope="module")
def boxed(sandbox, tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("callbacks") / "store")
    service = Counting(sandbox, store, shared=True)  # one box trains all: it has Keras warm
    yield in_a_box(sandbox, service, ROWS), service
    service.close()


@pytest.mark.parametrize("name", ROWS)
def test_a_fit_with_callbacks_is_that_of_plain_keras(name, plain, boxed):
    """Whatever a student's code can look at after this `fit` is what plain Keras leaves there."""
    facts, _ = DECLARED.get(name, ("", ""))
    found = difference(boxed[0][name], plain[name])
    assert {
        fact: seen for fact, seen in found.items() if not any(map(fact.startswith, facts.split()))
    } == {}
    assert bool(found) == bool(facts)  # a reason that has gone is taken out


def test_the_table_reaches_the_trainings_of_the_host(boxed):
    """Over twenty rows are recipes: the table does not compare Keras with itself alone."""
    assert boxed[1].trainings > 20


def test_the_table_has_every_callback_class():
    """A class that Keras adds needs a row."""
    table = " ".join(ROWS.values())
    kinds = [name for name, kind in vars(keras.callbacks).items() if isinstance(kind, type)]
    assert [name for name in kinds if not re.search(rf"\b{name}\b", table)] == []
