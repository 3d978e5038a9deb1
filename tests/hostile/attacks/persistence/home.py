"""Leaves settings in the home folder: of Keras, of Matplotlib, of the shell, of Python."""
home = os.path.expanduser("~")
for name in (".keras/keras.json", ".matplotlib/matplotlibrc", ".bashrc", ".pythonrc"):
    place = os.path.join(home, name)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "w") as file:
        file.write('{"backend": "jax", "floatx": "float16"}')
said()
