#!/usr/bin/env bash
# Installs loadgate for the steps that follow: a released binary, checked against the release's SHA256SUMS, or built from
# this checkout.
#
# In: VERSION (X.Y.Z, latest, source, or nothing), REPOSITORY (owner/name; empty where the action is used as ./), SERVER,
# the runner's variables; RELEASES, in tests, instead of the releases' address. Out: the binary's folder in GITHUB_PATH.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
bin="$RUNNER_TEMP/loadgate/bin"
mkdir -p "$bin"

complain() {
  # Not to what a caller captures; runners read commands on both.
  echo "::error title=loadgate::$*" >&2
  exit 2
}

own_version() {
  sed -n 's/^version = "\(.*\)"$/\1/p' "$here/Cargo.toml" | head -n 1
}

from_source() {
  command -v cargo >/dev/null || complain "version: source needs a Rust toolchain; set one up first, or name a release"
  cargo install --quiet --locked --path "$here" --root "$RUNNER_TEMP/loadgate"
}

target() {
  case "$RUNNER_OS/$RUNNER_ARCH" in
    Linux/X64) echo x86_64-unknown-linux-musl ;;
    Linux/ARM64) echo aarch64-unknown-linux-musl ;;
    macOS/X64) echo x86_64-apple-darwin ;;
    macOS/ARM64) echo aarch64-apple-darwin ;;
    Windows/X64) echo x86_64-pc-windows-msvc ;;
    *) complain "there is no release for $RUNNER_OS on $RUNNER_ARCH; write version: source" ;;
  esac
}

fetch() {
  curl --silent --show-error --fail --location --proto '=https,http' --retry 3 --max-time 120 --output "$2" "$1" ||
    complain "$1 can't be fetched; is there such a release? version: source builds without one"
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

from_release() {
  local version=$1 target archive folder wanted
  target=$(target)
  case "$target" in
    *windows*) archive="loadgate-$target.zip" ;;
    *) archive="loadgate-$target.tar.gz" ;;
  esac
  local releases="${RELEASES:-$SERVER/$REPOSITORY/releases}"
  if [[ $version == latest ]]; then folder="$releases/latest/download"; else folder="$releases/download/v$version"; fi
  local fetched="$RUNNER_TEMP/loadgate/fetched"
  mkdir -p "$fetched"
  fetch "$folder/SHA256SUMS" "$fetched/SHA256SUMS"
  fetch "$folder/$archive" "$fetched/$archive"
  wanted=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$fetched/SHA256SUMS")
  [[ -n $wanted ]] || complain "SHA256SUMS does not name $archive"
  [[ $(sha256 "$fetched/$archive") == "$wanted" ]] || complain "$archive is not what its release's SHA256SUMS says"
  case "$archive" in
    *.zip) unzip -q -o "$fetched/$archive" -d "$bin" ;;
    *) tar -xzf "$fetched/$archive" -C "$bin" ;;
  esac
}

version=${VERSION:-}
if [[ -z $version ]]; then
  if [[ -z ${REPOSITORY:-} ]]; then version=source; else version=$(own_version); fi
fi
case "$version" in
  source) from_source ;;
  latest) from_release latest ;;
  *[!0-9A-Za-z.+-]*) complain "version is X.Y.Z, latest or source" ;;
  *) from_release "${version#v}" ;;
esac
"$bin/loadgate" --version
echo "$bin" >>"$GITHUB_PATH"
