"""What is graded when, for any course of events: no try too many, and the right one counts."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from autograder.edges.serve.draws import seed_of
from autograder.edges.serve.grading import held_back_s
from autograder.edges.serve.policy import Entry, Grades, Policy, State, Wait, Work, decide

CLOSES = 1000.0
DAY_S = 100.0

_POLICIES = st.builds(Policy, st.sampled_from(Grades), st.integers(1, 3))
# A submission arrives, what is begun ends well, or ends by our fault; then some time passes.
_EVENTS = st.lists(
    st.tuples(st.sampled_from(["arrives", "works", "fails", "ignored"]), st.integers(0, 120)),
    max_size=40,
)


def _day(now: float) -> str:
    return f"{int(now // DAY_S)}"


def _played(policy: Policy, events: list[tuple[str, int]]) -> list[tuple[Work, str, float, State]]:
    """Play events as the server does, and return what was graded: why, what, when, and its end."""
    entries: dict[str, Entry] = {}
    done = []
    now = 0.0
    for number, (event, pause) in enumerate(events):
        now += pause
        if event in ("arrives", "ignored"):
            state = State.IGNORED if event == "ignored" else State.NEW
            entries[f"{number:03}"] = Entry(f"{number:03}", now, state)
            continue
        decision = decide(list(entries.values()), now, _day(now), CLOSES, policy)
        if decision.work is None or decision.entry is None:
            continue
        name = decision.entry.name
        for other in entries.values():
            entries[other.name] = replace(other, collected=other.name == name)
        if decision.work is Work.COLLECT:
            continue
        is_try = decision.work is Work.TRY
        state = {Work.TRY: State.TRIED, Work.FINAL: State.FINAL, Work.LATE: State.LATE}[
            decision.work
        ]
        if event == "fails":
            state = State.FAILED if is_try else State.PERSON
        day = entries[name].day or ("" if decision.work is Work.FINAL else _day(now))
        entries[name] = replace(entries[name], state=state, day=day)
        done.append((decision.work, name, now, state))
    return done


@given(_POLICIES, _EVENTS)
def test_nobody_has_more_tries_a_day_than_the_policy_allows(policy, events):
    """Counted are those that ended well; of those that failed by our fault as many are free."""
    done = _played(policy, events)
    for day in {_day(when) for _, _, when, _ in done}:
        of_day = [one for one in done if _day(one[2]) == day and one[0] in (Work.TRY, Work.LATE)]
        shown = [one for one in of_day if one[3] in (State.TRIED, State.LATE)]
        assert len(shown) <= policy.tries_a_day
        assert len(of_day) <= 2 * policy.tries_a_day + 1


@given(_POLICIES, _EVENTS)
def test_the_final_draw_is_asked_after_the_due_date_alone(policy, events):
    """No submission is graded finally before it, none as a try after it, and each once."""
    done = _played(policy, events)
    for work, _, when, _ in done:
        assert (work is Work.TRY) == (when < CLOSES)
        assert work is not Work.TRY or policy.grades is not Grades.AFTER_DUE
        assert work is not Work.LATE or policy.grades is Grades.ALWAYS
    finals = [name for work, name, _, _ in done if work is Work.FINAL]
    assert len(finals) <= 1


@given(_POLICIES, _EVENTS)
def test_the_last_submission_in_time_is_the_one_that_counts(policy, events):
    """Whatever was tried, held or failed before: after the due date it is begun."""
    arrivals, now = [], 0.0
    for number, (event, pause) in enumerate(events):
        now += pause
        if event == "arrives" and now <= CLOSES:
            arrivals.append(f"{number:03}")
    after = max(0, int(CLOSES - now) + 1)
    done = _played(policy, [*events, ("ignored", after), ("works", 0)])
    finals = [name for work, name, _, _ in done if work is Work.FINAL]
    assert finals == arrivals[-1:]


def test_what_is_beyond_the_tries_of_a_day_is_collected_and_waits():
    """It is taken from the exchange at once, where its student could still change it."""
    policy = Policy(tries_a_day=1)
    tried = Entry("a", 1.0, State.TRIED, "0", collected=True)
    fresh = Entry("b", 2.0)
    first = decide([tried, fresh], 3.0, "0", CLOSES, policy)
    assert (first.work, first.waits) == (Work.COLLECT, {"b": Wait.TRIES})
    then = decide([tried, replace(fresh, collected=True)], 4.0, "0", CLOSES, policy)
    assert (then.work, then.waits) == (None, {"b": Wait.TRIES})
    assert decide([tried, fresh], 104.0, "1", CLOSES, policy).work is Work.TRY


def test_without_a_due_date_there_are_tries_alone():
    """Nothing is final by itself."""
    assert decide([Entry("a", 1.0)], 1e12, "0", None, Policy()).work is Work.TRY


def test_a_due_date_that_was_moved_marks_what_came_since():
    """What was final for the earlier date is not for the later one."""
    entries = [Entry("a", 1.0, State.FINAL), Entry("b", 1500.0, State.LATE)]
    decision = decide(entries, 2001.0, "20", 2000.0, Policy())
    assert (decision.work, decision.entry and decision.entry.name) == (Work.FINAL, "b")


@given(st.lists(st.tuples(st.sampled_from([Work.TRY, Work.LATE]), *[st.text(max_size=5)] * 3)))
def test_no_two_submissions_share_a_draw(asked):
    """Another assignment, student or folder has another seed, and none has the course's own."""
    seeds = {seed_of(b"secret", *one) for one in asked}
    assert len(seeds) == len(set(asked))
    assert not seeds & {None, b"secret"}
    assert seed_of(b"secret", Work.FINAL, "a", "b", "c") is None
    assert all(seed_of(b"another", *one) not in seeds for one in asked)


@given(st.floats(0, 3600))
def test_when_feedback_comes_tells_little_of_how_long_it_took(elapsed):
    """It comes after 1, 2, 4, … seconds, and never after twice the time and a second."""
    total = elapsed + held_back_s(elapsed)
    assert round(total, 6) in {float(2**power) for power in range(13)}
    assert elapsed - 1e-6 <= total <= max(1.0, 2 * elapsed + 1e-6)
