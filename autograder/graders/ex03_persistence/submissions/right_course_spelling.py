# The spelling of the course text: tf.keras, add, input_dim, os.path; everything printed.
import os

import tensorflow as tf
from tensorflow import keras


def save_model(model, path):
    model.save(path)


def load_model(path):
    model = tf.keras.models.load_model(path)
    model.summary()
    return model


def train_with_checkpoints(model, x, y, folder, epochs=10):
    checkpoint_path = os.path.join(folder, 'cp-{epoch:02d}.weights.h5')
    checkpoint_dir = os.path.dirname(checkpoint_path)
    os.makedirs(checkpoint_dir, exist_ok=True)
    cp_callback = tf.keras.callbacks.ModelCheckpoint(filepath=checkpoint_path,
                                                     save_weights_only=True,
                                                     verbose=1)
    history = model.fit(x, y, epochs=epochs, callbacks=[cp_callback])
    return history


def rebuild_model(path):
    model = tf.keras.Sequential()
    model.add(tf.keras.layers.Dense(units=1, input_dim=1))
    model.load_weights(path)
    return model


def resume_training(path, x, y, done, total):
    model = tf.keras.models.load_model(path)
    history = model.fit(x, y, epochs=total, initial_epoch=done)
    return history


def train_with_tensorboard(model, x, y, logdir, epochs=10):
    tensorboard_callback = tf.keras.callbacks.TensorBoard(logdir, histogram_freq=1)
    history = model.fit(x, y, epochs=epochs, callbacks=[tensorboard_callback])
    return history
