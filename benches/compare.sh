#!/usr/bin/env bash
# Compares `loadgate hit` with wrk, and with hey, oha, ab and h2load where they are installed, on nginx.
#
#   benches/compare.sh [LOADGATE]        default target/release/loadgate
#
# nginx has one core and the generator another. The generators take turns, round after round, so that a change of the
# machine's mood meets all of them. Each ratio is the median of the ratios within a round; the other figures are
# medians over the rounds. CPU time is that of the generator's process, user and system.
#
# Writes the table into docs/performance.md, between its markers, and to standard output.
# Settings: ROUNDS=5 RUN_SECONDS=5 USERS=64 PORT=18080 TARGET_CORE=0 GENERATOR_CORE=1
# On Debian: apt-get install nginx wrk hey apache2-utils nghttp2-client; cargo install oha
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
loadgate=${1:-$root/target/release/loadgate}
rounds=${ROUNDS:-5} seconds=${RUN_SECONDS:-5} users=${USERS:-64} port=${PORT:-18080}
target_core=${TARGET_CORE:-0} generator_core=${GENERATOR_CORE:-1}
url=http://127.0.0.1:$port/
page=$root/docs/performance.md
work=$(mktemp -d)
rows=$work/rows.tsv # round, generator, requests/s, p50 in us, p99 in us, CPU us per request
nginx_pid=

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

cleanup() {
    [ -z "$nginx_pid" ] || { kill "$nginx_pid" && wait "$nginx_pid"; } 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

start_nginx() {
    (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && die "port $port is taken; choose another with PORT="
    chmod 755 "$work"
    mkdir "$work/html"
    sed "s/PORT/$port/" "$root/benches/nginx.conf" >"$work/nginx.conf"
    printf '%065d' 0 >"$work/html/index.html"
    taskset -c "$target_core" nginx -p "$work" -c nginx.conf -e error.log 2>/dev/null &
    nginx_pid=$!
    for _ in $(seq 100); do
        kill -0 "$nginx_pid" 2>/dev/null || die "nginx did not start: $(tail -1 "$work/error.log")"
        (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        sleep 0.05
    done
    die "nginx does not listen on port $port"
}

# The command of each generator.
run_loadgate() { "$loadgate" hit "$url" -u "$users" -d "${seconds}s" --json; }
run_wrk() { wrk -t 1 -c "$users" -d "${seconds}s" --latency "$url"; }
run_hey() { GOMAXPROCS=1 hey -c "$users" -z "${seconds}s" "$url"; }
run_oha() { oha --no-tui --output-format json -c "$users" -z "${seconds}s" "$url"; }
run_ab() { ab -q -k -c "$users" -t "$seconds" -n 5000000 "$url"; }
run_h2load() { h2load --h1 -t 1 -c "$users" -D "$seconds" "$url"; }

# What each of them says, as: requests, requests/s, p50 in us, p99 in us.
field() { sed -n "s/.*\"$1\": *\([0-9.eE+-]*\).*/\1/p"; }
read_loadgate() {
    local all latency
    all=$(tr -d ' \n' | sed 's/.*"(all)"://')
    latency=$(sed 's/.*"response_us":{\([^}]*\)}.*/\1/' <<<"${all%%\"service_us\"*}")
    echo "$(tr , '\n' <<<"$all" | field requests | head -1) $(tr , '\n' <<<"$all" | field rps | head -1)" \
        "$(tr , '\n' <<<"$latency" | field p50) $(tr , '\n' <<<"$latency" | field p99)"
}
read_wrk() {
    awk 'function us(text) { return text ~ /us$/ ? text + 0 : text ~ /ms$/ ? text * 1e3 : text * 1e6 }
        $1 == "50%" { p50 = us($2) } $1 == "99%" { p99 = us($2) }
        / requests in / { n = $1 } $1 == "Requests/sec:" { rps = $2 }
        END { print n, rps, p50, p99 }'
}
read_hey() {
    awk '$1 == "50%" { p50 = $3 * 1e6 } $1 == "99%" { p99 = $3 * 1e6 }
        /responses$/ { n += $2 } $1 == "Requests/sec:" { rps = $2 }
        END { print n, rps, p50, p99 }'
}
read_oha() {
    tr ',{}' '\n\n\n' | awk -F': *' '{ gsub(/[" ]/, "", $1) }
        $1 == "requestsPerSec" { rps = $2 } $1 == "200" { n = $2 }
        $1 == "latencyPercentiles" { inside = 1 }
        inside && $1 == "p50" { p50 = $2 * 1e6 } inside && $1 == "p99" { p99 = $2 * 1e6; inside = 0 }
        END { print n, rps, p50, p99 }'
}
read_ab() {
    awk '$1 == "50%" { p50 = $2 * 1e3 } $1 == "99%" { p99 = $2 * 1e3 }
        /^Complete requests:/ { n = $3 } /^Requests per second:/ { rps = $4 }
        END { print n, rps, p50, p99 }'
}
read_h2load() {
    awk '/^finished in/ { rps = $4 } /^requests:/ { n = $2 } END { print n, rps, "-", "-" }'
}

measure() { # round, generator
    local out=$work/out cpu requests rps p50 p99
    TIMEFORMAT='%U %S'
    { time taskset -c "$generator_core" bash -c "$(declare -f "run_$2"); run_$2" >"$out" 2>"$work/err"; } 2>"$work/time" ||
        die "$2 failed: $(tail -1 "$work/err")"
    cpu=$(cat "$work/time")
    read -r requests rps p50 p99 <<<"$("read_$2" <"$out")"
    [ -n "${p99:-}" ] || die "$2 said something unexpected: $(head -c 300 "$out")"
    awk -v OFS='\t' -v r="$1" -v g="$2" -v n="$requests" -v rps="$rps" -v p50="$p50" -v p99="$p99" -v cpu="$cpu" \
        'BEGIN { split(cpu, used, " "); print r, g, rps, p50, p99, (used[1] + used[2]) * 1e6 / n }' >>"$rows"
    say "round $1: $(tail -1 "$rows" | cut -f 2-)"
}

table() {
    awk -F'\t' '
        function median(list, count,    i, j, swap) {
            for (i = 2; i <= count; i++)
                for (j = i; j > 1 && list[j] < list[j - 1]; j--) { swap = list[j]; list[j] = list[j - 1]; list[j - 1] = swap }
            return count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
        }
        function middle(name, column, relative,    round, count, list) {
            count = 0
            for (round = 1; round <= rounds; round++)
                list[++count] = value[round, name, column] / (relative ? value[round, "wrk", column] : 1)
            return median(list, count)
        }
        function latency(name, column) {
            if (value[1, name, column] == "-") return "–"
            return sprintf(name == "ab" ? "%.0f ms (whole ms)" : "%.2f ms", middle(name, column, 0) / 1e3)
        }
        { if (!($2 in seen)) { seen[$2] = 1; names[++known] = $2 } rounds = $1 > rounds ? $1 : rounds
          for (column = 3; column <= 6; column++) value[$1, $2, column] = $column }
        END {
            print "| generator | requests/s | against wrk | p50 | p99 | CPU µs/request | against wrk |"
            print "|---|--:|--:|--:|--:|--:|--:|"
            for (i = 1; i <= known; i++) {
                name = names[i]
                printf "| %s | %.0f | %.2f | %s | %s | %.1f | %.2f |\n", name, middle(name, 3, 0), middle(name, 3, 1),
                    latency(name, 4), latency(name, 5), middle(name, 6, 0), middle(name, 6, 1)
            }
        }' "$rows"
}

result() {
    local model
    model=$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)
    echo "$rounds rounds of $seconds s, $users keep-alive connections, 65-byte file;" \
        "$(nginx -v 2>&1 | sed 's/.*nginx/nginx/') on core $target_core, generators on core $generator_core of" \
        "${model:-an unnamed CPU}; $(uname -sr), $(date -u +%F)."
    echo
    table
    [ -z "$skipped" ] || printf '\nNot installed, so not measured:%s.\n' "$skipped"
}

write_page() {
    [ -f "$page" ] || die "$page is missing"
    grep -q '<!-- compare:begin -->' "$page" || die "$page has no marker <!-- compare:begin -->"
    awk -v result="$work/result.md" '
        /<!-- compare:end -->/ { inside = 0 }
        !inside { print }
        /<!-- compare:begin -->/ { inside = 1; while ((getline line < result) > 0) print line }' "$page" >"$work/page"
    cp "$work/page" "$page"
}

for tool in nginx wrk taskset; do
    command -v "$tool" >/dev/null || die "$tool is not installed (on Debian: apt-get install nginx wrk util-linux)"
done
[ "$(nproc --all)" -gt "$generator_core" ] || die "core $generator_core does not exist; two cores are needed"

generators=() skipped=
for tool in loadgate wrk hey oha ab h2load; do
    program=$tool
    [ "$tool" != loadgate ] || program=$loadgate
    if command -v "$program" >/dev/null; then generators+=("$tool"); else skipped+=" $tool"; fi
done
[ -z "$skipped" ] || say "skipped, not installed:$skipped"

export loadgate url users seconds
start_nginx
for round in $(seq "$rounds"); do
    for generator in "${generators[@]}"; do measure "$round" "$generator"; done
done
result >"$work/result.md"
cat "$work/result.md"
case " ${generators[*]} " in
*" loadgate "*) write_page && say "written to ${page#"$root"/}" ;;
*) say "no loadgate at $loadgate (cargo build --release): docs/performance.md is left as it was" ;;
esac
