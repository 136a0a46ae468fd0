"""Try a distribution: import it in a process of its own, and judge how that process ended.

``modules`` finds what can be imported, ``importing`` has the program that imports it and reads its end,
``distribution`` tries an installed distribution on this CPU, and ``failures`` keeps the wheels that have failed and the
CPU on which each did.
"""
