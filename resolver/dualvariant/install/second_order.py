"""A second order where the installer has found no solution: without the releases that it would not see by itself."""

from __future__ import annotations

from dualvariant.core.report import Reporter
from dualvariant.engines.protocol import InstallOrder
from dualvariant.install.ending import Ending
from dualvariant.serve.loopback import LoopbackServer

__all__ = ["NO_SOLUTION", "make_second_order"]

#: The exit code of pip and uv where there is no solution, and after other errors.
NO_SOLUTION = 1


def make_second_order(
    order: InstallOrder, ending: Ending, server: LoopbackServer, reporter: Reporter
) -> tuple[InstallOrder, Ending] | None:
    """The order with a view in which no release has variants only; None if there was no such release in it.

    Args:
        order: what was ordered first.
        ending: what was known before that.
        server: serves the view.
        reporter: gets a message about it.
    """
    before = ending.addresses.published
    hidden = before.view.hide_variant_releases()
    if not hidden:
        return None
    names = [f"{name} {version}" for name, version in hidden]
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    reporter.note(f"trying again without releases that have variants only ({listed})")
    published = server.serve(before.view, before.abilities)
    ending = ending._replace(addresses=ending.addresses.move_to(published))
    gone = {f"{name}=={version}" for name, version in hidden}
    return (
        order._replace(
            index_url=published.index_url,
            exchanges=[exchange for exchange in order.exchanges if exchange not in gone],
            translation=ending.addresses.translation,
        ),
        ending,
    )
