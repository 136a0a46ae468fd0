"""Run builds: where they run, what they keep, and what they write.

``scheduler`` runs all jobs of a declaration and ``task`` builds one of them, in the ``environments`` of the run.
``plan`` finds compilers, flags and cache keys; ``source`` finds and reads sources; ``sdist`` makes the source
distribution. ``cache`` and ``output`` keep wheels; ``result`` is how each build ended. ``dask`` runs tasks on a
cluster, ``cibuildwheel`` and ``cibuildwheel_options`` have cibuildwheel build, ``wrapped_backend`` builds for
``dualvariant.backend``, and ``ci_github`` and ``ci_gitlab`` write CI workflows.
"""
