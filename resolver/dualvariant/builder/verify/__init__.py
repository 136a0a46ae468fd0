"""Run finished wheels: import and test each one on the CPUs that its label names.

``smoke`` tests one wheel, in an ``environment``, on the ``cpus`` that
its label names, with ``emulators`` where this machine has another CPU. ``command`` reads the package's own test;
``results`` are the values that come out.
"""
