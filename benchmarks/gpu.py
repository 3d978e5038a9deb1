"""Time to the threshold of the course's three image networks, on a GPU and on the CPU.

The networks and the preparation of images are the reference solutions' own functions; a training
ends with the first epoch after which the test accuracy reaches what a submission must reach. Only
training is timed, with the compilation that it begins with.

Needs this repository, Keras, NumPy, and any backend of Keras that sees a GPU, such as
`KERAS_BACKEND=jax`. Every training runs in a process of its own, so that the CPU's sees no GPU.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import MagicMock

from _common import REPOSITORY, Table, machine, parser, report, say

from autograder.course.catalog import read_course


class Network(NamedTuple):
    """One of the networks, and how its exercise trains it."""

    title: str
    slug: str
    data: str
    build: str
    loss: str
    batch_size: int
    most_epochs: int


_NETWORKS = (
    Network("MLP", "ex05_mnist_mlp", "mnist", "build_model", "categorical_crossentropy", 128, 20),
    Network(
        "CNN", "ex07_mnist_cnn", "mnist", "build_cnn", "sparse_categorical_crossentropy", 128, 12
    ),
    Network(
        "Fashion CNN", "ex08_fashion_cnn", "fashion_mnist", "build_cnn",
        "categorical_crossentropy", 32, 30,
    ),
)  # fmt: skip
_SEED = 1000
#: What the solutions import and no training needs.
_NOT_NEEDED = ("matplotlib", "matplotlib.pyplot", "sklearn", "sklearn.metrics",
               "sklearn.model_selection")  # fmt: skip
_NO_GPU = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", "HIP_VISIBLE_DEVICES": ""}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    args = _arguments(argv)
    if args.one:
        network = next(one for one in _NETWORKS if one.slug == args.one)
        print(json.dumps(_train(network, args)))
        return 0
    before = machine()
    rows: list[dict[str, Any]] = []
    for network in _NETWORKS[:1] if args.quick else _NETWORKS:
        row: dict[str, Any] = {"network": network.title, "exercise": network.slug}
        for device in ("gpu", "cpu"):
            told = _child(network, args, device)
            say(
                f"{network.title} on {told['device']}: {told['train_s']:.1f} s, "
                f"{told['epochs']} epochs, accuracy {told['accuracy']:.4f} of {told['threshold']}"
            )
            row["gpu" if told["has_gpu"] else "cpu"] = told
            if device == "gpu" and not told["has_gpu"]:
                say(f"{told['backend']} sees no GPU: the CPU alone is measured.")
                break
        rows.append(row)
    report("gpu", args, {"networks": rows}, [_table(rows)], before=before)
    return 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    made = parser("gpu", __doc__)
    made.add_argument(
        "--mnist", type=Path, metavar="FILE.npz", help="as keras.datasets keeps it (the sample)"
    )
    made.add_argument(
        "--fashion-mnist", type=Path, metavar="FILE.npz", help="with the same names (the sample)"
    )
    made.add_argument("--most-epochs", type=int, metavar="N", help="stop earlier (1 if --quick)")
    made.add_argument("--one", help=argparse.SUPPRESS)
    args = made.parse_args(argv)
    if args.quick:
        args.most_epochs = args.most_epochs or 1
    return args


def _child(network: Network, args: argparse.Namespace, device: str) -> dict[str, Any]:
    """Train in a process of its own, which on the CPU sees no GPU, and return what it tells."""
    argv = [sys.executable, str(Path(__file__)), "--one", network.slug]
    for name in ("mnist", "fashion_mnist", "most_epochs"):
        if (value := getattr(args, name)) is not None:
            argv += [f"--{name.replace('_', '-')}", str(value)]
    environment = {**os.environ, **(_NO_GPU if device == "cpu" else {})}
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    ended = subprocess.run(argv, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(argv)} failed, with what is told above.")
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return told


def _gpus(backend: str) -> list[str]:
    """Return the GPUs that Keras's backend sees."""
    if backend == "jax":
        import jax

        return [one.device_kind for one in jax.devices() if one.platform != "cpu"]
    if backend == "torch":
        import torch

        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    if backend == "tensorflow":
        import tensorflow as tf

        return [one.name for one in tf.config.list_physical_devices("GPU")]
    return []


def _train(network: Network, args: argparse.Namespace) -> dict[str, Any]:
    """Train one network until it reaches its threshold, and return how long that took."""
    import keras

    solution = _solution(network.slug)
    path = getattr(args, network.data)
    (x, labels), (x_test, labels_test) = _arrays(network, path)
    x, y = _prepared(solution, network, x, labels)
    x_test, _ = _prepared(solution, network, x_test, labels_test)
    threshold = _threshold(network.slug, "full" if path else "sample")
    keras.utils.set_random_seed(_SEED)
    model = getattr(solution, network.build)()
    model.compile(optimizer="adam", loss=network.loss, metrics=["accuracy"])
    epochs_s: list[float] = []
    accuracy = 0.0
    most = min(network.most_epochs, args.most_epochs or network.most_epochs)
    while accuracy < threshold and len(epochs_s) < most:
        began = time.perf_counter()
        model.fit(x, y, batch_size=network.batch_size, epochs=1, verbose=0)
        epochs_s.append(time.perf_counter() - began)
        answers = model.predict(x_test, batch_size=512, verbose=0).argmax(axis=1)
        accuracy = float((answers == labels_test).mean())
        print(f"epoch {len(epochs_s)}: accuracy {accuracy:.4f}", file=sys.stderr, flush=True)
    backend = keras.backend.backend()
    gpus = _gpus(backend)
    return {
        "backend": f"{backend} {getattr(sys.modules.get(backend), '__version__', '')}",
        "keras": keras.__version__,
        # With another backend nothing may need TensorFlow, or bring it along.
        "tensorflow_imported": "tensorflow" in sys.modules,
        "device": gpus[0] if gpus else "the CPU",
        "has_gpu": bool(gpus),
        "profile": "full" if path else "sample",
        "threshold": threshold,
        "accuracy": accuracy,
        "reached": accuracy >= threshold,
        "epochs": len(epochs_s),
        "train_s": sum(epochs_s),
        "epochs_s": epochs_s,
    }


def _solution(slug: str) -> Any:
    """Return the reference solution as a module, also where its drawing packages are missing."""
    for name in _NOT_NEEDED:
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = MagicMock()
    path = REPOSITORY / "solutions" / slug / f"{slug}.py"
    spec = importlib.util.spec_from_file_location(slug, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _arrays(network: Network, path: Path | None) -> Any:
    """Return the data as `load_data()` does: the file's, or the bundled sample."""
    import numpy as np

    sample = REPOSITORY / "exercises" / "data" / f"{network.data}_sample.npz"
    with np.load(path or sample) as data:
        return (data["x_train"], data["y_train"]), (data["x_test"], data["y_test"])


def _prepared(solution: Any, network: Network, images: Any, labels: Any) -> tuple[Any, Any]:
    if network.slug == "ex08_fashion_cnn":
        both: tuple[Any, Any] = solution.prepare_data(images, labels)
        return both
    x = solution.prepare_images(images)
    one_hot = network.loss == "categorical_crossentropy"
    return x, solution.prepare_labels(labels) if one_hot else labels


def _threshold(slug: str, profile: str) -> float:
    known = read_course(REPOSITORY).folder(slug).calibration()
    return float(known["profiles"][profile]["threshold"])


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    def shown(row: dict[str, Any], device: str) -> str:
        if device not in row:
            return "no GPU" if device == "gpu" else "-"
        told = row[device]
        reached = "" if told["reached"] else ", not reached"
        return f"{told['train_s']:.1f} ({told['epochs']} epochs{reached})"

    def ratio(row: dict[str, Any]) -> str:
        both = [row.get(device) for device in ("cpu", "gpu")]
        if not all(told and told["reached"] for told in both):
            return "-"
        return f"{both[0]['train_s'] / both[1]['train_s']:.1f}"

    first = next(row.get("gpu") or row["cpu"] for row in rows)
    return Table(
        f"Seconds of training to the threshold, Keras {first['keras']}, {first['backend']}",
        ("network", "data", "threshold", "GPU", "CPU", "CPU/GPU"),
        [
            (
                row["network"],
                row["cpu"]["profile"],
                str(row["cpu"]["threshold"]),
                shown(row, "gpu"),
                shown(row, "cpu"),
                ratio(row),
            )
            for row in rows
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
