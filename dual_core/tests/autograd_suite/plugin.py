"""The plugin under which autograd's tests run: dual_autodiff in autograd's place, and a verdict for each test.

The environment variable ``DUAL_AUTODIFF_VERDICTS`` names the JSON file for the verdicts: *right*; *refused* by an error
of ours, or by Python where an operand is complex; *wrong* without an error; *broken* by an error that nobody meant;
*unserved* where the test uses what only reverse mode or autograd's own containers have.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from checks import TALLY, Unserved, WrongDerivative
from refusals import raised_by_us
from shim import install

verdicts: dict[str, dict[str, str]] = {}

install()


def _verdict(error: BaseException | None) -> tuple[str, str]:
    if error is None:
        refused_only = TALLY["complex refused"] > 0 and TALLY["checked"] == 0
        return ("refused", "complex numbers") if refused_only else ("right", "")
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, (Unserved, ImportError)):
        return "unserved", text
    if isinstance(error, (WrongDerivative, AssertionError, pytest.fail.Exception)):
        return "wrong", text
    by_python = isinstance(error, TypeError) and str(error).startswith("unsupported operand type")
    return ("refused" if by_python or raised_by_us(error) else "broken"), text


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[Any]:
    TALLY.update({"checked": 0, "complex refused": 0})
    error: BaseException | None = None
    try:
        return (yield)
    except BaseException as found:
        error = found
        raise
    finally:
        kind, message = _verdict(error)
        verdicts[pyfuncitem.nodeid.rpartition("/")[2]] = {"verdict": kind, "message": message}


def pytest_sessionfinish() -> None:
    Path(os.environ["DUAL_AUTODIFF_VERDICTS"]).write_text(json.dumps(verdicts, indent=1))
