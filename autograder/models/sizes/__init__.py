"""How large a model is that a config describes, worked out without building it."""

from autograder.models.sizes.bounds import MAX_CALLS, MAX_NUMBERS, MAX_PARAMETERS, MAX_STEPS
from autograder.models.sizes.models import Measured, measure

__all__ = ["MAX_CALLS", "MAX_NUMBERS", "MAX_PARAMETERS", "MAX_STEPS", "Measured", "measure"]
