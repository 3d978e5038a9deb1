# The spelling of the course text: tf.keras, add, input_dim, a loop for the noise, pyplot throughout.
import tensorflow as tf
import numpy as np
import matplotlib.pyplot as plt

np.random.seed(0)


def make_data(seed=0):
    np.random.seed(seed)
    x = np.random.uniform(low=-2, high=2, size=200)
    y = []
    for t in x:
        r = np.random.normal(loc=0.0, scale=(0.5 + t*t/3), size=None)
        y.append(r)
    return x, 1.726*x -0.84 + np.array(y)


def split_data(x, y):
    x_train, y_train = x[:150], y[:150]
    x_test, y_test = x[150:], y[150:]
    return x_train, y_train, x_test, y_test


def build_model():
    model = tf.keras.Sequential()
    model.add(tf.keras.layers.Dense(units=1, input_dim=1))
    model.summary()
    return model


def train(model, x_train, y_train, epochs=300):
    model.compile(optimizer='sgd', loss='mse', metrics=['accuracy'])
    history = model.fit(x_train, y_train, epochs=epochs, validation_split=0.3)
    return history


def plot_loss(history):
    epochs = np.arange(1, len(history.history['loss'])+1)
    plt.plot(epochs, history.history['loss'], label='Training loss')
    plt.plot(epochs, history.history['val_loss'], label='Validation loss')
    plt.xlabel('Epochs')
    plt.ylabel('Loss')
    plt.legend()
    ax = plt.gca()
    plt.show()
    return ax


def plot_fit(model, x, y):
    x_arr = np.arange(-2, 2, 0.1)
    y_arr = model.predict(x_arr)

    plt.figure()
    plt.plot(x, y, 'bo')
    plt.plot(x_arr, y_arr, '-r', lw=3)
    ax = plt.gca()
    plt.show()
    return ax
