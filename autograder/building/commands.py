"""``autograder build``."""

from __future__ import annotations

import click


@click.command()
@click.argument("unit", nargs=-1, metavar="[UNIT]...")
@click.option("--check", is_flag=True, help="Write nothing; fail when anything is stale or unlike.")
@click.option("--lang", type=click.Choice(["en", "ru"]), help="Only the notebooks in one language.")
@click.option(
    "--stamp",
    metavar="ID",
    help='Mark the Russian twins of a cell or task (or "all") as current, and build nothing.',
)
@click.option("--draft", is_flag=True, help="Build although right or wrong answers are missing.")
def build(unit, check, lang, stamp, draft):
    """Make solutions/, assignments/ and course/hints/ from the masters in course/units/.

    Without UNIT, everything. Nothing is written unless every master is in order.
    """
    from autograder.building import _rules, catalogue, twins
    from autograder.building._files import write
    from autograder.building._percent import place
    from autograder.building.build import leftovers, pages, products, publishable, stale_files
    from autograder.building.masters import checkout, units
    from autograder.errors import Problem
    from autograder.messages import LANGUAGES

    if stamp is not None and (check or draft or lang):
        raise click.UsageError("--stamp goes with UNIT only.")
    if check and draft:
        raise click.UsageError("--check and --draft exclude each other.")
    root = checkout()
    found = units(root, unit)
    if not found:
        raise Problem(f"Expected units in {place(root / 'course/units')}. Received none.")

    if stamp is not None:
        for name, ids in twins.stamp(found, stamp).items():
            click.echo(f"{name}: stamped {', '.join(ids)}" if ids else f"{name}: all current")
        return

    langs = (lang,) if lang else LANGUAGES
    if not check:
        if not draft:
            for one in found:
                for problem in _rules.incomplete(one):
                    raise problem
        made = [*products(root, found, langs), *(() if unit else pages(root, found))]
        changed = write([*made, *leftovers(root, made, unit, langs)])
        if _has_messages(root, unit):
            catalogue.update(root)
        for path in changed:
            click.echo(place(path))
        late = sum(len(twins.stale(one)) for one in found)
        click.echo(
            f"{_units(found)}, {len(made)} files, {len(changed)} changed"
            + (f"; stale Russian twins: {late}, see `autograder build --check`." if late else ".")
        )
        return

    count = 0
    for one in found:
        for problem in publishable(one):
            count += 1
            click.echo(problem.text(), err=True)
            for line in twins.describe(one, problem):
                click.echo(f"    {line}", err=True)
    missing = any(cell.is_text and cell.russian is None for one in found for cell in one.cells)
    made = [
        *products(root, found, ("en",) if missing else langs),
        *(() if unit else pages(root, found)),
    ]
    for problem in stale_files([*made, *leftovers(root, made, unit, () if missing else langs)]):
        count += 1
        click.echo(problem.text(), err=True)
    for text in catalogue.problems(root) if _has_messages(root, unit) else ():
        count += 1
        click.echo(text, err=True)
    if count:
        raise Problem(
            f"Expected everything current. Received {count} problem{'s' * (count > 1)}, shown above."
        )
    click.echo(f"{_units(found)}, {len(made)} files: everything is current.")


def _has_messages(root, only):
    """Whether this build is of everything, the messages that code shows included."""
    return not only and (root / "autograder" / "messages.py").exists()


def _units(found):
    return f"{len(found)} unit{'s' * (len(found) > 1)}"
