#!/bin/bash
# Debian's headless Chromium, in DIR; no root rights, host untouched. About 540 MB on disk.
#   fetch-browser.sh DIR          then: python tools/check_browser.py docs/_build/html DIR
# What is already there is left alone; it appears complete or not at all.
set -euo pipefail
[ $# -eq 1 ] || { sed -n 2,4p "$0"; exit 2; }
here=$(dirname "$(realpath "$0")") dir=$(realpath -m "$1")
if [ -x "$dir/usr/lib/chromium/chromium-headless-shell" ]; then echo "fetch-browser: $dir is there"; exit; fi
mkdir -p "$(dirname "$dir")"
new=$(mktemp -d "$dir.XXXXXX")
trap 'rm -rf "$new"' EXIT
"$here/debroot.sh" "$new" "$(dpkg --print-architecture)" bookworm chromium-headless-shell fonts-dejavu-core
mv -T "$new" "$dir"
echo "fetch-browser: made $dir"
