#!/usr/bin/env bash
# Runs the gate, or the duet, and says its exit status as an output: the steps after it keep and publish the reports first.
#
# In: MODE, CONFIG, PROFILE, BASELINE, OUT. Out: `status` in GITHUB_OUTPUT; loadgate itself adds `verdict` and `report`.
set -euo pipefail

arguments=(--config "$CONFIG" --out "$OUT")
[[ -z $PROFILE ]] || arguments+=(--profile "$PROFILE")
case "$MODE" in
  gate) [[ -z $BASELINE ]] || arguments+=(--baseline "$BASELINE") ;;
  duet) [[ -z $BASELINE ]] || arguments+=(--baseline-ref "$BASELINE") ;;
  *)
    echo "::error title=loadgate::mode is gate or duet"
    exit 2
    ;;
esac
status=0
loadgate "$MODE" "${arguments[@]}" || status=$?
echo "status=$status" >>"$GITHUB_OUTPUT"
