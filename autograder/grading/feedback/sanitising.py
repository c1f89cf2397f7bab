"""HTML of students as it may stand in a page that others open."""

from __future__ import annotations

import re
from functools import cache

# fmt: off
_TAGS = frozenset([
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del",
    "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small",
    "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "u", "ul", "var",
])
# fmt: on
_ATTRIBUTES = frozenset(
    ["align", "alt", "class", "colspan", "height", "open", "rowspan", "start", "title", "width"]
)


def sanitised(text: str) -> str:
    """Of HTML, what shows something: no scripts, styles, frames, forms, handlers or requests; of
    images, those that are in the text itself."""
    return _cleaner().clean(text)


@cache
def _cleaner():
    from bleach.sanitizer import Cleaner

    return Cleaner(
        tags=_TAGS, attributes=_is_harmless, protocols={"http", "https", "mailto", "data"},
        strip=True, strip_comments=True,
    )  # fmt: skip


def _is_harmless(tag, name, value):
    if name == "src":
        return tag == "img" and re.match(r"data:image/(png|jpeg|gif);base64,", value) is not None
    if name == "href":
        return tag == "a" and re.match(r"(https?:|mailto:|#)", value) is not None
    return name in _ATTRIBUTES
