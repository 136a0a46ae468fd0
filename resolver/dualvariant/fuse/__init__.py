"""One ordinary wheel from a standard wheel and its variants, which loads the right code when it is imported.

- :mod:`dualvariant.fuse.parts`: the wheels: which of them belong together, the variants' names and their order.
- :mod:`dualvariant.fuse.compare`: what differs between them, and everything that a fused wheel could not do right.
- :mod:`dualvariant.fuse.native`: what a native file is: an extension module, a library, a program.
- :mod:`dualvariant.fuse.conditions`: what a variant needs of a processor, as C.
- :mod:`dualvariant.fuse.stub`: compiles ``stub.c``, the file that Python finds in place of a module.
- :mod:`dualvariant.fuse.write`: the layout, and the wheel.

docs/explanation/fused.md says how a fused wheel works.
"""
