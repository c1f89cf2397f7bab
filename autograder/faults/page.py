"""The page that lists every rule with its reason and an example, in each language.

``autograder build`` writes it to ``docs/faults.md`` and ``docs/faults.ru.md``.
"""

from __future__ import annotations

from pathlib import Path

from autograder.faults import RULES
from autograder.faults.diagnosis import kind_name
from autograder.messages import LANGUAGES, msg

_USE = """```python
report = autograder.diagnose(model)                   # in a notebook: a table and a strip of the layers
report = autograder.diagnose(model, measure=True)     # and numbers of one pass and one gradient
report = autograder.diagnose(model, autograder.Task("classification", classes=10))
report = autograder.diagnose(make_net)                # a function; what does not build is explained
report = autograder.diagnose("train.py")              # a program: read, not run
report.findings[0].rule, report.findings[0].evidence, report.notes
autograder.assert_no_faults(model, allow=["D07"])     # in a test
model.fit(x, y, callbacks=[autograder.DoctorCallback(stop=True)])
```

```
autograder doctor net.keras --task classification:10
autograder doctor train.py --json
```"""
_NAMES = {"en": "faults.md", "ru": "faults.ru.md"}


def pages(root: Path) -> dict[Path, str]:
    """path -> text of the page in each language; nothing for a checkout without this package."""
    if Path(__file__).resolve().parents[2] != root.resolve():
        return {}
    return {root / "docs" / _NAMES[lang]: page(lang) for lang in LANGUAGES}


def _families() -> dict:
    return {
        "A": msg("Output layer, loss, metrics"),
        "B": msg("Activations between layers"),
        "C": msg("Initialisation and weights"),
        "D": msg("Dropout, normalisation, penalties"),
        "E": msg("Shapes, kernels, wiring"),
        "F": msg("Optimiser"),
        "G": msg("Behaviour on random inputs"),
    }


def _needs() -> dict:
    return {
        "graph": msg("the layers"),
        "loss": msg("the loss or the task"),
        "optimizer": msg("the optimiser"),
        "task": msg("the task"),
        "forward": msg("a pass on random inputs"),
        "step": msg("the gradients of one step"),
        "program": msg("a net that does not build"),
    }


def page(lang: str) -> str:
    """The page in one language, Markdown."""

    def t(message):
        return message.text(lang)

    lines = [
        f"# {t(msg('What the doctor looks for'))}",
        "",
        t(
            msg(
                "All {n} rules of `autograder.diagnose` and `autograder doctor`. A *fault* is always wrong, a "
                "*smell* usually, *waste* costs and changes nothing, a *hint* is a matter of judgement. Rules "
                "marked with ◦ fire on many good models and are asked only with `hints=True`; the kind can be "
                "milder or stronger than listed where the task or the surroundings say so. This page is made from "
                "the rules by `autograder build`.",
                n=len(RULES),
            )
        ),
        "",
        _USE,
        "",
    ]
    for family, title in _families().items():
        lines += [f"## {family}. {t(title)}", ""]
        for rule in sorted((r for r in RULES.values() if r.id[0] == family), key=lambda r: r.id):
            mark = " ◦" if rule.on_request else ""
            lines += [
                f"### {rule.id} {rule.name}{mark}",
                "",
                t(
                    msg(
                        "**{kind}**, looks at {needs}. {why}",
                        kind=kind_name(rule.kind).text(lang),
                        needs=_needs()[rule.needs].text(lang),
                        why=rule.why.text(lang),
                    )
                ),
                "",
            ]
            if rule.wrong or rule.right:
                lines += ["```python"]
                lines += ["# ✗", rule.wrong] if rule.wrong else []
                lines += ["# ✓", rule.right] if rule.right else []
                lines += ["```", ""]
            if rule.source:
                lines += [t(msg("Source: {source}.", source=rule.source)), ""]
    return "\n".join(lines).rstrip() + "\n"
