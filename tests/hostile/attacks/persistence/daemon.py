"""Starts a process that outlives the submission, in a session of its own."""
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        import signal
        import time

        for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(one, signal.SIG_IGN)
        for fd in range(256):
            try:
                os.close(fd)
            except OSError:
                pass
        time.sleep(60)
    os._exit(0)
os.wait()
said()
