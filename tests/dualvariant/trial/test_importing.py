"""What the end of an import says: whose fault it is, and whether another wheel is the remedy."""

from __future__ import annotations

import pytest

from dualvariant.trial.importing import read_end
from dualvariant.trial.outcomes import CRASHED, FAILED, ILLEGAL, NOT_RUN, REFUSED, Trial

OURS = (
    "Fatal Python error: Illegal instruction\n\nCurrent thread (most recent call first):\n"
    '  File "/e/site-packages/demo/__init__.py", line 1 in <module>\n'
)
THEIRS = OURS.replace("demo", "numpy")
NOTE = "ImportError: /e/site-packages/{}/x.so: CPU ISA level is lower than required\n"
NUMPY = (
    'Traceback (most recent call last):\n  File "/e/site-packages/{}/__init__.py", line 3, in <module>\n'
    "RuntimeError: NumPy was built with baseline optimizations: \n(X86_V2) but your machine doesn't support:\n"
    "(X86_V2).\n"
)


@pytest.mark.parametrize(
    ("code", "output", "outcome", "is_fault"),
    [
        (-4, OURS, ILLEGAL, True),
        (132, "", ILLEGAL, True),
        (-11, OURS, CRASHED, True),
        (-6, "", CRASHED, True),
        (139, "", CRASHED, True),
        (-9, "", FAILED, False),  # somebody has ended it
        (-15, "", FAILED, False),
        (1, NOTE.format("demo"), REFUSED, True),
        (1, NUMPY.format("demo"), REFUSED, True),
        (1, "ImportError: libcuda.so.1: cannot open shared object file\n", FAILED, False),
        (-4, THEIRS, NOT_RUN, False),
        (1, NOTE.format("numpy"), NOT_RUN, False),
        (1, NUMPY.format("numpy"), NOT_RUN, False),
    ],
)
def test_how_an_import_ended(code: int, output: str, outcome: str, is_fault: bool) -> None:
    found, reason = read_end(code, output, {"demo"})
    assert (found, Trial(found, reason).is_fault_of_code) == (outcome, is_fault)
