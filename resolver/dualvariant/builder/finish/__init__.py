"""What is done to each wheel after the project's own build.

``pipeline`` runs the steps in their one order: ``check``, ``strip``, ``repair``, ``note``, ``dependencies``,
``provenance``, ``label``. ``dualvariant build``, ``--cibuildwheel`` and ``dualvariant.backend`` all call it.
"""
