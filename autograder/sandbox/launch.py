"""Become an unprivileged user, then run a command: `python -I -m autograder.sandbox.launch PLAN`.

Root must not start a sandbox as root: bubblewrap would keep root's rights over host files, and the
kernel does not enforce a process limit on root. But the interpreter may lie where only root can
reach it (`/root/.pyenv`), so the plan's folders are first bind-mounted, in a mount namespace of
this process alone, to places that everybody can reach.
"""

from __future__ import annotations

import json
import os
import sys

from autograder.boxes import kernel


def main() -> None:
    """Follow the plan: `binds` ([source, target] pairs), `uid`, `gid`, `argv`."""
    plan = json.loads(sys.argv[1])
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.private_mounts()
    for source, target in plan["binds"]:
        kernel.bind(source, target)
    os.setgroups([])
    os.setresgid(plan["gid"], plan["gid"], plan["gid"])
    os.setresuid(plan["uid"], plan["uid"], plan["uid"])
    os.execv(plan["argv"][0], plan["argv"])


if __name__ == "__main__":
    main()
