"""Data sets: what they hold, that no original leaks, and that their cache survives anything."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from course.lab import data
from course.lab.data import _make, _store, baseline

CLASSES = {"digits": (8, 8, 1), "digits28": (28, 28, 1), "pictures": (100, 100, 3)}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One cache for the tests that only read: making the pictures takes a second or two."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def kept(shared, monkeypatch):
    monkeypatch.setenv("FOOTGUNS_CACHE", str(shared))
    return shared


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTGUNS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def small():
    return {"x": np.arange(12, dtype=np.float32).reshape(3, 4), "y": np.arange(3)}


class Counting:
    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return small()


@pytest.mark.parametrize("name", CLASSES)
def test_images_have_the_documented_form(kept, name):
    split = data.load(name)
    for x, y in ((split.x_train, split.y_train), (split.x_test, split.y_test)):
        assert x.dtype == np.float32 and x.shape[1:] == CLASSES[name] == split.input_shape
        assert y.dtype == np.int64 and y.shape == (len(x),)
        assert x.min() >= 0 and x.max() <= 1 and x.max() > 0.9
        assert set(np.unique(y)) == set(range(10))
    assert (split.kind, split.metric) == ("classification", "accuracy")
    assert name in repr(split)


def test_houses_have_uneven_scales_and_a_price(kept):
    split = data.houses()
    assert split.x_train.shape == (3000, 39) and split.x_test.shape == (1000, 39)
    assert split.y_train.dtype == np.float32 and split.y_train.shape == (3000,)
    std, mean = split.x_train.std(axis=0, dtype=float), split.x_train.mean(axis=0, dtype=float)
    assert std.min() < 1.1e-3 and std.max() > 2.9e4 and mean.max() > 9e4
    assert set(np.unique(split.x_train[:, -4:])) == {0, 1}
    assert 0.01 < split.x_train[:, -4:].mean() < 0.03
    assert 1.5e5 < split.y_train.mean() < 2.5e5 and split.y_train.min() > 0
    assert split.metric == "r2"


def test_arrays_are_mapped_and_cannot_be_written(kept):
    split = data.digits()
    assert isinstance(split.x_train, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        split.x_train[0] = 0


def test_originals_are_split_before_they_are_drawn(kept):
    images, labels, train, test = _make.digit_originals()
    assert not set(train) & set(test) and len(train) + len(test) == len(images) == 1797
    split = data.digits28()
    assert set(split.source_train) == set(train) and set(split.source_test) == set(test)
    np.testing.assert_array_equal(labels[split.source_test], split.y_test)
    # The same picture under two numbers would leak all the same.
    flat = {images[i].tobytes() for i in train}
    assert not [i for i in test if images[i].tobytes() in flat]


def test_a_drawing_shows_its_original(kept):
    split = data.digits28()
    images = _make.digit_originals()[0]
    # Shrunk back to 8x8, a drawing is more like its own original than like most others.
    drawn = (
        split.x_test[:50, 4:24, 4:24, 0].reshape(50, 4, 5, 4, 5).mean(axis=(2, 4)).reshape(50, -1)
    )
    coarse = images.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(1797, -1)
    alike = np.corrcoef(drawn, coarse)[:50, 50:]
    rank = (alike > alike[np.arange(50), split.source_test[:50]][:, None]).mean(axis=1)
    assert np.median(rank) < 0.15


@pytest.mark.parametrize("name", ["digits28", "houses"])
def test_sets_are_the_same_each_time_they_are_made(name):
    once, again = getattr(_make, name)(), getattr(_make, name)()
    assert once.keys() == again.keys()
    for key in once:
        np.testing.assert_array_equal(once[key], again[key])


def test_pictures_are_the_same_each_time_they_are_made():
    labels = np.arange(10)
    np.testing.assert_array_equal(
        _make.paint(labels, np.random.default_rng(3)), _make.paint(labels, np.random.default_rng(3))
    )


def test_linear_models_leave_room_for_a_net(kept):
    assert 0.6 < data.linear_baseline("houses") < 0.76
    assert 0.6 < data.linear_baseline("digits28", limit=1500) < 0.75
    assert data.linear_baseline("digits") > 0.9
    assert data.linear_baseline("pictures") < 0.2  # ten classes: chance is 0.1


def test_a_baseline_is_kept_and_not_mistaken_for_another(kept, monkeypatch):
    whole = data.linear_baseline("houses")
    part = data.linear_baseline("houses", limit=200)
    assert part != whole
    monkeypatch.setattr(baseline, "_ridge_r2", lambda *a: pytest.fail("fitted again"))
    assert data.linear_baseline("houses") == whole
    assert data.linear_baseline(data.houses(), "r2") == whole
    monkeypatch.setattr(baseline, "_ridge_r2", lambda *a: 0.5)
    houses = data.houses()
    cut = data.Split(
        houses.x_train[:300], houses.y_train[:300], houses.x_test, houses.y_test, "houses"
    )
    assert data.linear_baseline(cut, "r2") == 0.5


def test_baseline_in_more_dimensions_than_samples_is_the_plain_one():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 90)).astype(np.float32), rng.integers(0, 3, 60)
    x[np.arange(60), y] += 3
    turned = baseline._standardised(x[:40], x[40:])
    plain = (x - x[:40].mean(0)) / x[:40].std(0)
    for a, b in ((turned[0], turned[0]), (turned[1], turned[0])):
        first = plain[:40] if len(a) == 40 else plain[40:]
        np.testing.assert_allclose(a @ b.T, first @ plain[:40].T, atol=1e-3)


def test_baseline_refuses_what_it_does_not_know(kept):
    with pytest.raises(ValueError, match="metric='accuracy' or 'r2'"):
        data.linear_baseline("houses", "mse")
    with pytest.raises(ValueError, match="data set of digits, digits28"):
        data.load("cats")


def test_a_set_is_made_once(fresh):
    make = Counting()
    for _ in range(2):
        found = _store.arrays("small", 1, make)
        np.testing.assert_array_equal(found["x"], small()["x"])
    assert make.calls == 1
    assert _store.arrays("small", 2, make) and make.calls == 2  # another version, another folder


def damage_missing(folder):
    (folder / "x.npy").unlink()


def damage_short(folder):
    path = folder / "x.npy"
    path.write_bytes(path.read_bytes()[:-8])


def damage_changed(folder):
    path = folder / "x.npy"
    path.write_bytes(path.read_bytes()[:-8] + b"12345678")
    os.utime(path, ns=(1, 1))


def damage_manifest(folder):
    (folder / "manifest.json").write_text("{")


def damage_no_manifest(folder):
    (folder / "manifest.json").unlink()


def damage_wrong_kind(folder):
    (folder / "manifest.json").write_text("[]")


@pytest.mark.parametrize(
    "damage",
    [
        damage_missing,
        damage_short,
        damage_changed,
        damage_manifest,
        damage_no_manifest,
        damage_wrong_kind,
    ],
)
def test_a_damaged_set_is_made_again(fresh, damage):
    make = Counting()
    _store.arrays("small", 1, make)
    damage(fresh / "small-v1")
    found = _store.arrays("small", 1, make)
    np.testing.assert_array_equal(found["x"], small()["x"])
    assert make.calls == 2
    _store.arrays("small", 1, make)
    assert make.calls == 2
    assert [p.name for p in fresh.iterdir()] == ["small-v1"]  # nothing is left lying about


def test_a_copied_cache_is_believed_after_a_look(fresh):
    make = Counting()
    _store.arrays("small", 1, make)
    for path in (fresh / "small-v1").glob("*.npy"):
        os.utime(path)  # other times, the same bytes
    _store.arrays("small", 1, make)
    assert make.calls == 1


def test_a_cache_that_cannot_be_written_is_no_obstacle(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("FOOTGUNS_CACHE", str(tmp_path / "file" / "cache"))
    found = _store.arrays("small", 1, small)
    np.testing.assert_array_equal(found["y"], small()["y"])
    assert not found["x"].flags.writeable
    assert _store.remembered("small", 1, "k", lambda: 0.25) == 0.25


def test_what_killed_makers_left_is_swept_up(fresh):
    left = fresh / f"{_store._TEMPORARY}old"
    left.mkdir(parents=True)
    os.utime(left, (1, 1))
    _store.arrays("small", 1, small)
    assert not left.exists()


def test_a_number_that_was_damaged_is_computed_again(fresh):
    _store.arrays("small", 1, small)
    assert _store.remembered("small", 1, "k", lambda: 0.25) == 0.25
    assert _store.remembered("small", 1, "k", lambda: 0.5) == 0.25
    (fresh / "small-v1" / "k.json").write_text("{}")
    assert _store.remembered("small", 1, "k", lambda: 0.5) == 0.5


def test_processes_that_make_a_set_at_once_all_get_it(fresh):
    program = textwrap.dedent("""
        import sys, time
        import numpy as np
        from course.lab.data import _store
        def make():
            time.sleep(0.3)  # long enough for all to be at it
            return {"x": np.full((1000, 100), 7, np.float32)}
        found = _store.arrays("race", 1, make)
        print(found["x"].sum(), type(found["x"]).__name__)
    """)
    fresh.mkdir()
    # A damaged set is in the way, too.
    (fresh / "race-v1").mkdir()
    (fresh / "race-v1" / "x.npy").write_bytes(b"?")
    running = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=60)[0].split() for process in running]
    assert said == [["700000.0", "memmap"]] * 4
    assert [p.name for p in fresh.iterdir()] == ["race-v1"]


def test_all_sets_are_made_with_their_baselines(kept, monkeypatch):
    made = []
    monkeypatch.setattr(baseline, "linear_baseline", lambda split: made.append(split.name))
    data.make_all()
    assert sorted(made) == ["digits", "digits28", "houses", "pictures"]
    assert {p.name.split("-")[0] for p in kept.iterdir()} >= {*made}


def test_mnist_is_digits28_with_a_note_when_it_is_not_there(kept, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    split = data.mnist()
    assert split.name == "digits28" and split.x_train is data.digits28().x_train
    assert "This is not MNIST" in str(split.note) and "mnist.npz is not there" in str(split.note)
    assert "This is not MNIST" in repr(split)


def test_mnist_is_the_real_one_when_keras_has_it(tmp_path, monkeypatch, kept):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "datasets" / "mnist.npz",
        x_train=rng.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        y_train=rng.integers(0, 10, 20, dtype=np.uint8),
        x_test=np.full((5, 28, 28), 255, np.uint8),
        y_test=np.arange(5, dtype=np.uint8),
    )
    split = data.mnist()
    assert split.name == "mnist" and split.note is None
    assert split.x_train.shape == (20, 28, 28, 1) and split.x_train.dtype == np.float32
    assert split.x_test.max() == 1 and split.y_test.dtype == np.int64
    assert data.mnist() is split


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut off"])
def test_a_damaged_mnist_says_so(kept, tmp_path, monkeypatch, content):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "mnist.npz").write_bytes(content)
    split = data.mnist()
    assert split.name == "digits28" and "cannot be read" in str(split.note)


def test_importing_the_instruments_imports_no_tensorflow():
    program = (
        "import sys; from autograder import training; from course.lab import data, figures; "
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'scipy') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"
