"""Leaves an archive with a link to a folder outside, and a file that goes through it."""
import io
import tarfile

with tarfile.open("output.tar", "w") as archive:
    link = tarfile.TarInfo("way")
    link.type, link.linkname = tarfile.SYMTYPE, path("outside")
    archive.addfile(link)
    member = tarfile.TarInfo("way/new.txt")
    member.size = 5
    archive.addfile(member, io.BytesIO(b"taken"))
said()
