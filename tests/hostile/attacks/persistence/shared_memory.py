"""Leaves shared memory behind, by file and by key, for an accomplice to find."""
import ctypes

key = ctypes.CDLL(None).shmget(0x40574057, 4096, 0o1666)
try:
    with open("/dev/shm/hostile-left", "w") as file:
        file.write("answers")
except OSError:
    pass
said("a segment" if key >= 0 else "no segment")
