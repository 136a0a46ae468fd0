"""Changes the class of a pool manager's connections: urllib3 has a pool make them, and a manager make the pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urllib3 import PoolManager

__all__ = ["extend_connections"]


def extend_connections(manager: PoolManager, *bases: type, **attributes: object) -> None:
    """Give the connections of a pool manager more bases, whose methods come first, and attributes.

    Args:
        manager: the manager, before its first request.
        bases: classes that stand in front of urllib3's own.
        attributes: what all connections have in common.
    """
    pools: dict[str, Any] = manager.pool_classes_by_scheme  # urllib3 calls each of them a type, no more
    manager.pool_classes_by_scheme = {
        scheme: type(
            pool.__name__,
            (pool,),
            {"ConnectionCls": type("Connection", (*bases, pool.ConnectionCls), dict(attributes))},
        )
        for scheme, pool in pools.items()
    }
