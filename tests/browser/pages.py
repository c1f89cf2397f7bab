"""What a student does with a notebook in the browser: reads, types, presses keys."""

import json
import re
from contextlib import suppress

from playwright.sync_api import expect

#: Milliseconds; two cores are shared with kernels that import TensorFlow.
SLOW = 120_000
expect.set_options(timeout=30_000)
# A workspace of its own: JupyterLab would open what was open before as well.
_PAGES = {"lab": "/lab/workspaces/{name}/tree/{path}", "notebook": "/notebooks/{path}"}


# Notebook 7 says this about extensions of JupyterLab that ask for what only JupyterLab has.
_NOT_OURS = re.compile(r"reading 'schema'|is not registered|registered\.")


class Notebook:
    """A notebook that is open in JupyterLab ("lab") or Notebook 7 ("notebook")."""

    def __init__(self, browser, server, flavour, path, pictures):
        self.server, self.flavour, self.path, self.pictures = server, flavour, path, pictures
        self.context = browser.new_context(viewport={"width": 1280, "height": 1000})
        self.context.set_default_timeout(SLOW)
        self.page = self.context.new_page()
        self.asked, self.errors = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", self._fails)
        self.cells = json.loads((server.root / path).read_text(encoding="utf-8"))["cells"]

    def open(self):
        name = re.sub(r"\W", "-", self.path)
        url = self.server.url + _PAGES[self.flavour].format(name=name, path=self.path)
        # "idle" is what the page says before it has asked for a kernel as well; a key that is pressed
        # then opens a dialog that asks which kernel to take.
        with self.page.expect_websocket(lambda s: "/channels" in s.url, timeout=SLOW):
            self.page.goto(f"{url}?token={self.server.token}")
        expect(self.page.locator(".jp-Notebook .jp-Cell")).to_have_count(
            len(self.cells), timeout=SLOW
        )
        self.page.locator(
            "[data-status=idle], .jp-Notebook-ExecutionIndicator[data-status=idle]"
        ).first.wait_for()
        return self

    def close(self):
        self.context.close()
        self.server.end_kernels()

    def picture(self, name):
        self.page.screenshot(path=self.pictures / f"{name}-{self.flavour}.png")

    def _fails(self, error):
        if not _NOT_OURS.search(str(error)):
            self.errors.append(str(error))

    # -- cells -------------------------------------------------------------------------------------

    def cell(self, index):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def index(self, **about):
        """Of the first cell whose footguns metadata say so, or whose ``id`` it is."""
        for i, cell in enumerate(self.cells):
            known = {"id": cell["id"], **cell["metadata"].get("footguns", {})}
            if all(known.get(name) == value for name, value in about.items()):
                return i
        raise LookupError(about)

    def run(self, index):
        """Run a cell with Shift+Enter and wait for its end; returns what it shows."""
        prompt = self.start(index)
        if self.cells[index]["cell_type"] == "code":
            expect(prompt).to_have_text(re.compile(r"^\[\d+\]:?\s*$"), timeout=SLOW)
        return self.shown(index)

    def start(self, index):
        """Press Shift+Enter in a cell; again where a kernel that is still starting did not hear it."""
        cell = self.cell(index)
        prompt = cell.locator(".jp-InputPrompt")
        before = re.compile(f"^{re.escape(prompt.inner_text().strip())}\\s*$")
        for patience in (8_000, 8_000, SLOW):
            cell.scroll_into_view_if_needed()
            prompt.click()
            self.page.keyboard.press("Shift+Enter")
            if self.cells[index]["cell_type"] != "code":
                return prompt
            with suppress(AssertionError):
                expect(prompt).not_to_have_text(before, timeout=patience)
                return prompt
        raise AssertionError(f"cell {index} does not run")

    def run_until(self, index):
        """Run every code cell above ``index``; what they show, {index: text}."""
        return {
            i: self.run(i)
            for i, cell in enumerate(self.cells[:index])
            if cell["cell_type"] == "code"
        }

    def shown(self, index):
        """The text of a cell's outputs, once they have come."""
        return self.cell(index).locator(".jp-Cell-outputWrapper").text_content()

    def failed(self, index):
        """Whether an output of the cell is an error."""
        kind = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"], .jp-RenderedText[data-mime-type="application/vnd.jupyter.error"]'
        return self.cell(index).locator(kind).count() > 0

    def type(self, index, text):
        """Replace a whole cell, as somebody who types would."""
        editor = self.cell(index).locator(".cm-content")
        editor.scroll_into_view_if_needed()
        editor.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(text)

    def save(self):
        self.page.keyboard.press("Escape")
        with self.page.expect_response(
            lambda r: "/api/contents/" in r.url and r.request.method == "PUT"
        ):
            self.page.keyboard.press("Control+s")

    def foreign(self):
        """Requests that went anywhere but to this server."""
        ours = (self.server.url, "data:", "blob:", self.server.url.replace("http", "ws"))
        return [url for url in self.asked if not url.startswith(ours)]
