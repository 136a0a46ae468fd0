"""CPUs: tables of levels and instruction sets, questions about them, and probes of this host's CPU.

- :mod:`variantlib.cpu.tables`: levels, implied sets, compiler flags and emulator models, one copy, as data.
- :mod:`variantlib.cpu.levels`: what properties such as ``x86_64 :: level :: v3`` promise, by those tables.
- :mod:`variantlib.cpu.probes`: CPUID, XGETBV, HWCAP and sysctl. It is the only module of variantlib that reads anything
  from the machine that it runs on.
"""
