# The layers have no biases.
from tensorflow import keras
from tensorflow.keras import layers, models

num_tags = 12  # Number of unique issue tags
num_words = 10000  # Size of the vocabulary
num_departments = 4  # Number of departments for predictions


def dense_parameters(inputs, units):
    weights = inputs * units
    biases = units
    return weights + biases


def build_dense():
    model = models.Sequential()
    layer = layers.Dense(16, use_bias=False, input_shape=(512,))
    model.add(layer)
    return model


def build_sequential():
    model = models.Sequential()
    model.add(layers.Dense(16, activation="relu", input_shape=(512,)))
    model.add(layers.Dense(10, activation="relu"))
    model.add(layers.Dense(20, use_bias=False))
    return model


def build_functional():
    inputs = keras.Input(shape=(512,))
    dense = layers.Dense(16, activation="relu")
    x = dense(inputs)
    x = layers.Dense(10, activation="relu")(x)
    outputs = layers.Dense(20, use_bias=False)(x)
    model = keras.Model(inputs=inputs, outputs=outputs, name="mnist_model")
    return model


def build_conv_stack():
    model = keras.Sequential()
    model.add(keras.Input(shape=(250, 250, 3)))  # 250x250 RGB images
    model.add(layers.Conv2D(32, 5, strides=2, activation="relu"))
    model.add(layers.Conv2D(32, 3, use_bias=False, activation="relu"))
    model.add(layers.MaxPooling2D(3))
    return model


def build_ticket_model():
    title_input = keras.Input(shape=(None,), name="title")
    body_input = keras.Input(shape=(None,), name="body")
    tags_input = keras.Input(shape=(num_tags,), name="tags")
    title_features = layers.Embedding(num_words, 64)(title_input)
    body_features = layers.Embedding(num_words, 64)(body_input)
    title_features = layers.LSTM(128)(title_features)
    body_features = layers.LSTM(32)(body_features)
    x = layers.concatenate([title_features, body_features, tags_input])
    priority_pred = layers.Dense(1, name="priority")(x)
    department_pred = layers.Dense(num_departments, use_bias=False, name="department")(x)
    model = keras.Model(
        inputs=[title_input, body_input, tags_input],
        outputs=[priority_pred, department_pred],
    )
    model.summary()
    return model
