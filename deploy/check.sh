#!/usr/bin/env bash
# Checks deploy/ with the tools of those who will read it, and names each one that is not here:
#   helm       renders the chart as it is checked in (helm/rendered), lints it, and refuses wrong values
#   go         Compose's loader, BuildKit's parser, and the types of Kubernetes, KEDA and the Prometheus operator (checks/)
#   hadolint, shellcheck, promtool   the Dockerfile, the scripts, Prometheus' configuration
# Without helm, Go builds it from its sources. The first run with Go takes minutes; `make test` has what takes seconds.
#   --write    renders the chart anew into helm/rendered
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

helm_version=v3.19.4
kube_version=1.34.0
wrong=0

main() {
    chart "${1:-}"
    readers
    tool hadolint hadolint Dockerfile
    tool shellcheck shellcheck check.sh compose/*.sh
    tool promtool promtool check config --syntax-only compose/prometheus.yml
    exit "$wrong"
}

has() {
    command -v "$1" >/dev/null 2>&1
}

skipped() {
    echo "skipped: $1"
}

failed() {
    echo "FAILED: $1" >&2
    wrong=1
}

# Runs a tool where it is: its name, then the command.
tool() {
    if ! has "$1"; then
        skipped "$1 is not on this machine"
    elif "${@:2}"; then
        echo "$1: fine"
    else
        failed "$1"
    fi
}

helm() {
    if has_helm; then command helm "$@"; else go run "helm.sh/helm/v3/cmd/helm@$helm_version" "$@"; fi
}

has_helm() {
    type -P helm >/dev/null
}

chart() {
    if ! has_helm && ! has go; then
        skipped "neither helm nor go is on this machine: helm/rendered is not compared"
        return
    fi
    local values new
    for values in least full; do
        new=$(helm template hearken helm/hearken --namespace hearken --kube-version "$kube_version" --values "helm/$values-values.yaml" && echo .)
        if [[ $1 == --write ]]; then
            printf '%s' "${new%.}" >"helm/rendered/$values.yaml"
        elif ! diff "helm/rendered/$values.yaml" <(printf '%s' "${new%.}"); then
            failed "helm/rendered/$values.yaml is not what helm renders; look at the difference, then run check.sh --write"
        fi
    done
    helm lint helm/hearken --quiet --kube-version "$kube_version" --values helm/full-values.yaml || failed "helm lint"
    local refused
    for refused in sink.replicas=16 drainTimeoutMs=50000 files.catalog=catalog.toml kafka.security=ssl ingest.replica=2 image.registry= \
        'settings.kafka\.drain_timeout_ms=1' 'settings.kafka\.password=x' 'clickhouse.shards={http://ch-1}' 'clickhouse.shards={ch-1},clickhouse.cluster=c'; do
        if helm template hearken helm/hearken --kube-version "$kube_version" --values helm/least-values.yaml --set "$refused" >/dev/null 2>&1; then
            failed "the chart takes $refused"
        fi
    done
    echo "helm: done"
}

readers() {
    if ! has go; then
        skipped "go is not on this machine: compose.yaml, Dockerfile and manifests are not read by their own types"
    elif (cd checks && go run . ..); then
        echo "checks: fine"
    else
        failed "checks"
    fi
}

main "$@"
