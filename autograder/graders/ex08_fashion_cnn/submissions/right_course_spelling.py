# The spelling of the course text: keras out of tensorflow, a list of layers, input_shape, MaxPool2D.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras.callbacks import EarlyStopping, TensorBoard
from tensorflow.keras.layers import Conv2D, Dense, Flatten, MaxPool2D
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import to_categorical

class_names = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat',
               'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot']


def prepare_data(images, labels):
    x = np.reshape(images / 255, (-1, 28, 28, 1)).astype('float32')
    return x, to_categorical(labels, 10)


def split_data(x, y):
    x_train, x_val, y_train, y_val = train_test_split(x, y, test_size = 0.3, random_state = 777)
    return x_train, x_val, y_train, y_val


def build_cnn():
    model = Sequential([
        Conv2D(filters = 16, kernel_size = 3, strides = (1,1), padding = 'same', activation = 'relu',
               input_shape = (28, 28, 1)),
        MaxPool2D(pool_size = (2, 2), strides = 2, padding = 'same'),
        Conv2D(filters = 32, kernel_size = 3, strides = (1,1), padding = 'same', activation = 'relu'),
        MaxPool2D(pool_size = (2,2), strides = 2, padding = 'same'),
        Conv2D(filters = 64, kernel_size = 3, strides = (1,1), padding = 'same', activation = 'relu'),
        MaxPool2D(pool_size = (2,2), strides = 2, padding = 'same'),
        Flatten(),
        Dense(64, activation = 'relu'),
        Dense(10, activation = 'softmax')
    ])
    return model


def plot_architecture(model):
    plt.figure(figsize = (5, 10))
    for i, layer in enumerate(model.layers):
        plt.text(0, -i, layer.name + ' ' + str(layer.output.shape),
                 bbox = dict(boxstyle = 'round', facecolor = 'lightblue'))
    plt.ylim(-len(model.layers), 1)
    plt.axis('off')


def train(model, x_train, y_train, x_val, y_val, epochs = 30, log_folder = 'logs/fashion'):
    model.compile(optimizer = 'adam', loss = 'categorical_crossentropy', metrics = ['acc'])
    stop = EarlyStopping(patience = 3, restore_best_weights = True)
    board = TensorBoard(log_folder, histogram_freq = 1)
    return model.fit(x_train, y_train, epochs = epochs, batch_size = 32,
                     validation_data = (x_val, y_val), callbacks = [stop, board])


def class_report(labels, predicted):
    return classification_report(labels, predicted, labels = np.arange(10),
                                 target_names = class_names, output_dict = True)


def plot_confusion(labels, predicted):
    matrix = confusion_matrix(labels, predicted, labels = np.arange(10))
    plt.figure(figsize = (8, 8))
    plt.imshow(matrix, cmap = 'Blues')
    plt.colorbar()
    plt.xticks(np.arange(10), class_names, rotation = 45)
    plt.yticks(np.arange(10), class_names)
    for i in range(10):
        for j in range(10):
            plt.text(j, i, format(matrix[i, j], 'd'), horizontalalignment = 'center')
    plt.xlabel('Predicted label')
    plt.ylabel('True label')
    plt.show()
