#!/usr/bin/env bash
# Makes sure that adapters in JavaScript and Python can be built: componentize-js and componentize-py, in the versions
# of tests/languages, below target/languages. Quick when they are there.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
tools="${1:-$here/target/languages}"
script="$here/tests/languages/yto-js"
python="$here/tests/languages/zto-python"

missing=()
command -v cc >/dev/null || missing+=(build-essential)
# Debian's node may come without npm.
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
command -v python3 >/dev/null || missing+=(python3)
python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "adapters in JavaScript and Python need: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Whether a folder was made of these files. The mark is written last: a half is made anew.
made_of() { # folder files...
  [ "$(cat "$1/.made-of" 2>/dev/null)" = "$(cat "${@:2}" | cksum)" ]
}
mark() {
  cat "${@:2}" | cksum >"$1/.made-of"
}

mkdir -p "$tools"

if ! made_of "$tools/javascript" "$script"/package*.json; then
  echo "installing componentize-js"
  rm -rf "$tools/javascript"
  mkdir "$tools/javascript"
  cp "$script"/package*.json "$tools/javascript"
  # Not `npm ci`: it refuses a lock without the optional parts of other systems, which not every mirror has.
  (cd "$tools/javascript" && npm install --omit=dev --no-audit --no-fund --loglevel=error >/dev/null)
  mark "$tools/javascript" "$script"/package*.json
fi

if ! made_of "$tools/python" "$python/requirements.txt"; then
  echo "installing componentize-py"
  rm -rf "$tools/python"
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check -r "$python/requirements.txt"
  mark "$tools/python" "$python/requirements.txt"
fi

still="$here/setup/languages/still.c"
if [ "$still" -nt "$tools/still.so" ]; then
  cc -shared -fPIC -O1 -o "$tools/still.so" "$still" -ldl
fi
