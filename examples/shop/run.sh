#!/bin/sh
# Serves the shop on 127.0.0.1, on the port given or 8000, in a Python environment of its own.
set -eu
cd "$(dirname "$0")"
port=${1:-8000}
venv=${VENV:-.venv}
if ! cmp -s requirements.txt "$venv/installed.txt"; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
    cp requirements.txt "$venv/installed.txt"
fi
exec "$venv/bin/uvicorn" app:app --host 127.0.0.1 --port "$port" --no-access-log --log-level warning
