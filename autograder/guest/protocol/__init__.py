"""Every message between host, student box and model box: the authoritative source of the format.

Each message is a record, declared once and used by both sides. A decoder refuses what is of none of
the kinds that may come at its place, and what has a field that is missing, unknown, of another type
or outside its bounds; what a message is worth, its reader judges. `schema` writes the declarations
down as JSON Schema. `guest.wire` says how a frame lies in bytes, and bounds it before it is parsed.

    from            to             messages
    host            zygote         Plan (on its command line), Order
    zygote          host           Ready
    keeper          host           ExitFacts
    host            student box    Job; to a Fit: Need, then Trained, Refused or TrainHere
    student box     host           Loaded, Asking, Answer, Stopped, Done; Fit, to a Need: Given
    host            model box      Build, Predict, Train
    model box       host           Built, Predicted, Trained; RequestFailed
    host            self-test box  Try
    self-test box   host           Tried
"""

from __future__ import annotations

from typing import Any

import msgspec

from autograder.guest.protocol import answers, models, trainings, walls
from autograder.guest.protocol.records import Decoder, Message

#: What a student box says of its own accord, but for the trainings that it asks for.
ANSWERS: Decoder[
    answers.Loaded | answers.Asking | answers.Answer | answers.Stopped | answers.Done
] = Decoder(answers.Loaded, answers.Asking, answers.Answer, answers.Stopped, answers.Done)
FROM_STUDENT: Decoder[
    answers.Loaded
    | answers.Asking
    | answers.Answer
    | answers.Stopped
    | answers.Done
    | trainings.Fit
] = Decoder(*ANSWERS.kinds.values(), trainings.Fit)
FIT = Decoder(trainings.Fit)
GIVEN = Decoder(trainings.Given)
JOB = Decoder(answers.Job)
#: What a student box may be told once it has asked for a training.
TO_FIT: Decoder[trainings.Need | trainings.Trained | trainings.Refused | trainings.TrainHere] = (
    Decoder(trainings.Need, trainings.Trained, trainings.Refused, trainings.TrainHere)
)
TO_MODEL_BOX: Decoder[models.Build | models.Predict | trainings.Train] = Decoder(
    models.Build, models.Predict, trainings.Train
)
BUILT: Decoder[models.Built | models.RequestFailed] = Decoder(models.Built, models.RequestFailed)
PREDICTED: Decoder[models.Predicted | models.RequestFailed] = Decoder(
    models.Predicted, models.RequestFailed
)
TRAINED: Decoder[trainings.Trained | models.RequestFailed] = Decoder(
    trainings.Trained, models.RequestFailed
)
PLAN = Decoder(walls.Plan)
READY = Decoder(walls.Ready)
ORDER = Decoder(walls.Order)
EXIT = Decoder(walls.ExitFacts)
TRY = Decoder(walls.Try)
TRIED = Decoder(walls.Tried)

#: All messages that there are.
MESSAGES: tuple[type[Message], ...] = tuple(
    dict.fromkeys(
        kind
        for decoder in (
            *(PLAN, ORDER, READY, EXIT, JOB, FROM_STUDENT, TO_FIT, GIVEN),
            *(TO_MODEL_BOX, BUILT, PREDICTED, TRAINED, TRY, TRIED),
        )
        for kind in decoder.kinds.values()
    )
)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of all messages: a union that `kind` tells apart."""
    union: Any = MESSAGES[0]
    for message in MESSAGES[1:]:
        union |= message
    return msgspec.json.schema(union)
