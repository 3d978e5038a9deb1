"""Puts another descriptor in the place of the channel, so that answers go nowhere.

shows: ERRORED
"""
null = os.open(os.devnull, os.O_RDWR)
for fd in sockets():
    os.dup2(null, fd)
