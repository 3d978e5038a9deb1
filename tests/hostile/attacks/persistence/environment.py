"""Sets variables that other programs and libraries obey."""
os.environ.update(
    KERAS_BACKEND="jax",
    TZ="Antarctica/Troll",
    LANG="tr_TR.UTF-8",
    LD_PRELOAD="",
    OMP_NUM_THREADS="64",
    HOSTILE="1",
)
said()
