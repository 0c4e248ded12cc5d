#!/usr/bin/env bash
# Fetches comparison.json out of the artifact of another workflow's run, which may have run a stranger's code.
#
# In: REPOSITORY, RUN_ID, ARTIFACT, FILE, a token for `gh`. Out: FILE, of at most 8 MiB; nothing else of the archive is
# unpacked, so no path in it matters, and nothing of it is run. Exit 0 without FILE where the run left no such artifact.
set -euo pipefail

readonly MOST=$((8 * 1024 * 1024))

found=$(gh api "repos/$REPOSITORY/actions/runs/$RUN_ID/artifacts?per_page=100&name=$ARTIFACT" \
  --jq '.artifacts[0] | "\(.id) \(.size_in_bytes)"')
read -r id size <<<"$found"
if [[ ! $id =~ ^[0-9]+$ ]]; then
  echo "the run left no artifact $ARTIFACT, so there is nothing to say"
  exit 0
fi
if ((size > 4 * MOST)); then
  echo "::error title=loadgate::the artifact has $size bytes, more than reports have"
  exit 1
fi
archive=$(mktemp)
gh api "repos/$REPOSITORY/actions/artifacts/$id/zip" >"$archive"
# An archive of a few kilobytes may hold gigabytes: what comes out is counted, not what the archive says.
unzip -p "$archive" comparison.json 2>/dev/null | head -c $((MOST + 1)) >"$FILE" || true
rm -f "$archive"
if (($(wc -c <"$FILE") > MOST)); then
  rm -f "$FILE"
  echo "::error title=loadgate::comparison.json has more than $MOST bytes"
  exit 1
fi
if [[ ! -s $FILE ]]; then
  rm -f "$FILE"
  echo "the artifact holds no comparison.json, so there is nothing to say"
fi
