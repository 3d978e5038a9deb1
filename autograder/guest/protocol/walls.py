"""Messages between the host and what stands around a box: zygote, keeper, self-test."""

from __future__ import annotations

from typing import Any, Literal

from autograder.guest.protocol.records import Message, Part

Role = Literal["student", "model", "self-test"]
#: What ended a box: itself, the host, a limit; "lost" where nobody can tell.
ExitReason = Literal["ended", "let go", "memory", "time", "lost"]
#: What a box of the self-test can try against its walls.
Attempt = Literal[
    "read",
    "write",
    "connect",
    "see",
    "signal",
    "environment",
    "root",
    "calls",
    "memory",
    "processes",
    "fill",
    "spin",
    "sleep",
    "daemon",
    "leave",
    "device",
]


class Limits(Part, frozen=True):
    """What one box may use. Times in seconds, sizes in MiB or KiB as named."""

    timeout_s: float
    call_timeout_s: float
    cpu_s: int
    memory_mib: int
    processes: int
    file_mib: int
    output_kib: int


class Plan(Message, frozen=True, tag="plan"):
    """How a zygote is to wall in its boxes.

    Attributes:
        namespaces: Each box gets its own namespaces; else Landlock is used where there is one.
        gpu: Boxes may use the machine's GPUs.
        libraries: The modules that boxes find imported.
        readable: Folders that Landlock lets a box read.
        hidden: Folders in them that may hold answers.
    """

    namespaces: bool
    gpu: bool
    libraries: tuple[str, ...]
    readable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


class Ready(Message, frozen=True, tag="ready"):
    """The zygote has imported what boxes need.

    Attributes:
        import_s: How long that took.
        backend: Keras's backend and version, in words.
        walls: What boxes are walled in by, each wall in a word.
    """

    import_s: float
    backend: str
    walls: tuple[str, ...]


class Order(Message, frozen=True, tag="order"):
    """The zygote is to fork a box; descriptors come with the packet.

    Attributes:
        role: What the box does.
        limits: What it may use.
        folder: The private folder of a box without namespaces.
        uid: The user that such a box becomes; None where it keeps the zygote's.
    """

    role: Role
    limits: Limits
    folder: str | None
    uid: int | None


class ExitFacts(Message, frozen=True, tag="exit"):
    """How a box ended, told by its keeper.

    Attributes:
        why: What ended it.
        code: Its exit status; None where a signal ended it.
        signal: The number of that signal.
        peak_mib: The most memory that it took.
        wall_s: For how long it ran; the time for which it was paused is left out.
        cpu_s: How long it computed.
        counted: A cgroup bounded its memory; `peak_mib` is then what the box took itself.
    """

    why: ExitReason
    code: int | None = None
    signal: int | None = None
    peak_mib: float = 0.0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    counted: bool = False


class Try(Message, frozen=True, tag="try"):
    """A box of the self-test is to try something against its walls; `args` depend on what."""

    attempt: Attempt
    args: tuple[Any, ...] = ()


class Tried(Message, frozen=True, tag="tried"):
    """What an attempt got at; nothing where the wall held."""

    got: tuple[str, ...]
