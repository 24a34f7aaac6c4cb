#!/usr/bin/env bash
# Makes sure that what the build needs is there. Quick when it is.
#
# A compiler for wasm32-unknown-unknown: rustup's target if it can be had, else Debian's own
# compiler with the sources of std. Packages are installed only as root; otherwise one line says
# what to install.
set -euo pipefail

target=wasm32-unknown-unknown
# Debian's wasm-capable compiler; the linker's number follows its LLVM.
debian_compiler=(rustc-web cargo-web rust-web-src rust-web-llvm lld-22)

need() { # command package
  command -v "$1" >/dev/null || missing+=("$2")
}

missing=()
need cc build-essential
need curl curl

if ! command -v cargo >/dev/null; then
  echo "Rust 1.95 or newer is needed: see https://rustup.rs" >&2
  exit 1
fi

has_target() {
  local libs
  libs=$(rustc --print target-libdir --target "$target" 2>/dev/null) && [ -d "$libs" ]
}

# A refusal must not cost minutes: one try, bounded.
try_rustup() {
  command -v rustup >/dev/null && timeout 60 rustup target add "$target" >/dev/null 2>&1 && has_target
}

has_debian_compiler() {
  [ -x /usr/bin/rustc ] && [ -d /usr/lib/rustlib/src/rust/library/std ]
}

if ! has_target && ! has_debian_compiler && ! try_rustup; then
  missing+=("${debian_compiler[@]}")
fi

if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "please install: ${missing[*]} (or \`rustup target add $target\`)" >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "please run: sudo apt-get install ${missing[*]}    (or: rustup target add $target)" >&2
  exit 1
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
