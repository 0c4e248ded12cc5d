# What this project does to itself. The recipes that CI runs too are sections of `.ci/run`, so there is one
# text of each; `just ci` runs them all.

# List the recipes.
default:
    @just --list --unsorted

# Check the formatting.
fmt:
    .ci/run fmt

# Check with every lint.
lint:
    .ci/run lint

# Check what is linked: sources, licences, versions.
supply:
    .ci/run supply

# Run all tests.
test:
    .ci/run test

# Look for answers and files that break what reads them; needs a nightly toolchain.
fuzz:
    .ci/run fuzz

# Build the documentation, warnings denied.
docs:
    .ci/run docs

# Build the book into target/book; installs mdbook where it is missing.
book:
    .ci/run book

# Play every file of examples/ against the demo API.
examples:
    .ci/run examples

# Tell a real Prometheus of a run, and ask it for the figures.
prometheus:
    .ci/run prometheus

# Take the pictures of the README and the book anew.
pictures:
    .ci/run browser
    python3 docs/pictures.py

# Lint the action and the workflows, and try their scripts.
workflows:
    .ci/run workflows

# Check that schemas/ is what the code says.
schemas:
    .ci/run schemas

# Gate the demo API against its baseline, and see a slower one fail.
gate:
    .ci/run gate gate-fails

# Open report.html in Chromium as a reader would; pictures are in target/ci/pages.
browser:
    .ci/run browser

# Search the ceiling of the demo, which is known; ten long searches with `python3 benches/ceiling.py`.
ceiling:
    .ci/run ceiling

# Everything CI runs.
ci:
    .ci/run

# Write schemas/ anew from the code.
refresh-schemas:
    for shape in loadgate recording comparison baseline duet; do \
        cargo run --quiet -- schema $shape > schemas/$shape.schema.json; \
    done

# Write the book's reference anew from the schema of loadgate.toml.
refresh-reference:
    LOADGATE_WRITE=1 cargo test --quiet --test it -- the_reference_is_what_the_schema_says

# Write anew what is said of the wrong files in tests/it/wrong_files; then read the diff as a newcomer would.
refresh-wrong-files:
    LOADGATE_WRITE=1 cargo test --quiet --test it -- every_wrong_file_is_met

# Record the demo's baseline anew, each run a job of its own: after a change of the demo, of loadgate.toml, or of a format.
refresh-baseline runs="8":
    cargo build --release
    rm -f baselines/load.json
    for run in $(seq {{ runs }}); do target/release/loadgate baseline record --runs 1; done

# Measure beside wrk, hey, oha, ab, h2load and locust on nginx, into docs/performance.md; needs a quiet machine. Flags as `--only plain`.
bench-peers *flags:
    python3 benches/peers.py {{ flags }}

# Count the instructions of the hot pieces; needs valgrind, and gungraun-runner in the version of gungraun in Cargo.lock.
bench-hot:
    cargo bench --bench hot

# Compare reported times with a server that knows the truth; hey, wrk, wrk2 and k6 beside it where they are installed.
bench-truth *flags:
    python3 benches/truth.py {{ flags }}

# Test the gate like an instrument, all of it, into docs/trust.md and its picture; what is in target/lab is not simulated again.
lab *flags:
    cargo bench --bench lab -- synthetic --write {{ flags }}

# The same, as far as CI does: the targets, and runs from samples.
lab-small:
    .ci/run lab

# Test the built binary on its own demo API under a competing load: duets and stored gates; hours. Stopped, it goes on where it was.
lab-live *flags:
    cargo bench --bench lab -- live {{ flags }}

# Check licences and advisories of the dependencies; needs cargo-deny.
deny:
    cargo deny check

# Write docs/reliability.md anew, from what its tests find.
refresh-reliability:
    REFRESH_RELIABILITY=1 cargo test --test it -- faults || true
    cargo test --test it -- faults

# Take away each guard that docs/reliability.md names, and see its row's test fail; half an hour.
guards:
    python3 tests/guards.py

# Soak loadgate itself: an hour at 5,000 requests/s; needs nginx.
soak:
    cargo build --release
    python3 benches/soak.py target/release/loadgate
