"""Why a call of `fit` is trained where it was asked for."""


class NoRecipe(Exception):
    """This `fit` cannot be told as data; it is run where it was asked for."""
