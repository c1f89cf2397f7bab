"""The same jobs on other machines, by dask.distributed (extra ``cluster``).

::

    client      the coordinator's side: an executor like the local pool
    supervise   what a worker runs: one job at a time and thread, in a fork of a warm process
    parcel      jobs and results as bytes
"""
