"""What tests of other processes wait for, and the ports that they listen on."""

import socket
import time


def free_ports(count):
    """So many ports that nothing listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_until(what, seconds=60.0, *, every=0.05, missing=""):
    """Wait for ``what()`` to be true, and return it; fails after ``seconds``, saying what is
    ``missing``: a text, or a function that gives one then."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() >= deadline:
            text = missing() if callable(missing) else missing
            raise AssertionError(
                f"not within {seconds} s: {getattr(what, '__name__', what)}. {text}"
            )
        time.sleep(every)
    return found
