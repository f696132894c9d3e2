#!/usr/bin/env bash
# Installs what the tests need beyond Node: compilers and emulators of boards, the programs that flash them, the browser for pages, and, in .venv, the
# Python programs that read what reflexarc writes (tests/peers). Users of reflexarc need none of it.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v apt-get > /dev/null; then
  packages=(gcc g++ clang libclang-rt-dev cmake libc6-dev gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib
    gcc-riscv64-unknown-elf gcc-xtensa-lx106 gcc-avr avr-libc arduino-core-avr arduino-builder qemu-system-arm qemu-system-misc
    avrdude bossa-cli dfu-util teensy-loader-cli
    socat chromium cppcheck clang-format python3 python3-venv git procps)
  missing=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -q
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends "${missing[@]}"
  fi
elif command -v brew > /dev/null; then
  brew install --quiet avrdude dfu-util qemu socat cppcheck clang-format python@3.11 osx-cross/avr/avr-gcc riscv-software-src/riscv/riscv-tools
  brew install --quiet --cask gcc-arm-embedded chromium
else
  echo "error: neither apt-get nor brew was found" >&2
  echo "  fix: install gcc, also for Arm, RISC-V, Xtensa LX106 and AVR, clang with libFuzzer, QEMU for all but the last, socat, chromium, cppcheck," \
    "clang-format and python3 with venv by hand" >&2
  exit 1
fi

# A virtual environment that matches the requirements is left as it is.
stamp=.venv/requirements.txt
requirements=(tests/peers/requirements.txt tests/peers/requirements-alone.txt)
if ! cat "${requirements[@]}" | cmp -s - "$stamp"; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check -r "${requirements[0]}"
  .venv/bin/pip install --quiet --disable-pip-version-check --no-deps -r "${requirements[1]}"
  cat "${requirements[@]}" > "$stamp"
fi
