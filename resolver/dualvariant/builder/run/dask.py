"""Run build tasks on a cluster of dask.distributed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from dualvariant.core.errors import UsageError

__all__ = ["connect_dask"]


def connect_dask(address: str, patience: float = 10) -> Callable[[], AbstractContextManager[Executor]]:
    """A function that opens the executor of a cluster.

    dask gives a task to another worker when the one that has it is lost, and keeps results until they are fetched.

    Args:
        address: the scheduler's address, such as ``tcp://host:8786``.
        patience: seconds to wait for its answer.

    Raises:
        UsageError: dask.distributed is not installed, or no scheduler answers at the address.
    """
    try:
        import distributed
    except ModuleNotFoundError:
        raise UsageError(
            "--dask needs the package 'distributed' (it is not installed)",
            "python -m pip install 'dualvariant[build,dask]', here and where the workers run",
        ) from None

    @contextmanager
    def open_executor() -> Iterator[Executor]:
        try:
            client: Any = distributed.Client(address, timeout=patience, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise UsageError(
                f"no dask scheduler answers at {address!r} ({error})",
                "'dask scheduler' starts one and prints its address",
            ) from error
        with client:
            # pure=False: dask must not reuse the result of another build. retries: a build may kill its worker.
            yield client.get_executor(pure=False, retries=1)

    return open_executor
