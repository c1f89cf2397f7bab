"""A notebook as one HTML page, for reading offline and on paper: no script, no font, no request.

Formulas become MathML, which browsers show by themselves; of a widget its static twin is kept.
"""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path

from autograder.errors import Problem
from autograder.messages import msg

_WIDGET = "application/vnd.jupyter.widget-view+json"

_PAGE = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
pre {{ overflow-x: auto; white-space: pre-wrap; font-size: 14px; margin: .4rem 0 }}
.jp-InputPrompt, .jp-OutputPrompt, .prompt, .anchor-link {{ display: none }}
.jp-CodeCell .jp-InputArea, .input_area {{ border-left: 3px solid #8888; padding-left: 1rem }}
.jp-OutputArea, .output {{ padding-left: 1.2rem }}
table {{ border-collapse: collapse }}
td, th {{ border-bottom: 1px solid #8886; padding: .2rem .8rem .2rem 0; text-align: left }}
svg, img {{ max-width: 100%; height: auto }}
{light}
@media (prefers-color-scheme: dark) {{ {dark} }}
@media print {{
  body {{ max-width: none; margin: 0; font-size: 11pt }}
  pre, svg, table, .cell, .jp-Cell {{ break-inside: avoid }} h2 {{ break-after: avoid }}
}}
</style></head><body><main>
{body}
</main></body></html>
"""


def page(path: Path) -> str:
    """The notebook at ``path`` as HTML, with the outputs that are saved in it.

    Raises Problem when it is no notebook.
    """
    notebook = _read(path)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if _WIDGET in output.get("data", {}) and len(output["data"]) > 1:
                del output["data"][_WIDGET]
    body, _ = _exporter().from_notebook_node(notebook)
    about = notebook.metadata.get("footguns", {})
    title = about.get("unit") if isinstance(about, dict) else None
    light, dark = _colours()
    return _PAGE.format(
        lang=html.escape(str(about.get("language", "en"))) if isinstance(about, dict) else "en",
        title=html.escape(str(title or path.stem)),
        light=light,
        dark=dark,
        body=body,
    )


def _read(path):
    import nbformat

    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except OSError as error:
        what = error.strerror
    except Exception:  # not JSON, or JSON of another kind
        what = msg("another kind of file")
    raise Problem(
        msg("Expected a notebook in {path}. Received: {what}.", path=path, what=what), exit_code=2
    )


@cache
def _exporter():
    from jinja2 import pass_context
    from nbconvert.exporters import HTMLExporter

    class Exporter(HTMLExporter):
        @pass_context
        def markdown2html(self, context, source):
            return _markdown(source)

    return Exporter(template_name="basic")


def _markdown(source: str) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def block_math(self, body):
            return f"<p>{_formula(body, 'block')}</p>"

        def inline_math(self, body):
            return _formula(body, "inline")

        def latex_environment(self, name, body):
            return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    return MarkdownWithMath(renderer=Renderer(escape=False, exclude_anchor_links=True)).render(
        source
    )


def _formula(latex: str, display: str) -> str:
    from latex2mathml.converter import convert

    try:
        return convert(latex.strip(), display=display)
    except Exception:  # a formula that it does not know is still legible as it was written
        return f"<code>{html.escape(latex.strip())}</code>"


@cache
def _colours() -> tuple[str, str]:
    from pygments.formatters import HtmlFormatter

    return tuple(
        HtmlFormatter(style=style, nobackground=True).get_style_defs(".highlight")
        for style in ("default", "monokai")
    )
