#!/usr/bin/env bash
# Ends the job as the gate ended.
#
# In: STATUS, VERDICT, FAIL_ON_INCONCLUSIVE (true, false, or empty for what loadgate.toml says). Out: an exit status.
set -euo pipefail

no_verdict() {
  echo "::$1 title=loadgate::there is no verdict: the summary says why, and what to do"
}

case "$FAIL_ON_INCONCLUSIVE" in
  "" | true | false) ;;
  *)
    echo "::error title=loadgate::fail-on-inconclusive is true or false"
    exit 2
    ;;
esac
case "$STATUS" in
  0)
    if [[ $VERDICT == inconclusive && $FAIL_ON_INCONCLUSIVE == true ]]; then
      no_verdict error
      exit 4
    fi
    ;;
  4)
    if [[ $FAIL_ON_INCONCLUSIVE == false ]]; then
      no_verdict warning
      exit 0
    fi
    no_verdict error
    ;;
  1) echo "::error title=loadgate::the gate failed: the annotations and the summary say where" ;;
  2) echo "::error title=loadgate::nothing was sent: what was asked for can't be used, see above" ;;
  3) echo "::error title=loadgate::the run is not valid, so it says nothing about the API: the summary says why" ;;
  *) echo "::error title=loadgate::loadgate ended with status $STATUS" ;;
esac
exit "$STATUS"
