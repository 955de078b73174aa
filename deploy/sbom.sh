#!/usr/bin/env bash
# Writes what each program is made of, as CycloneDX 1.5, to target/sbom: what is linked on the platform that ships, with versions, licences, sources
# and sums. What builds it is left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! cargo cyclonedx --version >/dev/null 2>&1; then
    echo "cargo-cyclonedx is not installed: cargo install cargo-cyclonedx --locked" >&2
    exit 2
fi
folder=target/sbom
mkdir -p "$folder"
# The tool writes a file beside every manifest it visits, and visits the whole workspace.
written() { find . -path ./target -prune -o -name '*.hearken-sbom.json' -print; }
clean() { written | xargs -r rm -f; }
trap clean EXIT
cargo cyclonedx --format json --spec-version 1.5 --target x86_64-unknown-linux-gnu --no-build-deps \
    --override-filename bom.hearken-sbom --quiet
for program in ingest enrich sink alert cli embedded; do
    file=$folder/hearken-$program.cdx.json
    # Where it was built is nobody's business, and of our own crates there is nothing to download.
    sed -e "s|path+file://$PWD/||g" -e 's|?download_url=file://[^"]*"|"|' "$program/bom.hearken-sbom.json" >"$file"
    echo "$file: $(grep -c '"SHA-256"' "$file") crates of others"
done
