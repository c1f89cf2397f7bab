"""What students and instructors read, in their language.

A :class:`Message` keeps its template and its parameters apart and is translated when it is shown,
so one verdict can be printed in every language (the health report does just that). Templates are
English sentences, looked up in ``locale/``; nothing is installed into ``builtins``, where ``_`` is
IPython's last output.
"""

from __future__ import annotations

import gettext
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "ru")
_language = "en"


def use_language(lang: str) -> None:
    """Show messages in ``lang`` from now on. Raises ValueError for a language we do not speak."""
    global _language
    if lang not in LANGUAGES:
        raise ValueError(f"Expected a language of {', '.join(LANGUAGES)}. Received: {lang!r}.")
    _language = lang


def language() -> str:
    return _language


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    return gettext.translation(
        "autograder", str(files("autograder") / "locale"), languages=[lang], fallback=True
    )


class Message:
    """A sentence that is translated when it is shown. Parameters may be messages themselves."""

    def __init__(self, template, params=None, plural=None, n=None):
        self.template = template
        self.params = params or {}
        self.plural = plural
        self.n = n

    def text(self, lang: str | None = None) -> str:
        lang = lang or _language
        catalogue = _catalogue(lang)
        if self.plural is None:
            template = catalogue.gettext(self.template)
        else:
            template = catalogue.ngettext(self.template, self.plural, self.n)
        return template.format(**{k: _shown(v, lang) for k, v in self.params.items()})

    __str__ = text

    def __repr__(self):
        return f"Message({self.text('en')!r})"

    def __eq__(self, other):
        return isinstance(other, Message) and self.text("en") == other.text("en")

    def __hash__(self):
        return hash(self.text("en"))


class Lines(Message):
    """Messages one below the other; empty ones are left out."""

    def __init__(self, *messages):
        super().__init__("")
        self.messages = [m for m in messages if m]

    def text(self, lang: str | None = None) -> str:
        return "\n".join(_shown(m, lang or _language) for m in self.messages)

    __str__ = text


class Pair(Message):
    """One text given in every language, as ``unit.toml`` holds them."""

    def __init__(self, texts: dict[str, str]):
        super().__init__("")
        self.texts = texts

    def text(self, lang: str | None = None) -> str:
        return self.texts[lang or _language]

    __str__ = text


def _shown(value, lang):
    return value.text(lang) if isinstance(value, Message) else value


def texts(message: Message | str) -> dict[str, str]:
    """A text in every language, {language: text}: ready for JSON, and for :class:`Pair`."""
    if isinstance(message, Message):
        return {lang: message.text(lang) for lang in LANGUAGES}
    return dict.fromkeys(LANGUAGES, message)


def msg(template: str, **params) -> Message:
    """A translatable sentence: ``msg("Expected {n} layers.", n=3)``."""
    return Message(template, params)


def nmsg(singular: str, plural: str, n: int, **params) -> Message:
    """A translatable sentence that counts: the parameter ``n`` picks the plural form."""
    return Message(singular, {"n": n, **params}, plural, n)
