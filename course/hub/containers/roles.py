"""``python -m course.hub.containers.roles``: Jupyter's settings by role, into an image."""

from __future__ import annotations

from course.hub import extensions
from course.hub.containers.users import STATE
from course.hub.settings import Site


def main(state=STATE) -> None:
    extensions.write(Site(state=state))


if __name__ == "__main__":
    main()
