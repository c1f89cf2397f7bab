"""A value carried over a real socket from a holder to a judge, as between two processes."""

import socket
import threading
from contextlib import contextmanager, nullcontext

from autograder.exhibits import parcel
from autograder.exhibits.expecting import expecting
from autograder.exhibits.receiving import Receiver
from autograder.exhibits.remote import Holder, Link
from autograder.exhibits.sending import Sender


def cross(value, shape=None, sender=None, receiver=None):
    """``value`` as the other side has it; models are wanted for ``shape``."""
    with expecting(shape) if shape else nullcontext():
        body = (sender or Sender()).parcel(value)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sending = threading.Thread(target=parcel.send, args=(ours, body))
        sending.start()
        document, arrays = parcel.receive(theirs)
        sending.join()
    return (receiver or Receiver(lambda n, d: d["type"])).value(document, arrays)


@contextmanager
def judged(interrupt=(), make_room=lambda: None, /, **exhibits):
    """The exhibits as the judge has them, served by a thread until the block ends."""
    ours, theirs = socket.socketpair()
    holder = Holder(ours, interrupt, make_room)

    def hold():
        holder.offer(0, exhibits)
        holder.serve(nullcontext)

    with ours, theirs:
        holding = threading.Thread(target=hold)
        holding.start()
        link = Link(theirs)
        try:
            _, document, arrays = link.next_offer()
            yield link.exhibits(document, arrays)
        finally:
            link.done()
            holding.join()
