"""Arrays as authors have them: a table of numbers in a CSV file, or pictures in a folder.

Where the catalog gives an array no IDX file, the folder of a full set holds `<array>.csv`, or a
folder `<array>/` of PNG or JPEG files, one a row, in the order of their names.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from autograder.datasets.spec import ArraySpec
from autograder.errors import DataError

_PICTURES = (".png", ".jpg", ".jpeg")
#: More than a number is written with, its comma included.
_NUMBER_BYTES = 40
#: A header, and the ends of the lines.
_SLACK_BYTES = 2**16


def read(folder: Path, array: ArraySpec) -> npt.NDArray[Any]:
    """Return an array of the folder of a full set; its shape is checked elsewhere.

    Raises:
        FileNotFoundError: Neither the file nor the folder is there.
        DataError: A file is larger than the catalog's shape, or holds something else.
    """
    pictures = folder / array.name
    if pictures.is_dir():
        return _pictures(pictures, array)
    return _table(folder / f"{array.name}.csv", array)


def _table(path: Path, array: ArraySpec) -> npt.NDArray[Any]:
    """Return the numbers of a CSV file, with commas; a first line of names is left out."""
    most = int(np.prod(array.shape)) * _NUMBER_BYTES + _SLACK_BYTES
    if path.stat().st_size > most:
        raise DataError(f"{path.name} of {path.stat().st_size} bytes: too large.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.reader(file) if line]
    if lines and not _is_number(lines[0][0]):
        del lines[0]
    try:
        values = np.array(lines, dtype=array.dtype)
    except (ValueError, OverflowError) as error:
        raise DataError(f"{path.name} must hold numbers of type {array.dtype}: {error}.") from None
    return values.reshape(len(lines), *array.shape[1:])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _pictures(folder: Path, array: ArraySpec) -> npt.NDArray[Any]:
    """Return pictures of shape `(rows, height, width)`, grey, or `(rows, height, width, 3)`."""
    from PIL import Image

    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
    if len(paths) > array.shape[0]:
        raise DataError(f"{folder.name}/ holds {len(paths)} pictures: more than {array.shape[0]}.")
    rows = np.empty((len(paths), *array.shape[1:]), dtype=array.dtype)
    mode = "RGB" if array.shape[3:] == (3,) else "L"
    for row, path in zip(rows, paths, strict=True):
        with Image.open(path) as picture:
            if picture.size != array.shape[2:0:-1]:  # looked at before it is unpacked
                raise DataError(
                    f"{folder.name}/{path.name} of {picture.height} by {picture.width} pixels: "
                    f"not {' by '.join(map(str, array.shape[1:3]))}."
                )
            row[...] = np.asarray(picture.convert(mode))
    return rows
