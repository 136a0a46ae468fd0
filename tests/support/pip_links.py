"""pip's own reading of a page, in a child that is kept: what its link collector finds, link by link."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["PipLinks", "kept_pip"]

_CHILD = """
import base64, json, sys
from pip._internal.index.collector import IndexContent, parse_links

for line in sys.stdin:
    page = json.loads(line)
    content = IndexContent(
        base64.b64decode(page["body"]), page["content_type"], page["encoding"], page["url"], cache_link_parsing=False
    )
    links = []
    try:
        for link in parse_links(content):
            file = link.metadata_file_data
            links.append({
                "url": link.url_without_fragment,
                "filename": link.filename,
                "hashes": dict(sorted(link._hashes.items())),
                "requires_python": link.requires_python,
                "yanked": link.yanked_reason,
                "metadata": None if file is None else (file.hashes or {}),
                "upload_time": str(getattr(link, "upload_time", None)),
                "egg": link.egg_fragment or None,
            })
    except Exception as error:
        links = repr(error)
    print(json.dumps(links), flush=True)
"""


class PipLinks:
    """Asks the child; one question at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read(self, body: bytes, content_type: str, url: str) -> list[dict[str, Any]] | str:
        """The links of a page, or the error with which pip ends.

        Args:
            body: the page.
            content_type: the value of ``Content-Type``.
            url: where the page is.
        """
        import base64

        _, _, charset = content_type.partition("charset=")
        question = {
            "body": base64.b64encode(body).decode(),
            "content_type": content_type,
            "encoding": charset or None,
            "url": url,
        }
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        found: list[dict[str, Any]] | str = json.loads(self._process.stdout.readline())
        return found


@contextmanager
def kept_pip() -> Iterator[PipLinks]:
    """The pip of this interpreter, until the block ends."""
    command = [sys.executable, "-c", _CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield PipLinks(process)
        assert process.stdin is not None
        process.stdin.close()
