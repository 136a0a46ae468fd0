"""From a source tree, or from a wheel, to variant wheels.

What is declared becomes jobs (``declaration``, read by ``config`` and ``variants``). ``run`` makes a task of each and
hands it to an executor; ``task`` builds it in a ``workshop``, and ``finish`` strips, repairs and labels what comes out.
``proof`` has all of it audited and tried (``smoke``), and ``placing`` gives each wheel the name that it has earned.

::

    config, variants ─► declaration ─► job
    run ─► source, flags, state ─► task ─► workshop, recipe, check ─► finish ─► strip, repair, provenance, tag
      └──► proof ─► audit; smoke ─► processors, stage, command; placing
    cibuildwheel, emit, cluster: the same jobs, built elsewhere
"""
