#!/usr/bin/env bash
# Install the system programs that some tests use, where they are missing and this user may install packages.
# A test whose program stays missing is skipped with a reason.
set -u
missing=()
command -v ffmpeg >/dev/null || missing+=(ffmpeg)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v espeak-ng >/dev/null || missing+=(espeak-ng)
[ ${#missing[@]} -eq 0 ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    echo "could not install: ${missing[*]}; tests that need them are skipped" >&2
else
  echo "missing: ${missing[*]}; tests that need them are skipped" >&2
fi
exit 0
