"""Changes the current folder, and the mask that new files are made with."""
os.umask(0o777)
os.chdir("/")
said()
