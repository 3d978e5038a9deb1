"""Lets an exit handler replace the process's status by 0 when everything is over."""
import atexit

atexit.register(os._exit, 0)
said()
