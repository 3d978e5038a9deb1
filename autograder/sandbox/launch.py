"""Prepare what only root can, then run a command: `python -I -m autograder.sandbox.launch PLAN`.

Root must not start a sandbox as root: bubblewrap would keep root's rights over host files, and the
kernel does not enforce a process limit on root. But the interpreter may lie where only root can
reach it, as below root's home, so in a mount namespace of this process alone the plan's folders are
bind-mounted to places that everybody can reach, or what bars the way to them is covered.
"""

from __future__ import annotations

import json
import os
import sys

from autograder.guest.confine import confinement, libc


def main() -> None:
    """Follow the plan: `binds` ([source, target] pairs), `covered`, `uid` or null, `argv`."""
    plan = json.loads(sys.argv[1])
    try:
        libc.unshare(libc.CLONE_NEWNS)
        libc.private_mounts()
        for source, target in plan["binds"]:
            libc.bind(source, target)
        for folder in plan["covered"]:
            confinement.cover(folder, size_mib=1, mode="0755")
    except OSError as error:
        sys.exit(
            "An unprivileged user must be able to reach the interpreter. Received: "
            f"{sys.executable}, and no right to mount it elsewhere ({error}). "
            "Install the environment where everybody may read, such as below /opt."
        )
    if plan["uid"] is not None:
        libc.become(plan["uid"])
    os.execv(plan["argv"][0], plan["argv"])


if __name__ == "__main__":
    main()
