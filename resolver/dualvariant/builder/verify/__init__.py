"""Verify finished wheels: the audit compares label and code, the smoke test imports a wheel on the CPUs that matter.

``steps`` runs both for all wheels of a build. ``smoke`` tests one wheel, in an ``environment``, on the ``cpus`` that
its label names, with ``emulators`` where this machine has another CPU. ``command`` reads the package's own test;
``results`` are the values that come out.
"""
