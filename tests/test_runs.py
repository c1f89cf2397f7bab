"""Long measurements: in turns, interrupted and gone on with, shown once."""

import io
import os
import signal
import subprocess
import sys
import textwrap
from xml.etree import ElementTree

import numpy as np
import pytest

from course.lab import figures, runs
from course.lab.runs.progress import duration


class Trainer:
    """Accuracy 1 - 2^(-n / half), and a log of the stretches it was asked for."""

    def __init__(self, half, log=None, name=""):
        self.half, self.n = half, 0
        self.log, self.name = log, name

    def __call__(self, n):
        self.n += n
        if self.log is not None:
            self.log.append((self.name, n))
        return {"accuracy": 1 - 2 ** (-self.n / self.half), "loss": np.float32(1 / self.n)}


class Interrupting(Trainer):
    """Sends this process SIGINT during the stretch that ends at ``at``."""

    at = 300

    def __call__(self, n):
        found = super().__call__(n)
        if self.n == self.at:
            os.kill(os.getpid(), signal.SIGINT)
        return found


class Watcher:
    """A display that remembers what it was shown."""

    def __init__(self):
        self.lines, self.finished, self.pictures = [], [], []

    def update(self, draw, line):
        self.lines.append(str(line))
        self.pictures.append(draw())

    def finish(self, draw, line):
        self.finished.append(str(line))
        self.pictures.append(draw())


def experiment(**settings):
    log = []
    trainers = {"with": Trainer(100, log, "with"), "without": Trainer(1000, log, "without")}
    return runs.Experiment(trainers, **{"total": 500, "every": 100, **settings}), log


def test_series_grow_in_turns_and_stop_at_total():
    found, log = experiment(total=250)
    assert list(found.steps()) == ["with", "without"] * 3
    assert log == [("with", 100), ("without", 100)] * 2 + [("with", 50), ("without", 50)]
    assert found.finished and list(found.steps()) == []
    for columns in found.history.values():
        assert list(columns["iteration"]) == [100, 200, 250]
        assert (np.diff(columns["seconds"]) >= 0).all()


def test_what_is_asked_of_the_history():
    found, _ = experiment()
    assert found.first("accuracy", 0.5) == {"with": None, "without": None}
    assert found.best("accuracy") == {"with": None, "without": None}
    assert found.last("accuracy") == {"with": None, "without": None}
    found.run(Watcher())
    assert found.first("accuracy", 0.9) == {"with": 400, "without": None}  # 1 - 2^-4 = 0.94
    seconds = found.first("accuracy", 0.9, by="seconds")
    assert seconds["with"] == found.history["with"]["seconds"][3] and seconds["without"] is None
    assert found.best("accuracy")["with"] == (500, pytest.approx(1 - 2**-5))
    assert found.best("loss")["with"] == (100, pytest.approx(0.01))
    assert found.last("accuracy")["without"] == pytest.approx(1 - 2**-0.5)
    assert all(rate > 0 for rate in found.rates.values())
    with pytest.raises(ValueError, match="Expected a metric of accuracy, loss. Received: 'speed'"):
        found.first("speed", 1)


def test_total_may_be_raised_later():
    found, _ = experiment(total=200)
    found.run(Watcher())
    found.total = 400
    assert not found.finished
    found.run(Watcher())
    assert list(found.history["with"]["iteration"]) == [100, 200, 300, 400]
    assert found.trainers["with"].n == 400


def test_an_interrupt_finishes_the_stretch_and_the_next_run_goes_on():
    trainers = {"a": Interrupting(100), "b": Trainer(100)}
    found = runs.Experiment(trainers, total=800, every=100)
    watcher = Watcher()
    before = signal.getsignal(signal.SIGINT)
    found.run(watcher)
    assert signal.getsignal(signal.SIGINT) is before
    assert found.iterations("a") == trainers["a"].n == 300  # history and net agree
    assert watcher.finished == [
        "Stopped after 200 of 800 iterations. Everything computed is kept.\n"
        "To go on, run this cell again."
    ]
    found.run(watcher)
    assert found.finished and trainers["a"].n == trainers["b"].n == 800
    assert list(found.history["a"]["iteration"]) == list(range(100, 801, 100))
    assert watcher.finished[1].startswith("2 series of 800 iterations each in ")


def test_an_interrupt_in_the_last_stretch_is_no_stop():
    trainer = Interrupting(100)
    trainer.at = 500
    found, watcher = runs.Experiment({"a": trainer}, total=500), Watcher()
    found.run(watcher)
    assert found.finished and watcher.finished[0].startswith("1 series of 500 iterations in ")


def test_a_stretch_that_is_broken_off_does_not_count():
    class Impatient(Trainer):
        def __call__(self, n):
            if self.n == 200 and not self.log:
                self.log.append("once")
                raise KeyboardInterrupt  # what a second Ctrl-C raises
            self.n += n
            return {"accuracy": 0.5}

    found, watcher = runs.Experiment({"a": Impatient(1, [])}, total=400), Watcher()
    found.run(watcher)
    assert found.iterations("a") == 200 and "Stopped after 200 of 400" in watcher.finished[0]
    found.run(watcher)
    assert found.finished


def test_an_error_of_a_trainer_comes_through_and_loses_nothing():
    class Failing(Trainer):
        def __call__(self, n):
            if self.n == 200:
                raise ZeroDivisionError
            return super().__call__(n)

    found = runs.Experiment({"a": Failing(100)}, total=500)
    with pytest.raises(ZeroDivisionError):
        found.run(Watcher())
    assert list(found.history["a"]["iteration"]) == [100, 200]


def test_bad_arguments_and_bad_trainers_are_refused():
    with pytest.raises(ValueError, match="at least one trainer"):
        runs.Experiment({}, total=10)
    with pytest.raises(ValueError, match="total=0"):
        runs.Experiment({"a": Trainer(1)}, total=0)
    for wrong in (None, 0.5, {"accuracy": "high"}, {"accuracy": np.ones(3)}):
        found = runs.Experiment({"a": lambda n, wrong=wrong: wrong}, total=10)
        with pytest.raises(TypeError, match="Expected trainer 'a' to return a dict of numbers"):
            found.run(Watcher())
        assert found.iterations("a") == 0


def test_a_metric_that_is_left_out_is_nan():
    answers = iter([{"a": 1}, {"b": 2}])
    found = runs.Experiment({"x": lambda n: next(answers)}, total=2, every=1)
    found.run(Watcher())
    columns = found.history["x"]
    assert columns["a"][0] == 1 and np.isnan(columns["a"][1]) and np.isnan(columns["b"][0])
    assert found.best("b") == {"x": (2, 2.0)}


def test_the_picture_grows_while_its_axes_stand():
    found, _ = experiment(level=0.9, y_range=(0, 1))
    watcher = Watcher()
    found.run(watcher)
    assert len(watcher.pictures) == 11
    ticks = [
        [t.text for t in ElementTree.fromstring(picture.svg()).iter() if t.tag.endswith("text")]
        for picture in watcher.pictures
    ]
    axis = ["0", "100", "200", "300", "400", "500"]
    assert all(all(word in words for word in axis) for words in ticks)
    assert "400" in watcher.pictures[-1].text() and "reaches 0.9" in watcher.pictures[-1].text()
    assert all("iterations/s" in line and "left" in line for line in watcher.lines)


def test_progress_counts_what_this_run_has_done():
    now = iter([0.0, 10.0, 10.0, 10.0])
    progress = runs.Progress(1000, done=500, clock=lambda: next(now))
    progress.done = 600
    assert progress.rate == 10  # 100 in 10 seconds, not 600
    assert progress.seconds_left == 40
    fresh = runs.Progress(1000, clock=lambda: 0.0)
    assert fresh.rate is None and fresh.seconds_left is None
    assert str(fresh.line()) == "▕" + " " * 24 + "▏   0%"


def test_the_bar_fills_by_eighths():
    progress = runs.Progress(192, clock=lambda: 0.0)
    for done, bar in ((0, ""), (1, "▏"), (8, "█"), (12, "█▌"), (192, "█" * 24), (500, "█" * 24)):
        progress.done = done
        assert progress.bar() == bar.ljust(24)


@pytest.mark.parametrize(
    "seconds, words", [(12.34, "12.3 s"), (245, "4 min 05 s"), (7380, "2 h 03 min")]
)
def test_durations(seconds, words):
    assert str(duration(seconds)) == words


def test_a_terminal_sees_one_line_written_over():
    found, _ = experiment()
    stream = io.StringIO()
    found.run(runs.Terminal(stream))
    text = stream.getvalue()
    assert text.count("\n") == 1 and text.endswith("\n")
    assert text.startswith("\r▕") and text.split("\r")[-1].startswith("2 series of 500")


def test_where_nobody_looks_only_the_last_line_is_written(monkeypatch, capfd):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert runs.quick(10_000, 500) == 500
    found, _ = experiment()
    found.run()
    out, err = capfd.readouterr()
    assert out.startswith("2 series of 500 iterations each in ") and out.count("\n") == 1
    assert err == ""
    monkeypatch.delenv("NBGRADER_EXECUTION")
    monkeypatch.delenv("FOOTGUNS_QUICK", raising=False)
    assert runs.quick(10_000, 500) == 10_000
    assert isinstance(runs.here(), runs.Quiet)  # pytest's stdout is no terminal


def test_a_saved_notebook_holds_one_picture_and_nothing_on_stderr(tmp_path):
    """In a real kernel: one output, the last state of it, no flood and no stderr."""
    import nbformat
    from nbclient import NotebookClient

    code = """
    import time
    from course.lab import runs

    class Trainer:
        n = 0
        def __call__(self, n):
            self.n += n
            time.sleep(0.02)
            return {"accuracy": self.n / 4000}

    experiment = runs.Experiment({"a": Trainer(), "b": Trainer()}, total=3000, every=100)
    """
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(textwrap.dedent(code)),
        nbformat.v4.new_code_cell("experiment.run()"),
    ]
    environment = {k: v for k, v in os.environ.items() if k not in ("NBGRADER_EXECUTION",)}
    NotebookClient(notebook, timeout=60).execute(env=environment)
    outputs = notebook.cells[1].outputs
    assert [output.output_type for output in outputs] == ["display_data"]
    assert outputs[0].data["text/plain"].splitlines()[-1].startswith("2 series of 3,000")
    assert "<svg" in outputs[0].data["text/html"] and "iterations/s" not in str(outputs[0].data)


def test_the_stop_button_of_a_notebook_keeps_everything(monkeypatch):
    """A real kernel, interrupted while a cell runs; the same cell again goes on."""
    from jupyter_client.manager import start_new_kernel

    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    setup = """
    import time
    from course.lab import runs

    def train(n):
        time.sleep(0.02)
        return {"accuracy": 0.5}

    experiment = runs.Experiment({"a": train}, total=1_000_000)
    """
    manager, client = start_new_kernel()
    try:
        client.execute_interactive(textwrap.dedent(setup), timeout=60)
        shown = []

        def interrupt_when_drawn(message):
            kind, content = message["header"]["msg_type"], message["content"]
            if kind in ("display_data", "update_display_data"):
                shown.append(content["data"]["text/plain"])
                if len(shown) == 2:
                    manager.interrupt_kernel()
            assert kind not in ("stream", "error"), content

        kept = []
        for _ in range(2):
            shown.clear()
            reply = client.execute_interactive(
                "experiment.run()", timeout=60, output_hook=interrupt_when_drawn
            )
            assert reply["content"]["status"] == "ok"
            *_, stopped, how = shown[-1].splitlines()
            assert how == "To go on, run this cell again."
            kept.append(int(stopped.split()[2].replace(",", "")))
        assert 0 < kept[0] < kept[1]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_script_can_be_stopped_by_a_signal(tmp_path):
    """The real thing: a process, a real SIGINT, and it ends by itself with what it has."""
    script = tmp_path / "long.py"
    script.write_text(
        textwrap.dedent(
            """
            import sys, time
            from course.lab import runs

            def train(n):
                time.sleep(0.01)
                print("stretch", flush=True)
                return {"accuracy": 0.5}

            experiment = runs.Experiment({"a": train}, total=1_000_000)
            experiment.run()
            print("kept", len(experiment.history["a"]["iteration"]))
            """
        )
    )
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "stretch\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0 and err == ""
    *stretches, stopped, how, kept = out.strip().split("\n")
    assert stopped.startswith("Stopped after ") and how == "To go on, run this cell again."
    assert kept == f"kept {len(stretches) + 1}"


def test_series_figure():
    x = np.arange(5)
    lines = {
        "up & up": (x, x / 4),
        "flat": (x, np.array([0.1, np.nan, 0.1, 0.1, 0.1])),
        "-": ([], []),
    }
    figure = figures.series(lines, level=0.5, x_label="iteration", note="a <note>")
    root = ElementTree.fromstring(figure.svg())
    assert root[0].text == figure.text() and "currentColor" in figure.svg()
    assert sum(e.tag.endswith("polyline") for e in root.iter()) == 2
    dashes = [e.get("stroke-dasharray") for e in root.iter() if e.tag.endswith("polyline")]
    assert len(set(dashes)) == 2  # the lines differ without colour, too
    rows = figure.text().splitlines()
    assert rows[0].split() == ["first", "last", "most", "reaches", "0.5"]
    assert rows[1].split()[-4:] == ["0", "1", "1", "2"] and rows[2].split()[-1] == "–"
    assert rows[-1] == "a <note>"
    assert (
        figures.series(lines, level=0.5, x_label="iteration", note="a <note>").svg() == figure.svg()
    )


def test_the_text_twin_is_blank_where_a_series_has_not_come_to():
    x = np.arange(1, 101)
    rows = figures.series({"whole": (x, x), "half": (x[:50], x[:50])}).text().splitlines()
    whole, half = (row[len("whole  ") :][:24] for row in rows[1:3])
    assert " " not in whole and whole[:12].strip() == half.strip() and half[13:].strip() == ""


def test_series_refuses_what_it_cannot_draw():
    with pytest.raises(ValueError, match=r"\(2,\) and \(3,\)"):
        figures.series({"a": ([1, 2], [1, 2, 3])})
    with pytest.raises(ValueError, match="1 to 6 series"):
        figures.series({str(i): ([1], [1]) for i in range(7)})
    with pytest.raises(ValueError, match="1 to 6 series"):
        figures.series({})


def test_axes_grow_where_numbers_do_not_fit():
    figure = figures.series({"a": ([0, 20], [-1, 3])}, x_range=(0, 10), y_range=(0, 1))
    root = ElementTree.fromstring(figure.svg())
    words = [e.text for e in root.iter() if e.tag.endswith("text")]
    assert "20" in words and "3" in words and "-1" in words
    line = next(e for e in root.iter() if e.tag.endswith("polyline"))
    box = next(e for e in root.iter() if e.tag.endswith("rect"))
    left, top = float(box.get("x")), float(box.get("y"))
    for point in line.get("points").split():
        u, v = map(float, point.split(","))
        assert left <= u <= left + float(box.get("width"))
        assert top <= v <= top + float(box.get("height"))
