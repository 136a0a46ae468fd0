#!/bin/bash
# Debian's Open MPI and MPICH, unpacked in DIR, for the tests of plugins/mpi; no root rights, nothing is installed.
#   fetch-mpi.sh DIR        then: DUALVARIANT_MPI=DIR pytest -c plugins/mpi/pyproject.toml plugins/mpi/tests
# What is already there is left alone; each part appears complete or not at all.
set -euo pipefail
[ $# -eq 1 ] || { sed -n 2,4p "$0"; exit 2; }
here=$(dirname "$(realpath "$0")") dir=$(realpath -m "$1")
for command in apt-get dpkg; do
  command -v "$command" >/dev/null || { echo "fetch-mpi: no $command on this machine; run it on Debian" >&2; exit 1; }
done

new=
trap '[ -z "$new" ] || rm -rf "$new"' EXIT
part() { # NAME PACKAGE...: DIR/NAME, with the packages and what they need
  local name=$1; shift
  if [ -e "$dir/$name" ]; then echo "fetch-mpi: $dir/$name is there"; return; fi
  new=$(mktemp -d "$dir/.$name.XXXXXX"); chmod 755 "$new"
  "$here/debroot.sh" "$new" "$(dpkg --print-architecture)" bookworm "$@"
  if mv -T "$new" "$dir/$name" 2>/dev/null; then new=; echo "fetch-mpi: made $dir/$name"; return; fi
  rm -rf "$new"; new=   # another run was faster
}

mkdir -p "$dir"
part openmpi libopenmpi3 openmpi-bin
part mpich libmpich12 mpich
