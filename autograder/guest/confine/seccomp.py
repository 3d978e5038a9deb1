"""The system calls that no box needs, answered with an error by a filter in the kernel (seccomp).

A deny-list: TensorFlow's own needs change with every release, and what must not be called does
not. Each entry is a way out of a box, into another one, or around a limit. The filter is built
once by the zygote, and loaded by every box for itself and all that it starts.
"""

from __future__ import annotations

import errno
import os
from typing import Any

FORBIDDEN = {
    # Kernel interfaces with a long record of escapes, and none that counts towards a limit.
    "keys": "add_key keyctl request_key",
    "io_uring": "io_uring_setup io_uring_enter io_uring_register",
    "programs in the kernel": "bpf perf_event_open userfaultfd",
    # Other processes.
    "tracing": "ptrace process_vm_readv process_vm_writev process_madvise process_mrelease "
    "kcmp pidfd_getfd move_pages migrate_pages",
    # Namespaces of its own would give a box rights that it has given up.
    "namespaces": "unshare setns",
    "mounts": "mount umount umount2 pivot_root chroot move_mount open_tree open_tree_attr fsopen "
    "fsconfig fsmount fspick mount_setattr open_by_handle_at name_to_handle_at",
    # The machine itself.
    "machine": "acct clock_adjtime clock_settime delete_module fanotify_init finit_module "
    "init_module ioperm iopl kexec_file_load kexec_load lookup_dcookie modify_ldt nfsservctl "
    "personality quotactl quotactl_fd reboot setdomainname sethostname settimeofday stime "
    "swapoff swapon _sysctl sysfs syslog uselib ustat vhangup vm86 vm86old",
}
#: Memory that neither RLIMIT_DATA nor a process's resident size counts, or that outlives both; and
#: kernel objects of which the whole machine has a fixed number.
UNCOUNTED = "memfd_create memfd_secret shmget shmat shmctl msgget semget io_setup"
#: Told as if the kernel lacked them, so that libraries take the older way that they know.
UNKNOWN = frozenset(
    "clone3 io_setup io_uring_setup io_uring_enter io_uring_register "
    "memfd_create memfd_secret".split()
)
# New mount, cgroup, UTS, IPC, user, PID and network namespaces.
CLONE_FLAGS = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
_MAP_TYPE, _MAP_SHARED, _MAP_ANONYMOUS, _MAP_GROWSDOWN = 0x0F, 0x01, 0x20, 0x100
_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # typing into a terminal


def build(*, sockets: bool, uncounted_memory: bool) -> Any | None:
    """Return a filter for boxes; its `load()` binds the caller. None where it cannot be had.

    Args:
        sockets: Whether sockets may be made at all. With a network namespace of its own a box
            reaches nobody by one; without, only pairs of connected ones are left to it.
        uncounted_memory: Whether memory may be had that its limits do not count; a GPU's driver
            needs it.
    """
    try:
        import pyseccomp

        rules = _rules(pyseccomp, sockets=sockets, uncounted_memory=uncounted_memory)
    except (ImportError, RuntimeError, OSError, AttributeError):
        return None  # another system, no libseccomp, or one without what is asked of it
    return rules if _loads(rules) else None


def _rules(seccomp: Any, *, sockets: bool, uncounted_memory: bool) -> Any:
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    try:
        rules.set_attr(seccomp.Attr.CTL_OPTIMIZE, 2)  # a binary tree instead of a long list
    except OSError:
        pass  # an older libseccomp

    def deny(name: str, *conditions: tuple[int, int, int, int]) -> None:
        number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
        if number < 0:
            return  # this processor or libseccomp has no such call
        code = errno.ENOSYS if name in UNKNOWN else errno.EPERM
        arguments = [seccomp.Arg(*condition) for condition in conditions]
        rules.add_rule(seccomp.ERRNO(code), number, *arguments)

    for names in FORBIDDEN.values():
        for name in names.split():
            deny(name)
    deny("clone3")  # its flags lie in memory, where a filter cannot look
    for flag in CLONE_FLAGS:
        deny("clone", (0, seccomp.MASKED_EQ, flag, flag))
    for request in (_TIOCSTI, _TIOCLINUX):
        deny("ioctl", (1, seccomp.MASKED_EQ, 0xFFFFFFFF, request))
    if sockets:
        for family in range(_AF_INET + 1, _AF_INET6):
            deny("socket", (0, seccomp.MASKED_EQ, 0xFFFFFFFF, family))
        deny("socket", (0, seccomp.GT, _AF_INET6, 0))
    else:
        deny("socket")
    if not uncounted_memory:
        for name in UNCOUNTED.split():
            deny(name)
        shared = _MAP_SHARED | _MAP_ANONYMOUS
        deny("mmap", (3, seccomp.MASKED_EQ, _MAP_TYPE | _MAP_ANONYMOUS, shared))
        deny("mmap", (3, seccomp.MASKED_EQ, _MAP_GROWSDOWN, _MAP_GROWSDOWN))
    return rules


def _loads(rules: Any) -> bool:
    """Say whether the kernel takes the filter, by a child's trying."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            rules.load()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
