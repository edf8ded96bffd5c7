#!/bin/sh
# Builds the explorer into web/dist. Run from the repository root: sh web/build.sh
set -u

fail() {
  echo "The explorer could not be built: $1" >&2
  exit 1
}

cd "$(dirname "$0")/.." || exit 1
log=$(mktemp) || fail "no room for a log file"
trap 'rm -f "$log"' EXIT

# Runs a step quietly; when it fails, says which, and the line of its output that tells most.
step() {
  what=$1
  shift
  "$@" >"$log" 2>&1 && return
  told=$(grep -iE 'error|not found|no such' "$log" | grep -viE 'error during build|failed with . error' | head -n 1)
  colour="$(printf '\033')\[[0-9;]*m"
  fail "$what: $(echo "${told:-$(head -n 1 "$log")}" | sed "s/$colour//g" | cut -c1-300)"
}

# What Vite asks for: 20.19 or later, but not 21, nor 22 before 22.12.
fits='const [a, b] = process.versions.node.split("."); process.exit((a == 20 && b >= 19) || (a == 22 && b >= 12) || a > 22 ? 0 : 1)'

if command -v npm >/dev/null && node -e "$fits" 2>/dev/null; then
  echo "Building the explorer with Node $(node -p process.versions.node) …"
else
  echo "Building the explorer with Node from PyPI …"
  step "installing Node" .venv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-node.lock
  PATH="$PWD/.venv/bin:$PATH"
  export PATH
  node -e "$fits" 2>/dev/null || fail "the Node from PyPI does not run on this machine"
fi

cd web || exit 1
step "npm ci" npm ci --no-audit --no-fund
step "vite build" node node_modules/vite/bin/vite.js build
