"""Why a call of `fit` is trained where it was asked for."""


class UnsupportedFit(Exception):
    """This `fit` cannot be described as data; it is run where it was asked for."""
