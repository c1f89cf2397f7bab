"""Proves the exercises: what must pass passes, what must fail fails for its own reason.

``proofs`` makes the jobs (whole notebooks, registered answers, mutants), ``mutation`` the mutants,
``report`` judges what came of them.
"""
