"""Asks a web server for help, by the library that everybody uses."""
import urllib.request

try:
    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/answers?exercise=4", timeout=2).close()
    said("connected")
except OSError as error:
    said("URLError" if "refused" in str(error) or "unreachable" in str(error) else "connected")
