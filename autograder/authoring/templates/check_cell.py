def test_cell(student, task, *checks):
    """Run all checks; show of each that fails the rule, what was received, and the next step."""
    import html
    import linecache
    import traceback

    from IPython.display import display

    class NotRight(Exception):
        def _render_traceback_(self):
            return [str(self)]

    said = {}
    for check in checks:
        try:
            check(student)
        except (Exception, SystemExit) as error:
            name, text = type(error).__name__, " ".join(str(error).split())[:500]
            own = [
                (frame.f_code.co_filename, line, frame.f_code.co_name)
                for frame, line in traceback.walk_tb(error.__traceback__)
                if frame.f_globals is vars(student)
                and frame.f_code.co_filename != check.__code__.co_filename
            ]
            received = f"{name}: {text}" if text else name
            if own:
                file, line, function = own[-1]
                code = linecache.getline(file, line).strip()
                received += f"\nLine {line} of the cell with {function}: `{code}`"
            if isinstance(error, NotImplementedError) and own:
                doc = getattr(getattr(student, own[-1][2], None), "__doc__", "") or ""
                words = f"{own[-1][2]} is to do: {doc.strip().partition(chr(10))[0]}"
            elif isinstance(error, AttributeError) and "module '__main__'" in text:
                words = f"{text.split()[-1]} is not defined yet: run the cell above, then this one."
            elif isinstance(error, AssertionError) and str(error) and not own:
                words = str(error)
            elif own:
                words = f"{own[0][2]} runs without an exception.\nReceived: {received}\n"
                words += "Print what that line works with, in the line above it."
            else:
                words = f"A check can use what your function returns.\nReceived: {received}\n"
                words += "Look at what the function returns: does it end with `return`?"
            said.setdefault(words[:2000], []).append(check.__name__)
    for words, names in said.items():
        style = (
            "border-left:4px solid #b42318;background:#fdf3f2;color:#1f2328;"
            "padding:.5em .8em;margin:.4em 0;white-space:pre-wrap"
        )
        card = f"<b>{html.escape(task)}</b> {html.escape(', '.join(names))}\n{html.escape(words)}"
        plain = f"{task}: {', '.join(names)}\n{words}\n"
        shown = {"text/html": f'<div style="{style}">{card}</div>', "text/plain": plain}
        display(shown, raw=True)
    if said:
        wrong, rule = sum(map(len, said.values())), next(iter(said)).partition("\n")[0]
        raise NotRight(f"{task}: {wrong} of {len(checks)} checks are not right yet. {rule}")
    print(f"visible checks of `{task}`: passed")
