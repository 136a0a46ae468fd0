"""Look at every page of the built documentation in headless Chromium: at 1280 and 390 pixels, light and dark.

usage: python tools/check_browser.py docs/_build/html BROWSER

BROWSER is the folder that ``tools/fetch-browser.sh`` has filled. A page is wrong if it is wider than the window, if a
picture on it is not shown, if a line of code or a table is cut in the wide window, or if its text has too little
contrast with its ground (WCAG 2.2, 1.4.3: 4.5 to 1). Each run of the browser opens all pages, one after the other, in a
frame of the width that is checked.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

WIDTHS = (1280, 390)
#: Scheme → Chromium's number for it.
SCHEMES = {"dark": 0, "light": 1}

_HARNESS = """<!doctype html><meta charset="utf-8"><body><script>
const pages = PAGES, width = WIDTH, faults = [];
function luminance(color) {
  const parts = color.match(/[\\d.]+/g).slice(0, 3).map(Number).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}
function check(page, view) {
  const root = view.document.documentElement, body = view.document.body;
  if (root.scrollWidth > width) faults.push(`${page}: ${root.scrollWidth} pixels wide`);
  if (width >= 1000)  // on a telephone one pushes a long line aside
    for (const block of view.document.querySelectorAll("article pre, article .table-wrapper"))
      if (block.scrollWidth > block.clientWidth + 1)
        faults.push(`${page}: cut: ${block.textContent.trim().split("\\n").sort((a, b) => b.length - a.length)[0]}`);
  for (const image of view.document.images)
    if (!image.naturalWidth) faults.push(`${page}: a picture is not shown: ${image.src}`);
  const style = view.getComputedStyle(body), main = view.document.querySelector("article p");
  if (main) {
    const pair = [luminance(view.getComputedStyle(main).color), luminance(style.backgroundColor)].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < 4.5) faults.push(`${page}: contrast ${contrast.toFixed(1)}`);
    if ((luminance(style.backgroundColor) < 0.2) !== DARK) faults.push(`${page}: not in the scheme`);
  }
}
async function run() {
  for (const page of pages) {
    const frame = document.createElement("iframe");
    frame.style = `width:${width}px;height:900px;border:0`;
    frame.src = page;
    await new Promise(done => { frame.onload = done; document.body.append(frame); });
    check(page, frame.contentWindow);
    frame.remove();
  }
  document.title = "done";
  const result = document.createElement("pre");
  result.id = "result";
  result.textContent = JSON.stringify({checked: pages.length, faults});
  document.body.append(result);
}
run();
</script>"""


def start_browser(browser: Path, scratch: Path, *options: str) -> str:
    """Run the browser and return the page as it is at the end."""
    libraries = browser / "usr" / "lib" / {"aarch64": "aarch64-linux-gnu"}.get(os.uname().machine, "x86_64-linux-gnu")
    fonts = scratch / "fonts.conf"
    fonts.write_text(
        f"<fontconfig><dir>{browser}/usr/share/fonts</dir><cachedir>{scratch}/fonts</cachedir></fontconfig>",
        encoding="utf-8",
    )
    variables = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(scratch),
        "FONTCONFIG_FILE": str(fonts),
        "LD_LIBRARY_PATH": f"{libraries}:{libraries}/pulseaudio",
    }
    command = [str(browser / "usr" / "lib" / "chromium" / "chromium-headless-shell"), "--no-sandbox", "--disable-gpu"]
    command += ["--allow-file-access-from-files", "--hide-scrollbars", f"--user-data-dir={scratch}/profile", *options]
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"the browser ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def check_pages(site: Path, browser: Path, width: int, scheme: str) -> list[str]:
    """The faults of all pages at one width, in one scheme."""
    pages = [path.as_uri() for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    with tempfile.TemporaryDirectory() as folder:
        harness = Path(folder, "harness.html")
        text = _HARNESS.replace("PAGES", json.dumps(pages)).replace("WIDTH", str(width))
        harness.write_text(text.replace("DARK", json.dumps(scheme == "dark")), encoding="utf-8")
        options = ["--dump-dom", "--virtual-time-budget=600000", "--timeout=600000", "--window-size=1400,1000"]
        options.append(f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}")
        dom = start_browser(browser, Path(folder), *options, harness.as_uri())
    found = re.search(r'<pre id="result">(.*?)</pre>', dom, re.DOTALL)
    if found is None:
        sys.exit("the browser did not look at all pages")
    result = json.loads(unescape(found[1]))
    print(f"{result['checked']} pages, {width} pixels, {scheme}: {len(result['faults'])} faults", flush=True)
    return [fault.replace(f"{site.as_uri()}/", "") for fault in result["faults"]]


def main() -> int:
    """Check all pages at all widths in both schemes; 1 if something is wrong."""
    site, browser = (Path(argument).resolve() for argument in sys.argv[1:3])
    faults = [
        f"{width} {scheme}: {fault}"
        for width in WIDTHS
        for scheme in SCHEMES
        for fault in check_pages(site, browser, width, scheme)
    ]
    print("\n".join(faults) or "nothing is wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
