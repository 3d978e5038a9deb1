"""Visible checks: run `pytest ex01_keras_models` in the folder that holds the exercises."""

import pytest


@pytest.mark.task("dense_parameters")
def test_dense_parameters_counts_weights_and_biases(student):
    """Every unit has a weight for each input, and a bias."""
    import numpy as np

    for inputs, units, count in [(3, 2, 8), (2, 3, 9), (512, 16, 8208)]:
        received = student.dense_parameters(inputs, units)
        try:
            number = np.asarray(received, dtype=float).item()
        except Exception:
            number = None
        assert number == count, (
            f"{units} units on {inputs} inputs have {inputs} · {units} weights and {units} biases: "
            f"{count:,} parameters.\n"
            f"Received: {received!r}.\n"
            "Multiply inputs by units, and add one bias for each unit."
        )


@pytest.mark.task("build_dense")
def test_dense_has_16_units_on_512(student):
    """One Dense layer of 16 units on 512 numbers: 8,208 parameters."""
    import keras

    model = student.build_dense()
    assert isinstance(model, keras.Model), (
        "build_dense returns a Keras model, not a layer.\n"
        f"Received: {type(model).__name__}.\n"
        "Put the layer into a keras.Sequential, and return that."
    )
    assert model.built, (
        "The model must know its input from the start.\n"
        "Received: a model without weights.\n"
        "Make `keras.Input(shape=(512,))` its first entry."
    )
    shapes = (model.input_shape, model.output_shape)
    assert shapes == ((None, 512), (None, 16)), (
        "Input and output have the shapes (None, 512) and (None, 16).\n"
        f"Received: {shapes[0]} and {shapes[1]}.\n"
        "512 belongs to the input, `shape=(512,)`, and 16 to the layer, `Dense(16)`."
    )
    assert model.count_params() == 8208, (
        "Dense(16) on 512 numbers has 8,208 parameters.\n"
        f"Received: {model.count_params():,}.\n"
        "Use one Dense layer, with its biases."
    )


@pytest.mark.task("build_dense")
def test_dense_is_linear(student):
    """The layer gives its weighted sums as they are."""
    import keras
    import numpy as np

    model = student.build_dense()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    shapes = [array.shape for array in arrays]
    assert shapes == [(512, 16), (16,)], (
        "Dense(16) on 512 numbers holds a kernel of shape (512, 16) and 16 biases.\n"
        f"Received: a {type(model).__name__} with arrays of the shapes {shapes}.\n"
        "Return a keras.Sequential of `keras.Input(shape=(512,))` and one Dense layer."
    )
    # The output for -x mirrors that for x, if nothing bends the sums.
    x = np.linspace(-1, 1, 3 * 512).reshape(3, -1).astype("float32")
    model.set_weights([arrays[0], np.zeros_like(arrays[1])])
    there, back = model.predict(x, verbose=0), model.predict(-x, verbose=0)
    assert np.allclose(there, -back, atol=1e-4), (
        "The layer has no activation: its output is the weighted sum itself.\n"
        "Received: outputs that an activation has bent.\n"
        "Leave out `activation`."
    )


@pytest.mark.task("build_sequential")
def test_sequential_has_16_10_20_units(student):
    """The Sequential has layers of 16, 10 and 20 units on 512 numbers."""
    import keras

    model = student.build_sequential()
    assert isinstance(model, keras.Sequential), (
        "build_sequential returns a keras.Sequential.\n"
        f"Received: {type(model).__name__}.\n"
        "Start with `keras.Sequential([...])`, and end with `return model`."
    )
    assert model.built, (
        "The model must know its input from the start.\n"
        "Received: a model without weights.\n"
        "Make `keras.Input(shape=(512,))` its first entry."
    )
    assert model.input_shape == (None, 512), (
        "The input has shape (None, 512): Keras itself puts the batch in front.\n"
        f"Received: {model.input_shape}.\n"
        "Write `keras.Input(shape=(512,))`."
    )
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [8208, 170, 220], (
        "The layers have 8,208, 170 and 220 parameters.\n"
        f"Received: {counts}.\n"
        "Use Dense(16), Dense(10) and Dense(20); the 512 inputs are no layer."
    )


@pytest.mark.task("build_sequential")
def test_sequential_bends_with_relu(student):
    """The first two layers use relu, the last one nothing."""
    import keras
    import numpy as np

    model = student.build_sequential()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    rng = np.random.default_rng(5)
    shapes = [weights.shape for weights in arrays]
    assert shapes == [(512, 16), (16,), (16, 10), (10,), (10, 20), (20,)], (
        "The kernels have the shapes (512, 16), (16, 10) and (10, 20), each with its bias.\n"
        f"Received: {shapes}.\n"
        "Use Dense(16), Dense(10) and Dense(20) on an input of shape (512,)."
    )
    weights = [rng.normal(0, 0.3, shape) for shape in shapes]
    model.set_weights(weights)
    x = rng.normal(0, 1, (5, 512))
    hidden = np.maximum(0, np.maximum(0, x @ weights[0] + weights[1]) @ weights[2] + weights[3])
    outputs = model.predict(x.astype("float32"), verbose=0)
    assert np.allclose(outputs, hidden @ weights[4] + weights[5], atol=1e-3), (
        "The first two layers pass on max(0, z), the last one its sums as they are.\n"
        "Received: outputs of a network with other activations.\n"
        'Give the first two layers `activation="relu"`, and the last one none.'
    )


@pytest.mark.task("build_functional")
def test_functional_has_16_10_20_units(student):
    """The functional model has layers of 16, 10 and 20 units on 512 numbers."""
    import keras

    model = student.build_functional()
    assert isinstance(model, keras.Model) and not isinstance(model, keras.Sequential), (
        "build_functional returns a functional keras.Model, made without Sequential.\n"
        f"Received: {type(model).__name__}.\n"
        "Call the layers one on the other, and return `keras.Model(inputs=inputs, outputs=x)`."
    )
    given = getattr(model, "input_shape", None)  # a class of one's own has none
    assert given == (None, 512), (
        "The input has shape (None, 512): Keras itself puts the batch in front.\n"
        f"Received: {given}.\n"
        "Write `inputs = keras.Input(shape=(512,))`."
    )
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [8208, 170, 220], (
        "The layers have 8,208, 170 and 220 parameters.\n"
        f"Received: {counts}.\n"
        "Call Dense(16) on the inputs, Dense(10) on that, and Dense(20) on that."
    )


@pytest.mark.task("build_functional")
def test_functional_bends_with_relu(student):
    """The first two layers use relu, the last one nothing."""
    import keras
    import numpy as np

    model = student.build_functional()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    rng = np.random.default_rng(6)
    shapes = [weights.shape for weights in arrays]
    assert shapes == [(512, 16), (16,), (16, 10), (10,), (10, 20), (20,)], (
        "The kernels have the shapes (512, 16), (16, 10) and (10, 20), each with its bias.\n"
        f"Received: {shapes}.\n"
        "Call Dense(16), Dense(10) and Dense(20), each on what the one before gave."
    )
    weights = [rng.normal(0, 0.3, shape) for shape in shapes]
    model.set_weights(weights)
    x = rng.normal(0, 1, (5, 512))
    hidden = np.maximum(0, np.maximum(0, x @ weights[0] + weights[1]) @ weights[2] + weights[3])
    outputs = model.predict(x.astype("float32"), verbose=0)
    assert np.allclose(outputs, hidden @ weights[4] + weights[5], atol=1e-3), (
        "The first two layers pass on max(0, z), the last one its sums as they are.\n"
        "Received: outputs of a network with other activations.\n"
        'Give the first two layers `activation="relu"`, and the last one none.'
    )


@pytest.mark.task("build_conv_stack")
def test_conv_stack_shapes_and_parameters(student):
    """Each layer has the output shape and the parameters of the table."""
    import keras

    model = student.build_conv_stack()
    assert isinstance(model, keras.Model) and model.built, (
        "build_conv_stack returns a Keras model that knows its input.\n"
        f"Received: {model!r}.\n"
        "Start with `keras.Input(shape=(250, 250, 3))`, and return the model."
    )
    assert model.input_shape == (None, 250, 250, 3), (
        "The input has shape (None, 250, 250, 3).\n"
        f"Received: {model.input_shape}.\n"
        "Write `keras.Input(shape=(250, 250, 3))`: height, width, channels."
    )
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [2432, 9248], (
        "The two convolutions have 2,432 and 9,248 parameters.\n"
        f"Received: {counts}.\n"
        "Use Conv2D(32, 5, ...) and Conv2D(32, 3, ...): the filters come first, then the window."
    )
    names = ("Conv2D", "MaxPooling2D")
    shapes = [tuple(layer.output.shape) for layer in model.layers if type(layer).__name__ in names]
    table = [(None, 123, 123, 32), (None, 121, 121, 32), (None, 40, 40, 32)]
    steps = [
        "Give the first convolution `strides=2`, and leave out `padding`.",
        "The second convolution has a window of 3, in steps of 1, without padding.",
        "End with MaxPooling2D(3): a window of 3 in steps of 3.",
    ]
    for place, (shape, step) in enumerate(zip(table, steps, strict=True)):
        received = shapes[place] if place < len(shapes) else "no such layer"
        assert received == shape, (
            f"Layer {place + 1} gives the shape {shape}.\nReceived: {received}.\n{step}"
        )


@pytest.mark.task("build_conv_stack")
def test_conv_stack_bends_with_relu(student):
    """Both convolutions pass on max(0, z)."""
    import keras
    import numpy as np

    model = student.build_conv_stack()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    weights = [np.zeros_like(array) for array in arrays]
    assert [array.ndim for array in weights] == [4, 1, 4, 1], (
        "Two convolutions hold two kernels and two biases.\n"
        f"Received: arrays of the shapes {[array.shape for array in weights]}.\n"
        "Use Conv2D(32, 5, ...) and Conv2D(32, 3, ...) on an input of shape (250, 250, 3)."
    )
    blank = np.zeros((1, *model.input_shape[1:]), "float32")
    # First the sums -2 and 1 - 4 * relu(-2), then 0 and -3.
    for place, (bias, weight, next_bias) in enumerate([(-2, -4, 1), (0, 0, -3)]):
        weights[1][:], weights[2][1, 1, 0, :], weights[3][:] = bias, weight, next_bias
        model.set_weights(weights)
        received, expected = float(model.predict(blank, verbose=0).max()), (1, 0)[place]
        assert abs(received - expected) < 1e-4, (
            f"Convolution {place + 1} passes on max(0, z), so that negative sums become 0.\n"
            f"Received: {received:g} at the end where {expected} was due.\n"
            'Give both Conv2D layers `activation="relu"`.'
        )


@pytest.mark.task("build_ticket_model")
def test_ticket_inputs_and_outputs(student):
    """Inputs and outputs have the names, the order and the shapes of the table."""
    import keras

    model = student.build_ticket_model()
    assert isinstance(model, keras.Model) and model.built, (
        "build_ticket_model returns a Keras model.\n"
        f"Received: {model!r}.\n"
        "End with `return keras.Model(inputs=[...], outputs=[...])`."
    )
    # A model among the layers that was never called itself has no output.
    layers = [one for one in model.layers if hasattr(one, "output")]
    # Where they stand in a dict instead of a list, they have no order.
    for end, given, wanted in [
        (
            "inputs",
            getattr(model, "input", None),
            {"title": (None, None), "body": (None, None), "tags": (None, 12)},
        ),
        (
            "outputs",
            getattr(model, "output", None),
            {"priority": (None, 1), "department": (None, 4)},
        ),
    ]:
        tensors = [given]
        if isinstance(given, dict):
            tensors = [given[name] for name in wanted if name in given]
        elif isinstance(given, (list, tuple)):
            tensors = list(given)
        makers = [
            next((one.name for one in layers if one.output is tensor), "?") for tensor in tensors
        ]
        assert makers == list(wanted), (
            f"The {end} are {', '.join(wanted)}, in this order.\n"
            f"Received: {', '.join(makers)}.\n"
            f"Give each its `name=...`, and the model `{end}=[{', '.join(wanted)}]`."
        )
        for name, tensor in zip(wanted, tensors, strict=True):
            assert tuple(tensor.shape) == wanted[name], (
                f"{name} has the shape {wanted[name]}.\n"
                f"Received: {tuple(tensor.shape)}.\n"
                "A text of any length is shape=(None,), 12 tags are shape=(12,); "
                "the outputs are Dense(1) and Dense(4)."
            )


@pytest.mark.task("build_ticket_model")
def test_ticket_layers_have_their_parameters(student):
    """Two tables of words, two LSTM layers, two outputs: 1,392,097 parameters."""
    import keras

    model = student.build_ticket_model()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    kernels = [weights.shape for weights in arrays if weights.ndim == 2]
    tables = [shape for shape in kernels if shape[0] > 1000]
    assert tables == [(10000, 64), (10000, 64)], (
        "Title and body have a table each, 10,000 words of 64 numbers.\n"
        f"Received: tables of the shapes {tables}.\n"
        "Make a layers.Embedding(10000, 64) for the title, and another one for the body."
    )
    masked = [layer.name for layer in model.layers if getattr(layer, "mask_zero", False)]
    assert not masked, (
        "The tables of this model pass over no word.\n"
        f"Received: mask_zero=True in {', '.join(masked)}.\n"
        "Write layers.Embedding(10000, 64), without mask_zero."
    )
    for units in (128, 32):
        assert (64, 4 * units) in kernels, (
            f"An LSTM of {units} units reads the words of one text, 64 numbers each.\n"
            f"Received: no such layer among kernels of the shapes {kernels}.\n"
            f"Call layers.LSTM({units}) on the output of an Embedding."
        )
    for name, units in (("priority", 1), ("department", 4)):
        assert (172, units) in kernels, (
            f"{name} has {units} unit(s) on 128 + 32 + 12 = 172 numbers.\n"
            f"Received: no such layer among kernels of the shapes {kernels}.\n"
            "Concatenate title, body and tags, and call both Dense layers on that."
        )
    table = {"InputLayer", "Embedding", "LSTM", "Concatenate", "Dense"}
    inside = {"Sequential", "Functional", "Activation", "Identity", "Reshape", "Flatten"}
    others = [layer.name for layer in model.layers if type(layer).__name__ not in table | inside]
    assert not others, (
        "The model has the layers of the table, and no others between them.\n"
        f"Received: {', '.join(others)}.\n"
        "Call each layer on what the table says."
    )
    for layer in model.layers:
        if type(layer).__name__ != "LSTM":
            continue
        config, plain = layer.get_config(), type(layer)(layer.units).get_config()
        names = ["activation", "recurrent_activation", "use_bias", "go_backwards", "dropout"]
        changed = [f"{name}={config[name]!r}" for name in names if config[name] != plain[name]]
        assert not changed, (
            "Both LSTM layers are as Keras makes them.\n"
            f"Received: {layer.name} with {', '.join(changed)}.\n"
            f"Write layers.LSTM({layer.units})."
        )
    assert model.count_params() == 1392097, (
        "The model has 1,392,097 parameters.\n"
        f"Received: {model.count_params():,}.\n"
        "Compare each layer of `model.summary()` with the table."
    )


@pytest.mark.task("build_ticket_model")
def test_ticket_title_goes_through_128(student):
    """The title is read by LSTM(128), the body by LSTM(32), each of any length."""
    import keras
    import numpy as np

    model = student.build_ticket_model()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    ids = np.arange(1, 11).reshape(2, 5)
    for units, silenced, reads in [(128, 32, "title"), (32, 128, "body")]:
        # An LSTM with weights of 0 always gives 0: nothing depends on what it reads.
        weights = [array.copy() for array in arrays]
        places = [k for k, array in enumerate(weights) if array.shape == (64, 4 * silenced)]
        assert len(places) == 1, (
            f"One LSTM of {silenced} units reads the words of one text.\n"
            f"Received: {len(places)} layers with a kernel of its shape, (64, {4 * silenced}).\n"
            "Call layers.LSTM(128) on the title's words, and layers.LSTM(32) on the body's."
        )
        blank = [array.copy() for array in weights]
        for place in range(places[0], places[0] + 3):
            blank[place] *= 0
        model.set_weights(blank)
        texts = {"title": ids, "body": ids[:, :4], "tags": np.zeros((2, 12), "float32")}
        changed = {}
        for name in ("title", "body"):
            pair = []
            for shift in (0, 50):
                given = {**texts, name: texts[name] + shift}
                answer = model(given if isinstance(model.input, dict) else list(given.values()))
                parts = list(answer.values()) if isinstance(answer, dict) else answer
                parts = parts if isinstance(parts, (list, tuple)) else [parts]
                pair.append(np.concatenate([np.asarray(part) for part in parts], axis=1))
            changed[name] = bool(np.abs(pair[0] - pair[1]).max() > 1e-6)
        model.set_weights(weights)
        assert changed == {"title": reads == "title", "body": reads == "body"}, (
            f"LSTM({units}) reads the {reads}, and nothing else.\n"
            f"Received: with LSTM({silenced}) silenced, the outputs depend on "
            f"{' and '.join(name for name in changed if changed[name]) or 'neither text'}.\n"
            "Look at which variable you call each layer on."
        )


@pytest.mark.task("build_ticket_model")
def test_ticket_outputs_are_linear(student):
    """Priority and department are plain sums, without activation."""
    import keras
    import numpy as np

    model = student.build_ticket_model()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    weights = [array * 0 for array in arrays]
    biases = {1: np.array([-3.0]), 4: np.array([-1.0, 2.0, 0.0, 4.0])}
    for units, bias in biases.items():
        places = [k for k, array in enumerate(weights) if array.shape == (units,)]
        assert len(places) == 1, (
            f"One Dense layer has {units} unit(s), with a bias.\n"
            f"Received: {len(places)} biases of the shape ({units},).\n"
            "The outputs are Dense(1) and Dense(4)."
        )
        weights[places[0]] = bias
    model.set_weights(weights)
    # All weights are 0, so that each sum is its bias.
    texts = {"title": np.ones((1, 5)), "body": np.ones((1, 4)), "tags": np.ones((1, 12))}
    answer = model(texts if isinstance(model.input, dict) else list(texts.values()))
    parts = list(answer.values()) if isinstance(answer, dict) else answer
    for part in parts if isinstance(parts, (list, tuple)) else [parts]:
        received = np.asarray(part)[0]
        assert np.allclose(received, biases.get(len(received), 0)), (
            "The outputs are plain sums, which may be negative or above 1.\n"
            f"Received: {received.round(3).tolist()} where "
            f"{biases.get(len(received), np.zeros(1)).tolist()} was due.\n"
            "Leave out `activation` in both output layers."
        )


if __name__ == "__main__":  # run as a script, it checks as `pytest` does
    raise SystemExit(pytest.main([__file__]))
