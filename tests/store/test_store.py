"""The store: what comes out is what went in, or nothing, whatever happens to the disk."""

import hashlib
import json
import logging
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.course import catalog
from autograder.course.catalog import Course
from autograder.course.state import default_store
from autograder.edges.cli.main import main
from autograder.errors import DataError
from autograder.guest.wire import DTYPES
from autograder.store import entry_format, eviction, locks
from autograder.store.layout import StoreLayout
from autograder.store.store import FOLDER_VARIABLE, Store

LARGE = np.arange(5000, dtype="<f4")  # 20,000 bytes: a blob
SMALL = np.arange(3, dtype="<i8")


def key(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def warnings(caplog):
    """The warnings that the package logged so far."""
    caplog.set_level(logging.INFO, "autograder")
    return lambda: [one.message for one in caplog.records if one.levelname == "WARNING"]


def files(store: Store, *names: str) -> list[Path]:
    return sorted(path for path in (store.folder.joinpath(*names)).rglob("*") if path.is_file())


def the_file(store: Store, folder: str) -> Path:
    (path,) = files(store, folder)
    return path


def used_at(store: Store, kind: str, name: object, seconds: float) -> None:
    path = StoreLayout(store.folder).entry(kind, key(name))
    os.utime(path, (seconds, seconds))


def same(got, header, arrays) -> bool:
    return (
        got is not None
        and got[0] == header
        and [a.dtype.str for a in got[1]] == [a.dtype.str for a in arrays]
        and [a.shape for a in got[1]] == [a.shape for a in arrays]
        and all(one.tobytes() == other.tobytes() for one, other in zip(got[1], arrays, strict=True))
    )


# What goes in and comes out --------------------------------------------------------------------


@pytest.mark.parametrize("dtype", sorted(DTYPES))
def test_every_dtype_comes_back(store, dtype):
    """Small and large arrays of each type, 0-d and empty ones, come back in their order."""
    shapes = [(), (0,), (3, 0, 2), (2, 3), (40, 50, 10), (1,), (5000, 8)]
    rng = np.random.default_rng(3)
    arrays = [rng.integers(0, 2, shape).astype(dtype) for shape in shapes]
    store.put("training", key(1), {"loss": [0.1, 2]}, arrays)
    assert same(store.get("training", key(1)), {"loss": [0.1, 2]}, arrays)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), json_values))
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_json_header_comes_back(store, header):
    """Any finite JSON is read as it was put; text with quotes, brackets and escapes included."""
    try:
        json.dumps(header, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    store.put("training", key(1), header)
    assert same(store.get("training", key(1)), header, [])


def test_other_layouts_come_back_in_c_order(store):
    """Transposed, strided and big-endian arrays come back with the values that they show."""
    base = np.arange(6000, dtype="<f8").reshape(60, 100)
    store.put("training", key(1), {}, [base.T, base[::2, ::-1], base.astype(">f8")])
    _, got = store.get("training", key(1))
    assert [
        (one == other).all()
        for one, other in zip(got, [base.T, base[::2, ::-1], base], strict=True)
    ] == [True] * 3


@pytest.mark.parametrize("array", [LARGE, SMALL, np.ones(5, bool), np.ones(9000, bool)])
def test_what_comes_back_cannot_be_written_to(store, array):
    """A reader who changed an array would change it for all that share it."""
    store.put("training", key(1), {}, [array])
    _, (got,) = store.get("training", key(1))
    with pytest.raises(ValueError, match="read-only"):
        got[0] = 1


def test_entries_are_apart_by_kind_and_key(store):
    """The same key in another kind, and another key, are misses; a later put takes the place."""
    store.put("training", key(1), {"n": 1})
    assert store.get("prediction", key(1)) is None
    assert store.get("training", key(2)) is None
    store.put("training", key(1), {"n": 2}, [LARGE])
    assert same(store.get("training", key(1)), {"n": 2}, [LARGE])


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("../x", key(1)),
        ("", key(1)),
        ("Training", key(1)),
        ("training", "../../etc/passwd"),
        ("training", key(1)[1:]),
    ],
)
def test_names_that_are_no_names_are_refused(store, kind, name):
    """No kind and no key leads out of the folder."""
    for use in (store.get, store.lock, lambda *names: store.put(*names, {})):
        with pytest.raises(ValueError, match="Received"), use(kind, name):
            pass


@pytest.mark.parametrize(
    ("header", "arrays"),
    [
        ({"loss": float("nan")}, []),
        ({"loss": float("inf")}, []),
        ({"n": 2**70}, []),
        ({"text": "\ud800"}, []),
        ({"what": object()}, []),
        ({}, [np.array([object()])]),
        ({}, [np.array(["a"])]),
    ],
    ids=["nan", "inf", "long", "surrogate", "object", "objects", "text"],
)
def test_what_could_not_be_read_again_is_not_kept(store, warnings, header, arrays):
    """Such content costs a warning and no more; what was there before stays."""
    store.put("training", key(1), {"n": 1})
    for _ in range(3):
        store.put("training", key(1), header, arrays)
    assert len(warnings()) == 1
    assert same(store.get("training", key(1)), {"n": 1}, [])


def test_an_array_is_kept_once(store):
    """Two hundred entries of several kinds with the same weights hold one copy of them."""
    for number in range(100):
        store.put("training", key(number), {"n": number}, [LARGE, SMALL])
        store.put("transcript", key(number), {"n": number}, [SMALL, LARGE.reshape(50, 100), LARGE])
    assert len(files(store, "blobs")) == 1
    assert the_file(store, "blobs").read_bytes() == LARGE.tobytes()
    assert same(store.get("transcript", key(7)), {"n": 7}, [SMALL, LARGE.reshape(50, 100), LARGE])


def test_files_are_for_their_owner_alone(store):
    """Folders are 0700 and files 0600, those above the store included, whatever the umask."""
    store = Store(store.folder / "above" / "store")
    before = os.umask(0)
    try:
        store.put("training", key(1), {}, [LARGE])
        with store.lock("training", key(1)):
            made = [store.folder.parent, store.folder, *store.folder.rglob("*")]
            modes = {(stat.S_ISDIR(p.stat().st_mode), stat.S_IMODE(p.stat().st_mode)) for p in made}
    finally:
        os.umask(before)
    assert modes == {(True, 0o700), (False, 0o600)}


# Damage ----------------------------------------------------------------------------------------


def test_an_entry_cut_anywhere_is_a_miss(store):
    """At no length but its own is a file read as an entry; the file is removed."""
    store.put("training", key(1), {"accuracy": 0.97}, [SMALL])
    path = the_file(store, "entries")
    whole = path.read_bytes()
    for length in [*range(len(whole)), len(whole) + 1]:
        path.write_bytes((whole + b"\0")[:length])
        assert store.get("training", key(1)) is None
        assert not path.exists()


def test_an_entry_changed_anywhere_is_a_miss(store):
    """Not one flipped bit passes, in whatever byte it is; the file is removed."""
    store.put("training", key(1), {"accuracy": 0.97}, [SMALL, LARGE])
    path = the_file(store, "entries")
    whole = path.read_bytes()
    for place in range(len(whole)):
        altered = bytearray(whole)
        altered[place] ^= 1 << place % 8
        path.write_bytes(altered)
        assert store.get("training", key(1)) is None
        assert not path.exists()
    path.write_bytes(whole)
    assert same(store.get("training", key(1)), {"accuracy": 0.97}, [SMALL, LARGE])


def test_an_entry_in_anothers_place_is_a_miss(store):
    """A good training copied to another key or kind answers for neither."""
    store.put("training", key("good"), {"accuracy": 0.97})
    good = the_file(store, "entries").read_bytes()
    for kind, name in (("training", "bad"), ("transcript", "good")):
        store.put(kind, key(name), {"accuracy": 0.1})
        StoreLayout(store.folder).entry(kind, key(name)).write_bytes(good)
        assert store.get(kind, key(name)) is None


def test_an_entry_of_another_version_is_a_miss(store):
    """An entry that is whole, but of a format that this version does not know, is removed."""
    store.put("training", key(1), {})
    path = the_file(store, "entries")
    path.write_bytes(b"KAGSTO99" + path.read_bytes()[len(entry_format.FORMAT) :])
    assert store.get("training", key(1)) is None
    assert not path.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: os.truncate(path, path.stat().st_size - 1),
        lambda path: os.truncate(path, path.stat().st_size + 1),
        lambda path: path.write_bytes(bytes(path.stat().st_size)),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\xff"),
    ],
    ids=["gone", "emptied", "shorter", "longer", "zeros", "flipped"],
)
def test_a_damaged_blob_is_a_miss_and_heals(store, damage):
    """Every entry that needs the blob is a miss; the next put makes the blob good again."""
    for name in (1, 2):
        store.put("training", key(name), {"n": name}, [SMALL, LARGE])
    damage(the_file(store, "blobs"))
    assert store.get("training", key(1)) is None
    assert files(store, "blobs") == []
    assert store.get("training", key(2)) is None
    assert files(store, "entries") == []
    store.put("training", key(1), {"n": 1}, [SMALL, LARGE])
    assert same(store.get("training", key(1)), {"n": 1}, [SMALL, LARGE])


@pytest.mark.parametrize("folder", ["entries", "blobs"])
def test_a_link_is_not_followed(store, tmp_path, folder):
    """A link in a file's place is a miss, even to the very bytes; its target stays."""
    store.put("training", key(1), {}, [LARGE])
    path = the_file(store, folder)
    elsewhere = path.rename(tmp_path / "elsewhere")
    content = elsewhere.read_bytes()
    path.symlink_to(elsewhere)
    assert store.get("training", key(1)) is None
    assert not path.is_symlink()
    path.symlink_to(elsewhere)
    store.put("training", key(1), {}, [LARGE])
    assert same(store.get("training", key(1)), {}, [LARGE])
    assert elsewhere.read_bytes() == content


@pytest.mark.parametrize("folder", ["entries", "blobs"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_pipe_or_a_folder_in_a_files_place_is_a_miss(store, warnings, folder, make):
    """Reading neither waits nor fails, and writing does not fail either."""
    store.put("training", key(1), {}, [LARGE])
    path = the_file(store, folder)
    path.unlink()
    make(path)
    assert store.get("training", key(1)) is None
    store.put("training", key(1), {}, [LARGE])
    assert len(warnings()) == (make is os.mkdir)


@pytest.mark.parametrize("folder", ["entries", "blobs"])
def test_a_folder_in_a_files_place_keeps_nobody_from_looking_and_pruning(store, folder):
    """It takes nothing and stays; what is an entry is told and removed as ever."""
    for number in (1, 2):
        store.put("training", key(number), {}, [LARGE + number])
    path = files(store, folder)[0]
    path.unlink()
    path.mkdir()
    (usage,) = store.usage()
    assert usage.entries == (1 if folder == "entries" else 2)
    assert store.prune(0).entries == usage.entries
    assert path.is_dir() and store.usage() == []


# Where nothing can be written -------------------------------------------------------------------


def test_a_folder_that_cannot_be_made_costs_one_warning(tmp_path, warnings):
    """Below a regular file, puts do nothing, gets miss, and locks still part threads."""
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "store")
    for number in range(3):
        store.put("training", key(number), {}, [LARGE])
        assert store.get("training", key(number)) is None
    assert len(warnings()) == 1
    assert "Grading goes on" in warnings()[0]
    assert parts_threads(store)
    assert ["Work may be done twice" in text for text in warnings()] == [False, True]
    with pytest.raises(DataError, match=FOLDER_VARIABLE):
        store.usage()


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_not_used(store, warnings, mode):
    """Somebody else's entries are not believed: neither read nor written, and one warning."""
    store.put("training", key(1), {"accuracy": 1.0})
    store.folder.chmod(mode)
    fresh = Store(store.folder)
    assert fresh.get("training", key(1)) is None
    fresh.put("training", key(2), {})
    assert len(files(store, "entries")) == 1
    assert len(warnings()) == 1
    with pytest.raises(DataError, match="nobody else"):
        fresh.prune(0)


def run_python(code: str, *words: object, **options) -> subprocess.Popen:
    """Start a Python of its own that knows the names below."""
    start = """
import hashlib, logging, os, signal, sys, time
import numpy as np
from pathlib import Path
from autograder.store.store import Store
key = lambda name: hashlib.sha256(str(name).encode()).hexdigest()
array = lambda n: np.random.default_rng(n).integers(0, 255, 300_000 + n, np.uint8)
store = Store(Path(sys.argv[1]))
"""
    argv = [sys.executable, "-c", start + code, *map(str, words)]
    return subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def array(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 255, 300_000 + number, np.uint8)


def ended(process: subprocess.Popen) -> tuple[str, str]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out, err


def test_a_file_size_limit_costs_one_warning(store):
    """A write that ends in the middle leaves nothing behind, and what was there stays."""
    store.put("training", key("old"), {"n": 1}, [LARGE])
    before = files(store, "entries") + files(store, "blobs")
    code = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for number in range(3):
    store.put("training", key(number), {}, [np.zeros(6000), array(number)])
    assert store.get("training", key(number)) is None
store.put("training", key("old"), {"n": 2}, [array(4)])
assert store.get("training", key("old"))[0] == {"n": 1}
"""
    _, err = ended(run_python(code, store.folder))
    assert err.count("Grading goes on") == 1
    assert files(store, "entries") + files(store, "blobs") == before


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one MiB, where one can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "none", place],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_costs_one_warning(small_disk, warnings):
    """On a really full disk what fits is kept and read, and what does not is left out whole."""
    store = Store(small_disk / "store")
    for number in range(10):
        store.put("training", key(number), {"n": number}, [array(number)])
    got = [store.get("training", key(number)) for number in range(10)]
    kept = [number for number, one in enumerate(got) if one]
    assert 1 <= len(kept) <= 3
    assert all(same(got[number], {"n": number}, [array(number)]) for number in kept)
    assert len(files(store, "blobs")) == len(kept)
    assert len(warnings()) == 1
    store.prune(0)
    store.put("training", key("after"), {}, [array(1)])
    assert store.get("training", key("after")) is not None


def test_a_read_only_disk_is_still_read(small_disk, warnings):
    """What is there is read; what is not costs one warning; and the command tells it."""
    store = Store(small_disk / "store")
    store.put("training", key(1), {}, [LARGE])
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for number in range(3):
        assert same(store.get("training", key(1)), {}, [LARGE])
        store.put("training", key(2 + number), {}, [LARGE])
    assert len(warnings()) == 1
    assert store.usage()[0].entries == 1
    with pytest.raises(DataError, match=FOLDER_VARIABLE):
        store.prune(0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_read_only_store_is_still_read(store, warnings):
    """Rights taken away: what is there is read, and what is not costs one warning."""
    store.put("training", key(1), {}, [LARGE])
    folders = [store.folder, *(path for path in store.folder.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    try:
        assert same(store.get("training", key(1)), {}, [LARGE])
        store.put("training", key(2), {}, [LARGE])
        assert len(warnings()) == 1
    finally:
        for folder in folders:
            folder.chmod(0o700)


# Pruning ---------------------------------------------------------------------------------------


def filled(store: Store, count: int, kind: str = "training") -> None:
    """Put entries of 24,576 bytes on disk each, used one hour after the other, the first first."""
    for number in range(count):
        store.put(kind, key(number), {"n": number}, [LARGE + number])
        used_at(store, kind, number, time.time() - 3600 * (count - number))


def left(store: Store, count: int, kind: str = "training") -> list[int]:
    return [
        number
        for number in range(count)
        if StoreLayout(store.folder).entry(kind, key(number)).exists()
    ]


EACH = 4096 + 20_480  # an entry and its blob, in whole blocks


def test_the_least_recently_used_go_first(store):
    """Pruning to a size removes from the oldest use on; a read counts as use."""
    filled(store, 6)
    assert store.get("training", key(0)) is not None
    gone = store.prune(3 * EACH)
    assert left(store, 6) == [0, 4, 5]
    assert (gone.entries, gone.blobs, gone.bytes, gone.left_bytes) == (3, 3, 3 * EACH, 3 * EACH)
    assert len(files(store, "blobs")) == 3
    assert all(store.get("training", key(number)) for number in (0, 4, 5))


def test_a_blob_goes_with_its_last_user(store):
    """A shared blob survives the first of its two users, in whatever kind, and not the second."""
    store.put("training", key(1), {}, [LARGE])
    store.put("transcript", key(2), {}, [LARGE])
    assert store.prune(0, kind="training").entries == 1
    assert same(store.get("transcript", key(2)), {}, [LARGE])
    gone = store.prune(0)
    assert (gone.entries, gone.blobs, gone.left_bytes) == (1, 1, 0)


def test_pruning_counts_a_shared_blob_once(store):
    """Ten users of one blob fit where ten blobs would not."""
    for number in range(10):
        store.put("training", key(number), {}, [LARGE])
    assert store.prune(10 * 4096 + 20_480).entries == 0
    assert store.prune(10 * 4096 + 20_479).entries == 1


def test_pruning_by_age_and_kind(store):
    """An age removes what was unused for so long, and with a kind that kind alone."""
    filled(store, 4)
    filled(store, 4, "transcript")
    assert store.prune(older_than_s=2.5 * 3600, kind="training").entries == 2
    assert left(store, 4) == [2, 3]
    assert left(store, 4, "transcript") == [0, 1, 2, 3]
    assert store.prune(2 * EACH, older_than_s=3.5 * 3600, kind="transcript").entries == 2
    assert left(store, 4, "transcript") == [2, 3]


def test_pruning_without_a_size_keeps_the_stores_own(store):
    """`prune()` enforces the limit that the store was made with."""
    filled(store, 4)
    assert store.prune().entries == 0
    assert Store(store.folder, 2 * EACH).prune().entries == 2


def test_pruning_nothing_makes_nothing(store):
    """A store that was never used is looked at and pruned without being made."""
    assert store.usage() == []
    assert store.prune(0).left_bytes == 0
    assert not store.folder.exists()


def test_a_full_store_prunes_by_itself(tmp_path):
    """Puts beyond the limit remove the oldest; the newest are there, and the limit holds."""
    store = Store(tmp_path / "store", max_bytes=10 * EACH)
    for number in range(40):
        store.put("training", key(number), {}, [LARGE + number])
        used_at(store, "training", number, time.time() - 1000 + number)
        assert store.bytes_on_disk() <= 10 * EACH
    assert left(store, 40)[-5:] == [35, 36, 37, 38, 39]
    assert len(left(store, 40)) >= 8


def test_puts_do_not_look_through_the_whole_store(tmp_path, monkeypatch):
    """The running total saves that: fifty puts look through the folder once."""
    looks = []
    read_contents = eviction.read_contents
    monkeypatch.setattr(
        eviction, "read_contents", lambda folder: looks.append(folder) or read_contents(folder)
    )
    for number in range(50):
        Store(tmp_path / "store").put("training", key(number), {}, [LARGE + number])
    assert len(looks) == 1
    total = int((tmp_path / "store" / "total").read_text())
    assert total == read_contents(tmp_path / "store").bytes == 50 * EACH


@pytest.mark.parametrize("text", ["", "nonsense", "-000000000000000001\n", "9" * 19 + "\n"])
def test_a_wrong_total_is_counted_anew(store, text):
    """Whatever the file of the running total holds, the limit is kept and good entries stay."""
    filled(store, 3)
    (store.folder / "total").write_text(text)
    again = Store(store.folder, 3 * EACH)
    again.put("training", key(3), {}, [LARGE + 3])
    assert again.bytes_on_disk() <= 3 * EACH
    assert left(store, 4)[-1] == 3
    assert len(left(store, 4)) >= 2
    assert int((store.folder / "total").read_text()) == store.bytes_on_disk()


def test_an_entry_beyond_the_limit_is_not_kept(tmp_path):
    """One huge entry does not push out all the others."""
    store = Store(tmp_path / "store", max_bytes=4 * EACH)
    filled(store, 3)
    store.put("training", key("huge"), {}, [np.zeros(20_000)])
    assert left(store, 3) == [0, 1, 2]
    assert store.get("training", key("huge")) is None


def test_pruning_sweeps_left_overs_and_nothing_else(store, tmp_path):
    """Unfinished files, loose blobs, dead locks and links go; strangers' files stay."""
    filled(store, 1)
    shelf = the_file(store, "entries").parent
    blob_shelf = the_file(store, "blobs").parent
    precious = tmp_path / "precious"
    (precious / "ab").mkdir(parents=True)
    (precious / "ab" / key("precious")).write_text("precious")
    (store.folder / "entries" / "linked").symlink_to(precious)
    (store.folder / "entries" / "training" / "cd").symlink_to(precious / "ab")
    (store.folder / "entries" / "file").write_text("mine")
    (shelf / "notes.txt").write_text("mine")
    gone = [
        shelf / f".{'0' * 16}.new",
        blob_shelf / f".{'1' * 16}.new",
        blob_shelf / key("loose"),
        shelf / key("damaged"),
    ]
    for path in gone:
        path.write_bytes(b"x" * 100)
    (shelf / key("link")).symlink_to(precious / "ab" / key("precious"))
    (store.folder / "locks").mkdir()
    (store.folder / "locks" / f"training-{key('dead')}").write_text("")
    with store.lock("training", key("alive")):
        assert store.prune().entries == 0
        assert [path.name for path in files(store, "locks")] == [f"training-{key('alive')}"]
    assert not any(path.exists() for path in gone)
    assert not (shelf / key("link")).is_symlink()
    assert (shelf / "notes.txt").read_text() == "mine"
    assert (precious / "ab" / key("precious")).read_text() == "precious"
    assert same(store.get("training", key(0)), {"n": 0}, [LARGE])


def test_usage_tells_each_kind(store):
    """Entries, bytes and uses by kind; a blob that two kinds need counts in both."""
    filled(store, 2)
    store.put("transcript", key(1), {}, [LARGE])
    one, other = store.usage()
    assert (one.kind, one.entries, one.bytes) == ("training", 2, 2 * EACH)
    assert (other.kind, other.entries, other.bytes) == ("transcript", 1, EACH)
    assert 3500 < (one.newest_use - one.oldest_use).total_seconds() < 3700
    assert store.bytes_on_disk() == 2 * EACH + 4096


# Several at once --------------------------------------------------------------------------------


def test_writers_readers_and_pruners_at_once(store):
    """Of four processes that put, get and prune the same entries, none ever reads a wrong one."""
    code = """
rng = np.random.default_rng(int(sys.argv[2]))
seen = 0
until = time.monotonic() + 3
while time.monotonic() < until or seen <= 10:
    n = int(rng.integers(8))
    got = store.get("training", key(n))
    if got:
        seen += 1
        assert got[0] == {"n": n} and (got[1][0] == array(n)).all() and (got[1][1] == array(n % 2)).all()
    if rng.random() < 0.5:
        store.put("training", key(n), {"n": n}, [array(n), array(n % 2)])
    if rng.random() < 0.1:
        store.prune(int(rng.integers(3_000_000)))
print(seen)
"""
    running = [run_python(code, store.folder, number) for number in range(4)]
    results = [ended(one) for one in running]
    assert all(int(out) > 10 and not err for out, err in results)
    assert (
        store.prune().left_bytes
        == store.bytes_on_disk()
        == int((store.folder / "total").read_text())
    )
    assert not [path for path in files(store) if path.suffix == ".new"]
    needed = {name for one in eviction.read_contents(store.folder).entries for name in one.blobs}
    assert needed == {path.name for path in files(store, "blobs")}


def test_a_killed_writer_leaves_no_half_entry(store):
    """kill -9 amid a write: entries are whole or missing, and pruning removes what was begun."""
    code = """
big = np.zeros(4_000_000, np.uint8)
for n in range(10_000):
    big[:8] = np.frombuffer(int(n).to_bytes(8, "little"), np.uint8)
    store.put("training", key(n % 5), {"n": n}, [big])
"""
    began = False
    for _ in range(20):
        process = run_python(code, store.folder)
        deadline = time.monotonic() + 60
        while not list(store.folder.rglob("*.new")) and time.monotonic() < deadline:
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate()
        for n in range(5):
            if got := store.get("training", key(n)):
                assert got[0]["n"] == int.from_bytes(got[1][0][:8].tobytes(), "little")
                assert not got[1][0][8:].any()
        began = bool(list(store.folder.rglob("*.new")))
        if began:
            break
    assert began  # at least one was killed in the middle
    store.put("training", key("after"), {}, [LARGE])  # its gate is open again
    assert store.get("training", key("after")) is not None
    store.prune()
    assert not list(store.folder.rglob("*.new"))


def test_one_of_many_processes_works(store, tmp_path):
    """Single flight: of four processes that miss the same entry at once, one works it out."""
    code = """
print("ready", flush=True)
sys.stdin.readline()
with store.lock("training", key(1)):
    if store.get("training", key(1)) is None:
        with open(sys.argv[2], "a") as log:
            log.write("worked\\n")
        time.sleep(0.3)
        store.put("training", key(1), {"n": 1})
"""
    log = tmp_path / "log"
    running = [run_python(code, store.folder, log, stdin=subprocess.PIPE) for _ in range(4)]
    for one in running:
        assert one.stdout.readline() == "ready\n"
    for one in running:
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in running:
        ended(one)
    assert log.read_text() == "worked\n"
    assert files(store, "locks") == []


def test_a_killed_process_lets_go_of_its_lock(store):
    """kill -9 of the one who works lets the next one work; no file of the lock stays."""
    holder = run_python(
        """
with store.lock("training", key(1)):
    print("held", flush=True)
    time.sleep(600)
""",
        store.folder,
    )
    assert holder.stdout.readline() == "held\n"
    taken = threading.Event()

    def wait():
        with store.lock("training", key(1)):
            taken.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not taken.wait(0.3)
    holder.kill()
    holder.communicate()
    assert taken.wait(10)
    waiting.join()
    assert files(store, "locks") == []


def parts_threads(store: Store) -> bool:
    """Say whether a lock lets eight threads in one by one."""
    inside, worst = [], []

    def work():
        for _ in range(5):
            with store.lock("training", key(1)):
                inside.append(1)
                worst.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return len(worst) == 40 and max(worst) == 1


def test_a_lock_parts_threads_and_leaves_no_files(store):
    """Threads take turns; locks of different entries do not wait for one another."""
    assert parts_threads(store)
    with (
        store.lock("training", key(1)),
        store.lock("training", key(2)),
        store.lock("model", key(1)),
    ):
        assert len(files(store, "locks")) == 3
    assert files(store, "locks") == []
    assert locks._turns == {}  # what is left there would grow with every entry, and shows nowhere


def test_a_lock_is_let_go_when_the_work_fails(store):
    """An error inside passes on, and the lock is free again."""
    with pytest.raises(KeyError), store.lock("training", key(1)):
        raise KeyError
    with store.lock("training", key(1)):
        pass


def test_a_stopped_process_does_not_stop_everybody(store):
    """A gate that stays closed is given up after a while, as an error that puts only log."""
    store.put("training", key(1), {})
    gate = store.folder / "gate"
    with locks.gate(gate, exclusive=False), locks.gate(gate, exclusive=False):
        assert gate.exists()
        with pytest.raises(TimeoutError), locks.gate(gate, exclusive=True, patience_s=0.05):
            pass
    with locks.gate(gate, exclusive=True, patience_s=0.05):
        pass


# Where it lies, and the command ----------------------------------------------------------------


def test_the_store_lies_beside_the_courses_secret(tmp_path, monkeypatch):
    """In the course's own folder; of an installed course, among the user's state; or as told."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    assert default_store(Course(tmp_path, ())).folder == tmp_path / ".autograder" / "store"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    installed = default_store(Course(catalog.PACKAGED_COURSE, (), state="keras-course")).folder
    assert installed == tmp_path / "state" / "keras-course" / "store"
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "told"))
    assert default_store(Course(tmp_path, ())).folder == tmp_path / "told"


@pytest.fixture
def told(store, tmp_path, monkeypatch) -> Store:
    """The store that the command line uses, inside a course without exercises."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "catalog.toml").write_text(
        '[[exercise]]\nslug = "ex04_perceptron"\ntitle = "Gates"\ntasks = ["gates"]\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(FOLDER_VARIABLE, str(store.folder))
    return store


def test_the_command_shows_kinds_sizes_uses_and_the_folder(told, capsys):
    """`autograder cache` has a line per kind, and one with the whole and where it lies."""
    filled(told, 2)
    told.put("transcript", key(1), {})
    assert main(["cache"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["training", "2", "48.0", "KiB"] in [line[:4] for line in lines]
    assert ["transcript", "1", "4.0", "KiB"] in [line[:4] for line in lines]
    (row,) = [line for line in lines if line[:1] == ["training"]]
    assert row[-2] == f"{told.usage()[0].newest_use.astimezone():%Y-%m-%d}"
    assert lines[-1] == ["52.0", "KiB", "of", "at", "most", "8.0", "GiB", "in", str(told.folder)]


def test_the_command_shows_an_empty_store(told, capsys):
    """Before the first grading there is nothing, which is no error, and nothing is made."""
    assert main(["cache"]) == 0
    assert main(["cache", "--clear", "--kind", "training"]) == 0
    assert "0 B of at most 8.0 GiB" in capsys.readouterr().out
    assert not told.folder.exists()


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["--prune"], [[0, 1, 2, 3], [0, 1, 2, 3]]),
        (["--prune", "--max-size", "96KiB"], [[2, 3], [2, 3]]),
        (["--prune", "--max-size", "0.046875 mib", "--kind", "training"], [[2, 3], [0, 1, 2, 3]]),
        (["--prune", "--older-than", "150m"], [[2, 3], [2, 3]]),
        (["--prune", "--older-than", "1d"], [[0, 1, 2, 3], [0, 1, 2, 3]]),
        (["--clear", "--kind", "transcript"], [[0, 1, 2, 3], []]),
        (["--clear"], [[], []]),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else None,
)
def test_the_command_prunes(told, capsys, words, kept):
    """Sizes, ages and kinds say what goes; the rest stays."""
    for number in range(4):
        for kind in ("training", "transcript"):
            told.put(kind, key(number), {}, [LARGE + number + 100 * (kind == "training")])
            used_at(told, kind, number, time.time() - 3600 * (4 - number))
    assert main(["cache", *words]) == 0
    assert [left(told, 4, kind) for kind in ("training", "transcript")] == kept
    removed = 8 - sum(map(len, kept))
    assert f"entries removed: {removed} (" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--prune", "--clear"], "not allowed"),
        (["--prune", "--max-size", "2"], "KiB"),
        (["--prune", "--max-size", "-2GiB"], "expected"),
        (["--prune", "--max-size", "2 parsecs"], "'2 parsecs'"),
        (["--prune", "--older-than", "30"], "Received: '30'"),
        (["--prune", "--older-than", "month"], "Received: 'month'"),
        (["--max-size", "2GiB"], "Add --prune"),
        (["--clear", "--older-than", "3d"], "Add --prune"),
        (["--kind", "training"], "Add one of them"),
        (["--clear", "--kind", "trainings"], "one of training"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else None,
)
def test_wrong_usage_is_told_and_removes_nothing(told, capsys, words, what):
    """Bad numbers, units, combinations and names end with 2 and a sentence."""
    told.put("training", key(1), {})
    try:
        status = main(["cache", *words])
    except SystemExit as ended:
        status = ended.code
    assert status == 2
    assert what in capsys.readouterr().err
    assert left(told, 2) == [1]


def test_a_store_that_cannot_be_read_is_told(told, tmp_path, monkeypatch, capsys):
    """A folder below a regular file ends the command with 2 and names it."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "file" / "store"))
    assert main(["cache"]) == 2
    assert main(["cache", "--clear"]) == 2
    assert capsys.readouterr().err.count(f"{tmp_path / 'file' / 'store'}") >= 2
