"""All pictures, by the names of their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tools.figures.child import draw_child
from tools.figures.fused import draw_fused
from tools.figures.gains import draw_gains
from tools.figures.idea import draw_idea
from tools.figures.install import draw_install
from tools.figures.orders import draw_orders
from tools.figures.pipeline import draw_pipeline
from tools.figures.session import draw_session, write_session

__all__ = ["PICTURES", "TEXTS"]

PICTURES: Mapping[str, Callable[[], str]] = {
    "gains": draw_gains,
    "idea": draw_idea,
    "install": draw_install,
    "orders": draw_orders,
    "pipeline": draw_pipeline,
    "child": draw_child,
    "fused": draw_fused,
    "demo": draw_session,
}
#: What a picture shows, as text, where its description is too short for that.
TEXTS: Mapping[str, Callable[[], str]] = {"demo": write_session}
