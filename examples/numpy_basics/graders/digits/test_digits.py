"""Hidden checks of digits."""

from __future__ import annotations

import numpy as np

from autograder.judging import Evidence, Metric, array, check, claim, close, reaches_threshold

MEASURED_TASK = "predict_digits"
METRIC = Metric("error rate", higher_is_better=False, unit="%", decimals=1)


def _read(evidence: Evidence) -> np.ndarray:
    """Return what was read in the held-back pictures."""
    pictures = len(evidence.data["digits"].y_test)
    rule = f"There must be a digit for each of the {pictures} new pictures"
    return array(evidence.value("predict_digits"), rule, (pictures,))


def measure(evidence: Evidence) -> float:
    """Return how many of 100 held-back digits are read wrongly; no box has ever held them."""
    return 100 * float((_read(evidence) != evidence.data["digits"].y_test).mean())


@check("predict_digits", points=1, hint="End with `return classifier.predict(...)`.")
def test_predict_digits_answers_with_digits(evidence: Evidence) -> None:
    """There is one of the ten digits for each new picture."""
    foreign = sorted({*_read(evidence).tolist()} - {*range(10)})
    claim(not foreign, "Digits are whole numbers from 0 to 9", ", ".join(map(str, foreign[:5])))


@check("predict_digits", points=3, hint="Fit on x_train and y_train; predict x_new, in its order.")
def test_predict_digits_reads_unseen_pictures(evidence: Evidence) -> None:
    """Hardly more digits are misread than by a nearest-neighbours classifier."""
    reaches_threshold(
        evidence, measure(evidence), METRIC, data="digits", where="the held-back pictures"
    )


@check("confusion", points=2, hint="np.add.at(table, (digits, read), 1)")
def test_confusion_counts_every_pair(evidence: Evidence) -> None:
    """Rows are true digits, columns are read ones, and every pair counts."""
    asked = evidence.inputs["confusion"]
    expected = np.zeros((10, 10), dtype=int)
    np.add.at(expected, (asked["digits"], asked["read"]), 1)
    rule = "Row t, column r must count how often the digit t was read as r"
    close(evidence.value("confusion"), expected, rule)
