"""Feedback pages: nothing in them runs, nothing hidden is in them, and they say why."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import grading_class
import pytest
from click.testing import CliRunner
from grading_class import Whole, hand_in, works

from autograder.grading import demo
from autograder.grading.feedback.pages import page
from autograder.grading.gradebook.book import Book
from autograder.grading.gradebook.course import Course
from autograder.grading.journal import Journal
from autograder.grading.run import grade

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
EVIL = "</script><script>steal()</script><img src=x onerror=steal()><svg onload=steal()>"

#: Outputs that a student's code can leave in its notebook; every one tries to run something.
OUTPUTS = [
    {"output_type": "stream", "name": "stdout", "text": EVIL},
    {"output_type": "stream", "name": '"><script>steal()</script>', "text": "x"},
    {"output_type": "error", "ename": EVIL, "evalue": EVIL, "traceback": [EVIL, f"\x1b[31m{EVIL}"]},
    *(
        {"output_type": kind, "metadata": {}, "data": data}
        | ({"execution_count": 1} if kind == "execute_result" else {})
        for kind in ("display_data", "execute_result")
        for data in (
            {"text/plain": EVIL},
            {"text/html": EVIL},
            {"text/html": "<a href='javascript:steal()'>x</a><iframe src='//evil'></iframe>"},
            {"text/html": "<form action='//evil'><input name=p></form><base href='//evil'>"},
            {"text/html": "<meta http-equiv=refresh content='0;url=//evil'><style>*{}</style>"},
            {"text/html": "<div style='background:url(//evil)'>x</div><object data='//evil'>"},
            {"text/html": "<math><mtext><script>steal()</script></mtext></math>"},
            {"text/html": "<img src='data:image/svg+xml,<svg onload=steal()>'>"},
            {"image/svg+xml": "<svg onload='steal()'><script>steal()</script></svg>"},
            {"application/javascript": "steal()"},
            {"text/markdown": f"[x](javascript:steal()) {EVIL}"},
            {"text/latex": f"$x$ {EVIL}"},
            {"image/png": '" onerror="steal()'},
            {"image/jpeg": '"><script>steal()</script>'},
            {"application/pdf": EVIL, "text/plain": EVIL},
            {"application/vnd.jupyter.widget-view+json": {"model_id": EVIL}, "text/plain": "w"},
            {"application/json": {"x": EVIL}},
            {f"text/{EVIL}": "x"},
        )
    ),
    {"output_type": "display_data", "data": {"image/png": "aGk="},
     "metadata": {"image/png": {"width": '1" onload="steal()', "height": "1"}}},
]  # fmt: skip
FORBIDDEN = {
    "script", "svg", "iframe", "object", "embed", "form", "input", "button", "base", "link", "math",
    "audio", "video", "template", "frame", "frameset", "applet",
}  # fmt: skip


class Page(HTMLParser):
    """What a browser would find in a page: the tags, and the texts outside of tags."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


def assert_inert(text):
    parsed = Page(text)
    assert [tag for tag, _ in parsed.tags if tag in FORBIDDEN] == []
    assert [tag for tag, _ in parsed.tags].count("style") == 1  # the page's own
    metas = [attrs for tag, attrs in parsed.tags if tag == "meta"]
    assert {attrs.get("http-equiv") for attrs in metas} <= {None, "Content-Security-Policy"}
    assert len(metas) == 3
    for tag, attrs in parsed.tags:
        for name, value in attrs.items():
            assert not name.startswith("on"), (tag, attrs)
            if name in ("href", "src", "action", "formaction", "data", "background", "srcset"):
                start = (value or "").strip().lower()
                good = start.startswith(
                    ("#", "data:image/png", "data:image/jpeg", "https:", "http:")
                )
                assert good or not start or tag == "a" and "javascript" not in start, (tag, attrs)
                if tag != "a":
                    assert not start.startswith("http"), (tag, attrs)
            assert "url(" not in (value or ""), (tag, attrs)
    policy = next(a["content"] for a in metas if a.get("http-equiv"))
    assert "default-src 'none'" in policy and "script-src" not in policy
    return parsed


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    made = {}
    for lang in ("en", "ru"):
        root = tmp_path_factory.mktemp("feedback") / lang
        course = grading_class.make_course(root, lang=lang)
        kinds = ["right", "wrong", "kills-the-kernel", "endless-loop", "not-json", "missing"]
        kinds += ["deleted-answer", "duplicate-answer", "disputes"]
        for student, work in works(kinds).items():
            if lang == "ru":
                desk = demo.Desk(grading_class.unit(), "ru", demo.random.Random(student))
                work = {"01-sums": demo.KINDS[student[3:]](desk)}
            hand_in(course.root, {student: work})
        grade(course, limits={"cell": 2, "notebook": 30})
        made[lang] = course
    return made


def record_of(course, student):
    book = Book(course)
    record = Journal(course).in_gradebook(book, "01-sums", student, "sums")
    return record, book.given(record)


def html_of(course, student, **more):
    return page(*record_of(course, student), **more)


@pytest.mark.parametrize("output", OUTPUTS, ids=range(len(OUTPUTS)))
def test_no_output_can_do_anything(graded, output):
    record, given = record_of(graded["en"], "00-right")
    record = json.loads(json.dumps(record))
    shown = 0
    for cell in record["executed"]["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [output]
            shown += 1
    assert shown > 3
    assert_inert(page(record, given))


@pytest.mark.parametrize(
    "source",
    [
        EVIL,
        "[x](javascript:steal()) ![x](javascript:steal())",
        "<a href='jAvAsCrIpT:steal()'>x</a> <a href='data:text/html,<script>1</script>'>y</a>",
        "![x](attachment:a.png)",
        "```html\n</pre><script>steal()</script>\n```",
        "$x$ <math href='javascript:steal()'>y</math>",
        "{{ cell.source }} {% raw %}",
        "<div onclick=steal()>x</div><details open ontoggle=steal()>y</details>",
        "<style>@import '//evil'</style><link rel=stylesheet href=//evil>",
        "\u202e\x00\x1b[31mred",
    ],
)
def test_no_source_can_do_anything(graded, source):
    record, given = record_of(graded["en"], "00-right")
    record = json.loads(json.dumps(record))
    for cell in record["executed"]["cells"]:
        cell["source"] = source
        cell["metadata"]["tags"] = ['"><script>steal()</script>']
    for mark in record["cells"]:
        mark["message"] = {"en": source, "ru": source}
    record["student"] = record["unit"] = f"s{EVIL}"
    record["reason"] = {"en": source, "ru": source}
    assert_inert(page(record, {name: (None, source) for name in given}))


def test_hidden_tests_are_not_shown(graded):
    for student in ("00-right", "01-wrong", "02-kills-the-kernel", "06-deleted-answer"):
        record, given = record_of(graded["en"], student)
        sources = "".join(c["source"] for c in record["executed"]["cells"])
        assert "a secret" in sources  # in the instructor's copy
        text = page(record, given)
        assert "a secret" not in text and "HIDDEN" not in text
        assert "expect(type(total)" not in Page(text).text
        assert "expect(total, 6)" in Page(text).text  # the part that students have


def test_long_outputs_are_cut(graded):
    record, given = record_of(graded["en"], "00-right")
    record = json.loads(json.dumps(record))
    flood = {"output_type": "stream", "name": "stdout", "text": "x" * 5_000_000}
    rich = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<b>" * 10**6}}
    for cell in record["executed"]["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [flood, rich]
    assert len(page(record, given)) < 1_000_000


def test_a_damaged_region_hides_the_whole_cell(graded):
    record, given = record_of(graded["en"], "00-right")
    record = json.loads(json.dumps(record))
    for cell in record["executed"]["cells"]:
        cell["source"] = cell["source"].replace("### END HIDDEN TESTS", "")
    assert "a secret" not in page(record, given)


@pytest.mark.parametrize(
    ("student", "english", "russian"),
    [
        ("00-right", "passed", "пройдено"),
        ("01-wrong", "not yet", "пока нет"),
        ("02-kills-the-kernel", "ended the process", "ячейка завершила процесс"),
        ("03-endless-loop", "ran too long", "слишком долго"),
        ("06-deleted-answer", "missing", "нет ячейки"),
    ],
)
def test_every_check_says_outcome_and_reason(graded, student, english, russian):
    record, _ = record_of(graded["en"], student)
    text = assert_inert(html_of(graded["en"], student)).text
    assert english in text
    assert text.count(" / ") >= 2 * len(record["cells"])  # in the table, and beside the cell
    for cell in record["cells"]:
        if cell["outcome"] not in ("passed", "manual"):
            assert " ".join(cell["message"]["en"].split()) in text, cell
    ours = Page(html_of(graded["ru"], student)).text
    verdicts = html_of(graded["ru"], student).split('<div class="verdict')[1:]
    for verdict in verdicts:
        assert not re.search(">(passed|not yet|missing|ran too long|ended)", verdict)
    assert russian in ours
    assert "Суммы" in ours
    for cell in record_of(graded["ru"], student)[0]["cells"]:
        if cell["outcome"] not in ("passed", "manual"):
            assert " ".join(cell["message"]["ru"].split()) in ours


def test_a_submission_that_could_not_be_read_has_a_page_with_the_reason(graded):
    text = Page(html_of(graded["en"], "04-not-json")).text
    assert "Expected a notebook. Received a file that is not JSON." in text
    assert "0 of 8 points." in text


# Solutions -------------------------------------------------------------------------------------


@pytest.fixture
def course(graded, tmp_path):
    shutil.copytree(graded["en"].root, tmp_path / "course")
    return Course(tmp_path / "course")


def feedback(course, *words):
    command = ["feedback", "01-sums", "--course", str(course.root), *words]
    result = CliRunner().invoke(Whole(), command)
    return result.exit_code, result.output


def test_solutions_only_when_they_are_asked_for(course):
    assert feedback(course)[0] == 0
    path = course.root / "feedback" / "01-wrong" / "01-sums" / "sums.html"
    plain = path.read_text()
    assert "Worked solution" not in plain and "sum(DATA)" not in plain
    assert feedback(course, "--solutions")[0] == 0
    solved = assert_inert(path.read_text()).text
    assert solved.count("Worked solution") == 3
    assert "total = sum(DATA)" in solved and "return x * 2" in solved
    assert "BEGIN SOLUTION" not in solved and "a secret" not in solved
    assert feedback(course)[0] == 0
    assert "Worked solution" not in path.read_text()


def test_solutions_bring_the_way_to_them(course, monkeypatch):
    from autograder.grading.feedback import pages as module

    ladder = [
        {"en": "Look at **DATA**.", "ru": "-"},
        {"en": "Add them <script>up</script>.", "ru": "-"},
    ]
    monkeypatch.setattr(module, "_hints", lambda unit: {"total": ladder})
    feedback(course, "--solutions")
    path = course.root / "feedback" / "01-wrong" / "01-sums" / "sums.html"
    text = assert_inert(path.read_text()).text
    assert "Look at DATA." in text and "Add them" in text


def test_solutions_wait_for_the_last_deadline(course):
    from nbgrader.api import Gradebook

    now = datetime.now(UTC).replace(tzinfo=None)

    def due(when, extension=None):
        with Gradebook(f"sqlite:///{course.gradebook}", "footguns") as gradebook:
            gradebook.find_assignment("01-sums").duedate = when
            gradebook.find_submission("01-sums", "00-right").extension = extension
            gradebook.db.commit()
        return feedback(course, "--solutions")

    code, out = due(now + timedelta(hours=1))
    assert code == 1 and "Received: 01-sums, due" in out
    assert not (course.root / "feedback").exists()
    code, out = due(now - timedelta(hours=1), timedelta(hours=2))
    assert code == 1 and "can hand in any more" in out
    assert due(now - timedelta(hours=3), timedelta(hours=2))[0] == 0
    assert feedback(course)[0] == 0


def test_the_units_of_the_course_have_solutions_with_reasons():
    """Every answer of every unit has a solution to show, and every code task its steps."""
    from pathlib import Path

    from autograder.grading.feedback.pages import worked_solutions

    root = Path(__file__).parents[1]
    for lang in ("en", "ru"):
        course = Course.__new__(Course)
        course.root, course.config = (
            root,
            {"CourseDirectory": {"source_directory": f"solutions/{lang}"}},
        )
        assert course.units()
        for unit in course.units():
            for notebook in course.masters[unit]:
                found = worked_solutions(course, unit, notebook)
                assert len(found) >= 5
                for name, cells in found.items():
                    assert cells[0]["source"].strip(), name
                    assert "SOLUTION" not in cells[0]["source"]
                    assert len(cells) == 2 or cells[0]["cell_type"] == "markdown", name
