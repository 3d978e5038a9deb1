"""Replaces random numbers by fixed ones, for everybody who draws some later."""
import random

import numpy as np

random.seed = np.random.seed = lambda *args: None
random.random = np.random.rand = lambda *args: 0.5
said()
