#!/usr/bin/env bash
# Makes sure that what the build and its tests need is there. Quick when it is.
#
# A compiler for wasm32-unknown-unknown: rustup's target if it can be had, else Debian's own
# compiler with the sources of std. Packages are installed only as root; otherwise one line says
# what to install. The host itself starts without a browser, Tesseract and fonts; the tests need them.
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

# What pages are drawn with and pictures are read with, each by a file of its package.
drawn=(
  tesseract-ocr /usr/bin/tesseract
  tesseract-ocr-eng /usr/share/tesseract-ocr/5/tessdata/eng.traineddata
  tesseract-ocr-chi-sim /usr/share/tesseract-ocr/5/tessdata/chi_sim.traineddata
  chromium-headless-shell /usr/lib/chromium/chromium-headless-shell
  fonts-wqy-microhei /usr/share/fonts/truetype/wqy/wqy-microhei.ttc
  fonts-wqy-zenhei /usr/share/fonts/truetype/wqy/wqy-zenhei.ttc
  fonts-noto-cjk /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
  fonts-arphic-uming /usr/share/fonts/truetype/arphic/uming.ttc
  fonts-arphic-ukai /usr/share/fonts/truetype/arphic/ukai.ttc
)
# A registry to publish to, and what starts it.
registry=(
  docker-registry /usr/bin/docker-registry
  util-linux /usr/bin/setpriv
)
packages=("${drawn[@]}" "${registry[@]}")
for_tests=()
for ((i = 0; i < ${#packages[@]}; i += 2)); do
  [ -e "${packages[i + 1]}" ] || for_tests+=("${packages[i]}")
done

all=("${missing[@]}" "${for_tests[@]}")
if [ ${#all[@]} -eq 0 ]; then
  exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  hint=""
  [ ${#missing[@]} -eq 0 ] || hint="    (or: rustup target add $target)"
  echo "please run: sudo apt-get install ${all[*]}$hint" >&2
  # Building works without what only the tests need.
  [ ${#missing[@]} -eq 0 ] && exit 0 || exit 1
fi
echo "installing ${all[*]}"
export DEBIAN_FRONTEND=noninteractive
# The registry's package would start a server of its own. RUNLEVEL says that nothing is to be started;
# systemd does not ask it, and would start the server with the machine, too.
export RUNLEVEL=1
if [ -d /run/systemd/system ] && [[ " ${all[*]} " == *" docker-registry "* ]]; then
  systemctl mask --quiet docker-registry.service
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${all[@]}" >/dev/null
