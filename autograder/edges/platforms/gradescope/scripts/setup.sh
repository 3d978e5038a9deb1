#!/usr/bin/env bash
# Run once, when Gradescope builds the container: installs what grading takes. To try it elsewhere,
# unpack the zip into DIR/source and set GRADESCOPE_ROOT=DIR; root is not needed there.
set -euo pipefail
source_folder=${GRADESCOPE_ROOT:-/autograder}/source
cd "$source_folder"

# Uploads run as other users: what is hidden is for this one alone.
chmod -R go= course seed

suitable() {
  for python in python3.13 python3.12 python3.11 python3; do
    if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # The walls around student code; grading goes on without, and says so.
  apt-get install -y -qq bubblewrap libseccomp2 || echo "setup.sh: no bubblewrap or libseccomp2"
  if [ -z "$(suitable)" ]; then
    apt-get install -y -qq python3.12 python3.12-venv || apt-get install -y -qq python3.11 python3.11-venv
  fi
fi
python=$(suitable)
if [ -z "$python" ]; then
  echo "setup.sh: Python 3.11 or newer with venv is needed. Received: none. Choose a newer image." >&2
  exit 2
fi

"$python" -m venv .venv
# As this package's own installation: everything at its pinned version, and nothing else.
hashes=--require-hashes
grep -q -- '--hash=' constraints.txt || hashes=
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps $hashes -r constraints.txt
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps ./*.whl
if [ -n "@FETCH@" ]; then
  AUTOGRADER_COURSE="$source_folder/course" .venv/bin/autograder data --fetch
fi
.venv/bin/autograder doctor || echo "setup.sh: the walls that this container lacks are listed above"
