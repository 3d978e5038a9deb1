"""The model box of a submission: its models are rebuilt, counted and run there, each once."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.errors import FrameError, ModelError, NoEvidence, SandboxError
from autograder.guest.protocol import BUILT, PREDICTED
from autograder.guest.protocol.models import Build, Built, Predict, RequestFailed
from autograder.guest.protocol.records import Decoder, M, Message, MessageError, header_of
from autograder.guest.wire import ChannelClosed
from autograder.models.allowlist import validate
from autograder.models.model import Model, digest_of
from autograder.models.sizes import measure
from autograder.records import Limits, Status
from autograder.sandbox.box import Box
from autograder.sandbox.client import Sandbox
from autograder.sandbox.provenance import training_circumstances
from autograder.store.store import Store
from autograder.values import ModelData

_LIMITS = Limits(timeout_s=900, cpu_s=3600, memory_mib=6144, output_kib=64)
_REQUEST_S = 300.0
_ENDING_S = 5.0
_KEPT = Decoder(Built)


def _bound(config: Mapping[str, Any], inputs: Sequence[np.ndarray]) -> None:
    """Refuse a model that its inputs would build, if that were too large."""
    try:
        if measure(config) is None:
            measure(config, [array.shape for array in inputs])
    except ModelError as error:
        raise NoEvidence(Status.ERRORED, str(error)) from error


class ModelServer:
    """The model box of one submission, opened when first needed.

    What it finds out is kept: the same model gives the same facts and the same predictions.

    Args:
        sandbox: Where to fork the box.
        store: Where facts and predictions are kept.
    """

    def __init__(self, sandbox: Sandbox, store: Store) -> None:
        self._sandbox = sandbox
        self._store = store
        self._box: Box | None = None
        self._models: dict[str, Model | NoEvidence] = {}
        self._built: set[str] = set()

    def model(self, key: str, data: ModelData) -> Model:
        """Validate `data` and return it as a model; one answer key is looked at once.

        Raises:
            NoEvidence: With the reason for the student.
        """
        if key not in self._models:
            try:
                self._models[key] = self.describe(data)
            except NoEvidence as unusable:
                self._models[key] = unusable
        model = self._models[key]
        if isinstance(model, NoEvidence):
            raise model
        return model

    def describe(self, data: ModelData) -> Model:
        """Validate `data` and return it as a model.

        Raises:
            NoEvidence: With the reason for the student.
        """
        try:
            config = validate(data)
        except ModelError as error:
            raise NoEvidence(Status.ERRORED, str(error)) from error
        circumstances = training_circumstances(self._sandbox.backend)
        decisive = json.dumps([config, circumstances], sort_keys=True)
        digest = digest_of(decisive, data.weights)
        build = Build(digest, config)
        facts = self._known(digest)
        if facts is None:
            facts = self._build(build, data.weights)
            self._store.put("model", digest, header_of(facts))
        return Model(self, build, data, facts)

    def _known(self, digest: str) -> Built | None:
        """Return the facts of a model that was built before; None where none are kept."""
        entry = self._store.get("model", digest)
        try:
            return None if entry is None else _KEPT.decode(entry[0])
        except MessageError:
            return None  # of another time

    def _build(self, build: Build, weights: Sequence[np.ndarray]) -> Built:
        facts, _ = self._ask(build, BUILT, weights)
        self._built.add(build.id)
        return facts

    def predict(
        self,
        build: Build,
        weights: Sequence[np.ndarray],
        inputs: list[np.ndarray],
        layer: int | None = None,
    ) -> list[np.ndarray]:
        """Return the outputs of the model that `build` makes, or those of its layer `layer`."""
        digest = digest_of(json.dumps([build.id, layer]), inputs)
        entry = self._store.get("prediction", digest)
        if entry is None:
            _bound(build.config, inputs)
            if build.id not in self._built:
                self._build(build, weights)
            _, outputs = self._ask(Predict(build.id, layer), PREDICTED, inputs)
            self._store.put("prediction", digest, {}, outputs)
        else:
            outputs = entry[1]
        if not all(np.isfinite(output).all() for output in outputs):
            raise NoEvidence(
                Status.FAILED,
                "A model's output must be finite numbers. Received: NaN or infinity. "
                "The training diverged: look at the scale of the inputs and the learning rate.",
            )
        return outputs

    def _ask(
        self, request: Message, answers: Decoder[M | RequestFailed], arrays: Sequence[np.ndarray]
    ) -> tuple[M, list[np.ndarray]]:
        if self._box is None:
            self._box = self._sandbox.open_box("model", _LIMITS)
        try:
            self._box.channel.send(request, arrays)
            answer, results = self._box.channel.receive(answers, _REQUEST_S)
        except (TimeoutError, ChannelClosed) as error:
            raise self._lost(timed_out=isinstance(error, TimeoutError)) from error
        except MessageError as error:  # its code is ours, whatever the model is
            self.close()
            raise SandboxError(f"A model box must answer what it was asked. {error}") from error
        except FrameError as error:
            self.close()
            raise NoEvidence(
                Status.OUT_OF_MEMORY, f"The model's output is larger than it may be. {error}"
            ) from error
        if isinstance(answer, RequestFailed):
            raise NoEvidence(
                Status.ERRORED,
                "Keras could not use the model with this input. "
                f"{answer.type}: {answer.message[:600]}",
            )
        return answer, results

    def _lost(self, *, timed_out: bool) -> Exception:
        assert self._box is not None
        facts = self._box.close(0.0 if timed_out else _ENDING_S)
        self.close()
        if facts.why == "memory":
            return NoEvidence(Status.OUT_OF_MEMORY, "The model needs more memory than it may.")
        if facts.signal in (signal.SIGABRT, signal.SIGSEGV):  # where memory ends, TensorFlow aborts
            message = "The model could not be run: it needs too much memory, or crashes TensorFlow."
            return NoEvidence(Status.ERRORED, message)
        if facts.why == "time" or timed_out:
            return NoEvidence(Status.TIMED_OUT, "The model took too long to run.")
        return SandboxError(f"The model box ended unexpectedly: {facts}.")

    def close(self) -> None:
        """End the model box; a model that is asked once more is rebuilt in a fresh one."""
        if self._box is not None:
            self._box.close()
            self._box = None
        self._built.clear()
