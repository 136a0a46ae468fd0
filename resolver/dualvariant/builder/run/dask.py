"""The same list of jobs on a cluster of dask.distributed, by its own executor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from dualvariant.core.errors import UsageError

__all__ = ["dask_executor"]


def dask_executor(address: str) -> Callable[[], AbstractContextManager[Executor]]:
    """What opens the executor of a cluster.

    dask gives a task to another worker when the one that has it is lost, and keeps results until they are fetched.

    Args:
        address: the scheduler's, as ``tcp://host:8786``.

    Raises:
        UsageError: dask.distributed is not installed, or nobody answers at the address.
    """
    try:
        import distributed
    except ModuleNotFoundError:
        raise UsageError(
            "--dask needs the package 'distributed' (it is not installed)",
            "python -m pip install 'dualvariant[build,dask]', here and where the workers run",
        ) from None

    @contextmanager
    def opened() -> Iterator[Executor]:
        try:
            client: Any = distributed.Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise UsageError(
                f"no dask scheduler answers there ({error}): {address!r}",
                "'dask scheduler' starts one and prints its address",
            ) from error
        with client:
            # pure=False: no build's result is taken for another's. retries: a worker may die of its own build.
            yield client.get_executor(pure=False, retries=1)

    return opened
