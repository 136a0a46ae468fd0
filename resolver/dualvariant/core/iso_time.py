"""Moments as indexes and settings write them: ISO 8601, in the form of RFC 3339."""

from __future__ import annotations

import re
from datetime import datetime

__all__ = ["parse_iso_time"]

_FRACTION = re.compile(r"\.(\d{1,6})\d*")


def parse_iso_time(text: str | None) -> datetime | None:
    """The moment that a text says (``2026-06-01T12:30:00.5Z``), or None if it says none, or not in which time zone."""
    if not text:
        return None
    # Python 3.10 reads neither the Z nor a fraction of another length.
    text = _FRACTION.sub(lambda match: f".{match[1]:0<6}", text)
    try:
        moment = datetime.fromisoformat(f"{text[:-1]}+00:00" if text[-1] in "Zz" else text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
