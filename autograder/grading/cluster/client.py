"""Jobs on the workers of a dask.distributed scheduler instead of on this machine.

::

    scheduler                  dask scheduler
    every worker               dask worker ADDRESS --nworkers N --nthreads 1
    here                       autograder grade --cluster ADDRESS

A task is one job under :func:`autograder.grading.cluster.supervise.work`. It is named by its content, so
it makes no difference how often dask starts it, and no worker needs this machine's files. Workers
may be lost and added at any time. Dask itself loads what its own code on the workers says of
errors; of what students' processes say only bytes come back here (:mod:`parcel`).

Dask has no passwords: whoever reaches a scheduler runs code on its workers. Beyond one machine,
use TLS with certificates of your own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import re
import time
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import Problem
from autograder.grading.cluster import parcel, supervise
from autograder.grading.engine.preload import PRELOAD
from autograder.grading.files import digest
from autograder.messages import msg

_CONNECT = 10.0  # seconds
_TICK = 1.0  # seconds between looks at the scheduler
_IN_FLIGHT = 4  # jobs per thread that are sent ahead of their results
_MAX_BYTES = 256 << 20  # of jobs in flight; a single job may be larger
_RETRIES = 2  # of a job whose warm process could not start or died
_ADDRESS = re.compile(
    r"(?:(?P<kind>tcp|tls)://)?(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.-]+):(?P<port>\d+)"
)


class Cluster:
    """An :class:`~autograder.grading.engine.executor.Executor` that sends its jobs to a scheduler.

    ``address``: 'tls://HOST:PORT', 'tcp://HOST:PORT' or 'HOST:PORT'. For TLS, a certificate
    authority, a certificate and its key (PEM files); those that are None are taken from dask's
    configuration. ``patience``: seconds to wait for the first worker, or for a new one after the
    last is lost. Raises Problem: with exit code 2 for an address or certificates that cannot be
    used, with 1 when the scheduler does not answer or there are no workers that could grade.
    """

    def __init__(
        self,
        address: str,
        *,
        preload: Iterable[str] = PRELOAD,
        hidden: Iterable[str] = (),
        tls_ca_file: Path | None = None,
        tls_cert: Path | None = None,
        tls_key: Path | None = None,
        patience: float = 30.0,
    ):
        try:
            import distributed
        except ModuleNotFoundError:
            raise Problem(
                msg(
                    "Expected the package distributed for a cluster. Received: it is not "
                    "installed. Run `python -m pip install 'footguns[cluster]'`."
                )
            ) from None
        self._distributed = distributed
        self.address, encrypted, alone = _address(address)
        files = {
            "tls_ca_file": tls_ca_file,
            "tls_client_cert": tls_cert,
            "tls_client_key": tls_key,
        }
        self._security = self._secured(encrypted, {k: str(v) for k, v in files.items() if v})
        self.preload, self.hidden = tuple(preload), tuple(hidden)
        self.patience = patience
        self.workers = 0
        self.missing: dict[str, str] = {}
        self.notes: list[str] = []
        self.host = None
        if not (encrypted or alone):
            self._note(
                msg(
                    "The connection to {address} is not encrypted, and whoever reaches that port "
                    "can run code on the workers. Use tls:// beyond one machine.",
                    address=self.address,
                ).text()
            )
        self._client = None
        self._identity = supervise.identity()
        self._looked = self._seen = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def launch(self) -> None:
        """Connect, and compare the scheduler's and the workers' versions with this one."""
        if self._client is not None:
            return
        # What dask would log here is said in one line by our own errors.
        for name in ("distributed", "distributed.client", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        with self._answering(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions: see _compare
            asyncio.run(asyncio.wait_for(self._knock(), _CONNECT))
            self._client = self._distributed.Client(
                self.address,
                security=self._security,
                timeout=_CONNECT,
                set_as_default=False,
                deserializers=["dask", "msgpack", "error"],  # no pickle
            )
        with self._answering():
            self._compare()

    start = launch

    def close(self) -> None:
        """Leave the scheduler, which drops what this run has asked for and nobody else."""
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.close(timeout=5)
            self._client = None

    def run(self, jobs: Iterable[dict]) -> Iterator[dict]:
        """Yield a result per job as they finish. Closing the iterator cancels what is not done:
        a notebook that runs is run to its end, or its limits, and its result is dropped.

        Raises Problem when the scheduler or, for ``patience`` seconds, all workers are lost.
        """
        source = iter(jobs)
        flying: dict[str, _Flight] = {}
        landed: queue.SimpleQueue[str] = queue.SimpleQueue()
        more = True
        try:
            while True:
                while more and self._has_room(flying):
                    job = next(source, None)
                    if job is None:
                        more = False
                    else:
                        self._send(job, flying, landed)
                if not flying:
                    return
                with self._answering():
                    self._look()
                try:
                    key = landed.get(timeout=_TICK)
                except queue.Empty:
                    continue
                with self._answering():
                    answer = self._answer(flying[key].future)
                if answer is None:  # its worker was lost with it; it is run again
                    self._await(flying[key].future, landed)
                    continue
                flight = flying.pop(key)
                for job in flight.jobs:
                    yield self._result(answer, job)
        finally:
            with contextlib.suppress(OSError):
                self._client and self._client.cancel([f.future for f in flying.values()])

    # The scheduler and its workers

    async def _knock(self):
        """Shake hands and leave. A client would wait forever for one that accepts and is silent."""
        from distributed.comm import connect

        options = self._security.get_connection_args("client")
        comm = await connect(self.address, timeout=_CONNECT, **options)
        await comm.close()

    def _secured(self, encrypted, files):
        security = self._distributed.Security(**files)
        if not encrypted:
            if files:
                raise Problem(
                    msg(
                        "Expected an address tls://HOST:PORT with certificates. Received: "
                        "{address}.",
                        address=self.address,
                    ),
                    exit_code=2,
                )
            return security
        try:
            if not (security.tls_ca_file and security.tls_client_cert):
                raise ValueError(msg("no certificates"))
            security.get_connection_args("client")
        except (OSError, ValueError) as error:
            raise Problem(
                msg(
                    "Expected --tls-ca-file, --tls-cert and --tls-key that can be used for "
                    "{address}. Received: {what}.",
                    address=self.address,
                    what=error.args[0] if type(error) is ValueError else _one_line(error),
                ),
                exit_code=2,
            ) from None
        return security

    @contextlib.contextmanager
    def _answering(self):
        """Say in one line that the scheduler does not answer."""
        try:
            yield
        except Problem:
            raise
        except Exception as error:  # whoever is there may say anything, and dask raise anything
            raise Problem(
                msg(
                    "Expected a dask scheduler at {address}. Received no answer ({what}). Look "
                    "whether it runs and can be reached; what is graded is recorded.",
                    address=self.address,
                    what=_one_line(error),
                )
            ) from None

    def _compare(self):
        """Raise Problem unless there are workers, and all are as this machine is."""
        client = self._client
        try:
            client.wait_for_workers(1, timeout=self.patience)
        except self._distributed.TimeoutError:
            raise self._no_workers() from None
        everybody = client.run(supervise.identity, on_error="return")
        try:
            everybody[msg("the scheduler")] = client.run_on_scheduler(supervise.identity)
        except OSError:
            raise
        except Exception as error:  # it has to import what it hands on
            everybody[msg("the scheduler")] = error
        for who, identity in everybody.items():
            if identity != self._identity:
                raise self._stranger(who, identity)
        self._seen = time.monotonic()
        self._look()

    def _stranger(self, who, identity):
        if isinstance(identity, Exception):
            identity = _one_line(identity)
        return Problem(
            msg(
                "Expected footguns {ours} on {who}, as here. Received: {theirs}. Install the same "
                "version with the same Python and libraries there.",
                ours=self._identity,
                who=who,
                theirs=str(identity)[:300],
            )
        )

    def _no_workers(self):
        return Problem(
            msg(
                "Expected workers at {address}. Received none in {n:g} seconds. Start some with "
                "`dask worker {address}`; what is graded is recorded.",
                address=self.address,
                n=self.patience,
            )
        )

    def _look(self):
        """Count the workers' threads now and then. Raises Problem when there are none for long."""
        now = time.monotonic()
        if now - self._looked < _TICK:
            return
        self._looked = now
        threads = sum(self._client.nthreads().values())
        if threads:
            self.workers, self._seen = threads, now
        elif now - self._seen > self.patience:
            raise self._no_workers()

    # Jobs and results

    def _has_room(self, flying):
        size = sum(flight.size for flight in flying.values())
        return len(flying) < max(1, _IN_FLIGHT * self.workers) and size < _MAX_BYTES

    def _send(self, job, flying, landed):
        self.launch()
        data, files = parcel.pack(job)
        kind = self.preload, self.hidden
        key = "footguns-" + digest(self._identity, repr(kind), data, *files)
        if key in flying:  # somebody handed in the same
            flying[key].jobs.append(job)
            return
        with self._answering(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # dask would rather have large data elsewhere
            future = self._client.submit(
                supervise.work, data, files, *kind, self._identity,
                key=key, retries=_RETRIES, pure=True,
            )  # fmt: skip
        flying[key] = _Flight(future, [job], len(data) + sum(map(len, files)))
        self._await(future, landed)

    def _await(self, future, landed):
        future.add_done_callback(lambda done: landed.put(done.key))

    def _answer(self, future):
        """What a worker answered: a dict, or a Message of why there is none. None: not yet."""
        try:
            if future.status == "cancelled":
                raise ConnectionError(msg("the connection was lost").text())
            if future.status == "error":
                return msg("a worker failed: {what}", what=_one_line(future.exception(timeout=30)))
            answer = parcel.open_seal(future.result(timeout=30))
        except self._distributed.TimeoutError:
            return None
        except TypeError:  # dask's word for what only pickle could load
            return msg("a worker sent {what}", what="an object")
        except parcel.Damaged as error:
            return msg("a worker sent {what}", what=str(error))
        if "stranger" in answer:
            raise self._stranger(msg("every worker"), answer["stranger"])
        return answer

    def _result(self, answer, job):
        try:
            if isinstance(answer, dict):
                result = parcel.checked(answer.get("result"), job)
                self._keep(answer)
                return result
        except parcel.Damaged as error:
            answer = msg("a worker sent {what}", what=str(error))
        return {"id": job.get("id"), "failed": answer}

    def _keep(self, answer):
        missing, notes = answer.get("missing"), answer.get("notes")
        if isinstance(missing, dict):
            self.missing.update((k, str(v)[:300]) for k, v in missing.items())
        for note in notes if isinstance(notes, list) else ():
            self._note(str(note)[:300])

    def _note(self, text):
        if text not in self.notes:
            self.notes.append(text)


@dataclass
class _Flight:
    """A task, and the jobs that wait for it: equal ones share it."""

    future: object
    jobs: list[dict]
    size: int


def _address(text):
    """(address for dask, whether it is encrypted, whether it is on this machine)."""
    match = _ADDRESS.fullmatch(text)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise Problem(
            msg(
                "Expected a scheduler's address, such as tls://HOST:8786. Received: {text}.",
                text=repr(text),
            ),
            exit_code=2,
        )
    kind = match["kind"] or "tcp"
    alone = match["host"] in ("localhost", "[::1]") or match["host"].startswith("127.")
    return f"{kind}://{match['host']}:{match['port']}", kind == "tls", alone


def _one_line(error):
    text = " ".join(str(error).split())
    return (f"{type(error).__name__}: {text}" if text else type(error).__name__)[:300]
