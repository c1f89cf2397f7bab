"""The course on Kubernetes: the Zero to JupyterHub chart, and what it has no place for.

::

    values.yaml          for the chart: images, database, storage, network, the site's settings
    spawning             what the Hub's values call: users' pods (``configure``)
    kustomization.yaml   all the rest, `kubectl apply --kustomize`:
      namespaces.yaml      footguns, and footguns-grading for dask
      exchange.yaml        the volume that formgrader and students share
      database.yaml        PostgreSQL for the Hub and the gradebook; databases.sh makes both
      formgrader.yaml      the course's directory and its formgrader
      grading.yaml         a dask scheduler and workers, which reach each other and nothing else
    certificates.sh      who may talk to the scheduler
"""
