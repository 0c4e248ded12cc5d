#!/usr/bin/env bash
# The action's scripts, tried without GitHub: against releases served here, with a loadgate and a `gh` that do as they are told.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly SCRIPTS="$PWD/.github/scripts"
folder=$(mktemp -d)
export RUNNER_TEMP="$folder/runner" RUNNER_OS=Linux RUNNER_ARCH=X64 GITHUB_PATH="$folder/path" GITHUB_OUTPUT="$folder/output"
mkdir -p "$RUNNER_TEMP" "$folder/fake"
server=
finish() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

# `expect STATUS TEXT COMMAND…`: how a command ends, and what its output holds.
expect() {
  local wanted=$1 text=$2 status=0 said
  shift 2
  said=$("$@" 2>&1) || status=$?
  if [[ $status != "$wanted" || $said != *"$text"* ]]; then
    echo "$*: ended with $status, not $wanted, or without \"$text\":"
    echo "$said"
    exit 1
  fi
}

# --- install.sh
releases="$folder/releases/download/v9.8.7"
mkdir -p "$releases" "$folder/packed"
printf '#!/bin/sh\necho loadgate 9.8.7\n' >"$folder/packed/loadgate"
chmod +x "$folder/packed/loadgate"
archive="loadgate-x86_64-unknown-linux-musl.tar.gz"
tar -czf "$releases/$archive" -C "$folder/packed" .
(cd "$releases" && sha256sum "$archive" >SHA256SUMS)
mkdir -p "$folder/releases/latest"
cp -r "$releases" "$folder/releases/latest/download"
mkfifo "$folder/port"
python3 -c '
import functools, http.server, sys
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=sys.argv[1]))
print(served.server_port, file=open(sys.argv[2], "w"), flush=True)
served.serve_forever()' "$folder/releases" "$folder/port" &
server=$!
read -r port <"$folder/port"
export RELEASES="http://127.0.0.1:$port"

: >"$GITHUB_PATH"
REPOSITORY=o/n VERSION=9.8.7 expect 0 "loadgate 9.8.7" "$SCRIPTS/install.sh"
[[ $(cat "$GITHUB_PATH") == "$RUNNER_TEMP/loadgate/bin" ]]
REPOSITORY=o/n VERSION=latest expect 0 "loadgate 9.8.7" "$SCRIPTS/install.sh"
REPOSITORY=o/n VERSION=1.2.3 expect 2 "is there such a release?" "$SCRIPTS/install.sh"
REPOSITORY=o/n VERSION='1/../2' expect 2 "version is X.Y.Z" "$SCRIPTS/install.sh"
RUNNER_ARCH=S390X REPOSITORY=o/n VERSION=9.8.7 expect 2 "write version: source" "$SCRIPTS/install.sh"
echo tampered >>"$releases/$archive"
: >"$GITHUB_PATH"
REPOSITORY=o/n VERSION=9.8.7 expect 2 "is not what its release's SHA256SUMS says" "$SCRIPTS/install.sh"
[[ ! -s $GITHUB_PATH ]]
: >"$releases/SHA256SUMS"
REPOSITORY=o/n VERSION=9.8.7 expect 2 "does not name $archive" "$SCRIPTS/install.sh"

# --- gate.sh
cat >"$folder/fake/loadgate" <<'FAKE'
#!/bin/sh
echo "loadgate $*"
exit "$ENDS"
FAKE
chmod +x "$folder/fake/loadgate"
export PATH="$folder/fake:$PATH"
export CONFIG=a.toml PROFILE='' BASELINE='' OUT='re port'
: >"$GITHUB_OUTPUT"
ENDS=1 MODE=gate expect 0 "loadgate gate --config a.toml --out re port" "$SCRIPTS/gate.sh"
[[ $(cat "$GITHUB_OUTPUT") == status=1 ]]
ENDS=0 MODE=gate PROFILE=smoke BASELINE=b.json expect 0 "--profile smoke --baseline b.json" "$SCRIPTS/gate.sh"
ENDS=0 MODE=duet BASELINE=origin/main expect 0 "loadgate duet --config a.toml --out re port --baseline-ref origin/main" \
  "$SCRIPTS/gate.sh"
MODE='gate; echo hacked' expect 2 "mode is gate or duet" "$SCRIPTS/gate.sh"

# --- verdict.sh
verdict() {
  STATUS=$1 VERDICT=$2 FAIL_ON_INCONCLUSIVE=$3 expect "$4" "$5" "$SCRIPTS/verdict.sh"
}
verdict 0 pass "" 0 ""
verdict 0 inconclusive "" 0 ""
verdict 0 inconclusive true 4 "::error"
verdict 0 inconclusive false 0 ""
verdict 1 fail false 1 "::error"
verdict 2 "" "" 2 "nothing was sent"
verdict 3 invalid "" 3 "not valid"
verdict 4 inconclusive "" 4 "::error"
verdict 4 recorded false 0 "::warning"
verdict 130 "" "" 130 "status 130"
verdict 0 pass maybe 2 "true or false"

# --- fetch-comparison.sh
cat >"$folder/fake/gh" <<'FAKE'
#!/bin/sh
case "$*" in
  *artifacts?per_page*) echo "$FOUND" ;;
  */zip) cat "$ARCHIVE" ;;
esac
FAKE
chmod +x "$folder/fake/gh"
export REPOSITORY=o/n RUN_ID=1 ARTIFACT=loadgate-report FILE="$folder/comparison.json"
pack() {
  rm -rf "$folder/zip" "$folder/a.zip"
  mkdir -p "$folder/zip"
  (cd "$folder/zip" && eval "$1" && zip -q -r "$folder/a.zip" .)
  export ARCHIVE="$folder/a.zip"
}
pack 'echo "{}" >comparison.json'
FOUND="7 100" expect 0 "" "$SCRIPTS/fetch-comparison.sh"
[[ $(cat "$FILE") == "{}" ]]
rm -f "$FILE"
FOUND="null null" expect 0 "left no artifact" "$SCRIPTS/fetch-comparison.sh"
FOUND="7 99999999999" expect 1 "more than reports have" "$SCRIPTS/fetch-comparison.sh"
[[ ! -e $FILE ]]
pack 'head -c 50000000 /dev/zero >comparison.json'
FOUND="7 50000" expect 1 "more than 8388608 bytes" "$SCRIPTS/fetch-comparison.sh"
[[ ! -e $FILE ]]
pack 'echo "{}" >other.json'
FOUND="7 100" expect 0 "no comparison.json" "$SCRIPTS/fetch-comparison.sh"
[[ ! -e $FILE ]]

echo "install, gate, verdict, fetch-comparison: as they should"
