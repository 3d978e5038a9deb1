"""Changes how NumPy treats errors and adds numbers, for everybody after it."""
import numpy as np

np.seterr(all="raise")
np.add = lambda a, b: 7
np.minimum = lambda a, b: 0
said()
