"""What a project declares in ``[tool.variantlib.build]``, and the wheels that it means.

``parse`` reads the table, with ``settings`` (the keys of one build), ``variants`` (which variants a platform has) and
``matrix`` (cross products). The result is a :class:`~dualvariant.builder.declaration.model.Declaration`, whose wheels
are the values of ``job``.
"""
