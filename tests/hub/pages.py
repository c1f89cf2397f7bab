"""What people do in the browser: JupyterLab with nbgrader's tools, and the formgrader."""

import re
from pathlib import Path

from playwright.sync_api import expect

#: Milliseconds; two cores are shared with kernels that import TensorFlow.
SLOW = 180_000


class Person:
    """Somebody with a browser of his own. Screenshots go to ``pictures``, numbered."""

    taken = 0

    def __init__(self, browser, hub, role, pictures: Path):
        self.hub, self.role, self.name = hub, role, hub.names[role]
        self.pictures = pictures
        self.context = browser.new_context(viewport={"width": 1400, "height": 1000})
        self.context.set_default_timeout(SLOW)
        self.page = self.context.new_page()

    def close(self):
        self.context.close()

    def picture(self, what):
        Person.taken += 1
        name = f"{Person.taken:02}-{self.role}-{what}.png"
        self.page.screenshot(path=self.pictures / name)

    def log_in(self, path=""):
        """By the Hub's own page and PAM, to go on to ``path``."""
        self.page.goto(f"{self.hub.url}hub/login?next={self.hub.site.base_url}{path}")
        self.page.fill("#username_input", self.name)
        self.page.fill("#password_input", self.hub.passwords[self.name])
        self.page.click("#login_submit")

    def status(self, path):
        """The status of a page that somebody who is logged in asks for."""
        return self.page.request.get(self.hub.url + path).status


class Student(Person):
    """JupyterLab, nbgrader's list of assignments, one notebook."""

    def open(self):
        """Wait for the server that logging in has started."""
        self.page.locator("#jp-MainMenu >> text=Nbgrader").wait_for()
        self.menu()

    def menu(self):
        """Open nbgrader's list of assignments."""
        self.page.locator("#jp-MainMenu >> text=Nbgrader").click()
        self.page.locator('li[data-command="nbgrader:open-assignment-list"]').click()
        self.page.locator("#fetched_assignments_list").wait_for()

    def tools(self):
        """What nbgrader's menu offers."""
        self.page.locator("#jp-MainMenu >> text=Nbgrader").click()
        found = self.page.locator("#jp-mainmenu-nbgrader li .lm-Menu-itemLabel")
        found.first.wait_for()
        names = [name for name in found.all_inner_texts() if name]
        self.page.keyboard.press("Escape")
        return names

    def row(self, kind):
        return self.page.locator(f"#{kind}_assignments_list > .list_item")

    def refresh(self):
        self.page.locator("#refresh_assignments_list").click()

    def fetch(self):
        self.row("released").get_by_role("button", name="Fetch").click()
        expect(self.row("fetched")).to_have_count(1, timeout=SLOW)

    def open_notebook(self, name):
        self.row("fetched").locator("a.assignment-notebooks-link").click()
        self.row("fetched").get_by_text(name, exact=True).click()
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()

    def answer(self, placeholder, text):
        """Replace a whole cell, found by what it holds, as somebody who types would."""
        cell = self.page.locator(".jp-Notebook .cm-content", has_text=placeholder).first
        cell.scroll_into_view_if_needed()
        cell.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def answer_in_words(self, placeholder, text):
        cell = self.page.locator(".jp-MarkdownCell", has_text=placeholder).first
        cell.scroll_into_view_if_needed()
        cell.locator(".jp-RenderedMarkdown").dblclick()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def save(self):
        with self.page.expect_response(
            lambda answer: answer.request.method == "PUT" and "/api/contents/" in answer.url
        ) as saved:
            self.page.keyboard.press("Control+s")
        assert saved.value.status == 200

    def validate(self):
        """The notebook's own button; returns what the dialog says."""
        self.page.locator(".validate-button").click()
        dialog = self.page.locator("#validation-message")
        dialog.wait_for()
        text = dialog.inner_text()
        self.picture("validated")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        return text

    def show_list(self):
        self.page.locator(".lm-TabBar-tabLabel", has_text="Assignments").click()

    def submit(self):
        self.row("fetched").get_by_role("button", name="Submit").click()
        expect(self.row("submitted")).to_have_count(1, timeout=SLOW)

    def fetch_feedback(self):
        self.refresh()
        self.row("submitted").get_by_role("button", name="Fetch Feedback").first.click()
        self.row("submitted").get_by_text(re.compile("view feedback", re.I)).first.wait_for()

    def read(self, path):
        """Open a file of one's own home in the browser."""
        self.page.goto(f"{self.hub.url}user/{self.name}/files/{path}")
        return self.page.locator("body").inner_text()


class Instructor(Person):
    """The formgrader, in its frame within JupyterLab."""

    def open(self):
        self.log_in(f"services/{self.hub.course.id}/lab?formgrader=true")
        self.page.locator("iframe").wait_for()
        self.frame = self.page.frame_locator("iframe")
        self.frame.locator("td.name").first.wait_for()

    def go(self, path):
        """Another page of the formgrader, in the same frame."""
        self.page.locator("iframe").wait_for()
        frame = self.page.locator("iframe").element_handle().content_frame()
        frame.goto(f"{self.hub.url}services/{self.hub.course.id}/formgrader/{path}")

    def add(self, name, due):
        self.frame.get_by_role("link", name="Add new assignment").click()
        dialog = self.frame.locator("#add-assignment-modal")
        dialog.locator("input.name").fill(name)
        dialog.locator("input.duedate").fill(due)
        dialog.locator("button.save").click()
        dialog.wait_for(state="detached")

    def press(self, column, row=None):
        """Press a button of a table's row, the first one or the one with the text ``row``, and
        return what the dialog says that follows."""
        cell = self.frame.locator(f"td.{column}")
        if row is not None:
            cell = self.frame.locator("tr", has_text=row).locator(f"td.{column}")
        cell.locator("a").first.click()
        dialog = self.frame.locator("#success-modal, #error-modal")
        dialog.wait_for()
        text = dialog.inner_text()
        self.picture(column)
        dialog.locator(".modal-footer button").click()
        dialog.wait_for(state="detached")
        return text

    def column(self, name):
        """{student: text} of a column of the table of submissions."""
        self.frame.locator(f"td.{name}").first.wait_for()
        rows = self.frame.locator("#main-table tr")
        return {
            row.locator("td.student-id").inner_text(): row.locator(f"td.{name}").inner_text()
            for row in rows.all()
        }

    def show(self, student, unit, notebook):
        """The page on which a student's notebook is marked by hand."""
        self.go(f"manage_students/{student}/{unit}")
        self.frame.locator("td.name a", has_text=notebook).click()
        self.frame.locator("input.score").first.wait_for()

    def title(self):
        return self.page.locator("iframe").element_handle().content_frame().title()

    def mark(self, cell, points, comment):
        """A mark and a comment by hand, for the cell of that name, of the notebook shown."""
        for kind, field, hint, value in (
            ("grade", f"input.score#{cell}", f"#{cell}_extra_credit", points),
            ("comment", f"#{cell}-comment", f"#{cell}-comment", comment),
        ):
            # The page shows a hint when it has what the gradebook has, and listens from then on.
            self.frame.locator(f"{hint}[placeholder]").wait_for()
            box = self.frame.locator(field)
            with self.page.expect_response(
                lambda answer, kind=kind: (
                    answer.request.method == "PUT" and f"/formgrader/api/{kind}/" in answer.url
                )
            ) as saved:
                box.fill(str(value))
                box.dispatch_event("change")
            assert saved.value.ok
        self.picture("by-hand")
