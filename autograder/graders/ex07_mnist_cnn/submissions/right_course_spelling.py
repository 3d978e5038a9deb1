# The spelling of the course text: keras out of tensorflow, add, input_shape, expand_dims.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import confusion_matrix
from tensorflow import keras
from tensorflow.keras import layers, models
from tensorflow.keras.utils import to_categorical


def prepare_images(images):
    return np.expand_dims(images.astype("float32"), -1) / 255


def split_data(x, y, held_out):
    x_train = x[: len(x) - held_out]
    y_train = y[: len(y) - held_out]
    x_valid = x[len(x) - held_out :]
    y_valid = y[len(y) - held_out :]
    return x_train, y_train, x_valid, y_valid


def build_cnn():
    model = models.Sequential()
    model.add(layers.Conv2D(64, kernel_size=(3, 3), activation="relu", input_shape=[28, 28, 1]))
    model.add(layers.MaxPooling2D(pool_size=2))
    model.add(layers.Conv2D(128, (3, 3), activation="relu"))
    model.add(layers.MaxPooling2D(pool_size=2))
    model.add(layers.Flatten())
    model.add(layers.Dense(units=128, activation="relu"))
    model.add(layers.Dense(units=64, activation="relu"))
    model.add(layers.Dense(units=10, activation="softmax"))
    return model


def train(model, x_train, y_train, x_val, y_val):
    Y_train = to_categorical(y_train)
    Y_valid = to_categorical(y_val)
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    history = model.fit(
        x_train, Y_train, batch_size=128, epochs=4, validation_data=(x_val, Y_valid)
    )
    return history


def feature_maps(model, images):
    first = models.Model(inputs=model.inputs, outputs=model.layers[0].output)
    second = models.Model(inputs=model.inputs, outputs=model.layers[2].output)
    return [first.predict(images), second.predict(images)]


def confusion(labels, predicted):
    return confusion_matrix(labels, predicted, labels=list(range(10)))


def per_class_recall(matrix):
    recalls = []
    for digit in range(10):
        recalls.append(matrix[digit][digit] / sum(matrix[digit]))
    return recalls


def most_confused(matrix):
    most = -1
    for true in range(10):
        for predicted in range(10):
            if true != predicted and matrix[true, predicted] > most:
                most = matrix[true, predicted]
                pair = (true, predicted)
    return pair


def plot_misclassified(images, labels, predicted):
    for i in range(len(labels)):
        if labels[i] != predicted[i]:
            plt.imshow(images[i])
            plt.title("True: {}, Predicted: {}".format(labels[i], predicted[i]))
            return plt.gcf()


def count_parameters(layers, input_shape):
    height, width, channels = input_shape
    params = []
    flat = None
    for name, n in layers:
        if name == 'conv':
            params.append((3 * 3 * channels + 1) * n)
            channels = n
        if name == 'pool':
            params.append(0)
            height = height // n
            width = width // n
        if name == 'dense':
            if flat is None:
                flat = height * width * channels
            params.append((flat + 1) * n)
            flat = n
    return params


def draw_kernels(model):
    for layer in model.layers:
        if 'conv2d' in layer.name:
            break
    w, b = layer.get_weights()
    m = np.abs(w).max()
    fig, ax = plt.subplots(int(np.ceil(len(b) / 6)), 6)
    ax = ax.reshape(-1)
    for i in range(len(b)):
        ax[i].imshow(w[:, :, 0, i], cmap='RdBu', vmin=-m, vmax=m)
    for i in range(len(ax)):
        ax[i].axis('off')
    return fig
