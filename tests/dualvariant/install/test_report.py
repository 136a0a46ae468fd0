"""What is read of the reports that pip has written."""

from __future__ import annotations

import json
from pathlib import Path

from dualvariant.install.report import read_reports


def test_a_report_that_breaks_off_counts_for_nothing(tmp_path: Path) -> None:
    report = {"install": [{"metadata": {"name": "demo"}, "download_info": {"url": "http://127.0.0.1/demo.whl"}}]}
    whole, half = tmp_path / "report-1.json", tmp_path / "report-2.json"
    whole.write_text(json.dumps(report))
    half.write_bytes(whole.read_bytes()[:-9])
    assert read_reports([half], str.upper) is None
    found = read_reports([whole, half], str.upper)
    assert found is not None and found["install"][0]["download_info"]["url"] == "HTTP://127.0.0.1/DEMO.WHL"
