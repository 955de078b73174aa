#!/usr/bin/env bash
# Sets up what building and running Hearken on this machine needs, and nothing that is there already:
#   tools     a C compiler, OpenSSL's headers, Java, Maven, npm, Rust: with apt when run by root on Debian or Ubuntu, else only named
#   engines   Apache Kafka's jars and ClickHouse's engine library, each checked against a pinned SHA-256
#   prometheus  for the test of deploy/prometheus: Debian's package, unpacked and not installed, where apt is there
# Says first what it will install and how large it is. Exit codes: 0 all is there, 1 a download failed, 2 you must act.
#   NO_INSTALL=1         install and download nothing; name what is missing and stop
#   HEARKEN_ENGINES=DIR  where the engines go (default: hearken/engines in the user's cache directory)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
engines=${HEARKEN_ENGINES:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/hearken/engines}
kafka_dir=$engines/kafka-4.1.1
kafka_sums=$here/kafka/SHA256SUMS
prometheus_dir=$engines/prometheus
clickhouse_dir=$engines/chdb-26.7.3-stable.1
clickhouse_package=@chdb/lib-linux-x64-gnu@26.7.3-stable.1
clickhouse_package_sum=c0d32b129e988f2b9a9a31c9141aecf5e1e2453f9a079efc4d36ab8e3f92b2ad
clickhouse_library_sum=36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5
java_min=17
PATH=$HOME/.cargo/bin:$PATH

apt_packages=() # what apt would install
by_hand=()      # what is missing in words, for machines without apt
plan=()         # what will be installed, with its size
rust_by_hand=   # not empty when this release has no package for Rust
need_rust=
need_kafka=
need_clickhouse=

main() {
    check_machine
    find_missing
    if ((${#plan[@]} == 0)); then
        fetch_prometheus
        echo "Everything Hearken needs is installed."
        return
    fi
    echo "Hearken needs what is missing on this machine:"
    printf '  - %s\n' "${plan[@]}"
    stop_unless_allowed
    install_packages
    check_tools
    install_rust
    mkdir -p "$engines"
    # One set-up at a time: a second one waits, then finds everything there.
    exec 9>"$engines/lock"
    flock 9
    scratch=$(mktemp -d "$engines/new.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 130' INT TERM
    install_kafka
    install_clickhouse
    fetch_prometheus
    echo "Everything Hearken needs is installed."
}

# Stops with exit code 2: the reader has to do something.
act() {
    printf '%s\n' "$@" >&2
    exit 2
}

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

check_machine() {
    [[ $(uname -s) == Linux && $(uname -m) == x86_64 ]] ||
        act "The local engines need Linux on x86_64; this is $(uname -s) on $(uname -m)."
    getconf GNU_LIBC_VERSION >/dev/null 2>&1 ||
        act "The local ClickHouse engine needs glibc; this Linux has another C library. Debian, Ubuntu and Fedora will do."
    # Read by bash itself: this runs before every build.
    [[ $(</proc/cpuinfo) == *avx2* ]] ||
        act "The local ClickHouse engine needs a processor with AVX2; this one (or this virtual machine) does not offer it."
}

find_missing() {
    if ! has cc || ! has c++ || ! has make; then
        want build-essential "a C and C++ compiler and make" "C and C++ compiler (Debian package build-essential, 70 MB, 280 MB on disk)"
    fi
    if ! has pkg-config || ! pkg-config --atleast-version=3 openssl; then
        apt_packages+=(pkg-config)
        want libssl-dev "OpenSSL 3 with its headers, and pkg-config" "OpenSSL's headers, for TLS to Kafka (Debian packages libssl-dev and pkg-config, 3 MB, 16 MB on disk)"
    fi
    find_java
    find_rust
    if ! kafka_is_there; then
        need_kafka=yes
        has mvn || want maven Maven "Maven, to fetch Kafka (Debian package maven, 15 MB, 25 MB on disk beside Java)"
        plan+=("Apache Kafka 4.1.1 (43 MB of jars, and 20 MB of Maven's own that are thrown away, into $kafka_dir)")
    fi
    if ! clickhouse_is_there; then
        need_clickhouse=yes
        has npm || want npm npm "npm, to fetch the ClickHouse engine (Debian package npm, 50 MB, 250 MB on disk)"
        plan+=("ClickHouse 26.7 engine library (178 MB, 566 MB on disk, into $clickhouse_dir)")
    fi
    if [[ -n $need_kafka$need_clickhouse$need_rust && ! -e /etc/ssl/certs/ca-certificates.crt ]] && is_debian; then
        want ca-certificates "certificates" "root certificates for downloads (Debian package ca-certificates, 1 MB)"
    fi
}

find_java() {
    local found
    found=$(java_major)
    ((found >= java_min)) && return
    if [[ -n ${JAVA_HOME:-} ]]; then
        act "JAVA_HOME is $JAVA_HOME, and there is no Java $java_min or newer in it. Unset it, or set it to a newer Java."
    fi
    local package=default-jre-headless
    case $(release) in
    # Their default is older than 17, or is 17 itself.
    debian:11 | debian:12 | ubuntu:20.* | ubuntu:22.*) package=openjdk-17-jre-headless ;;
    esac
    want "$package" "Java $java_min or newer" "Java, to run Kafka (Debian package $package, 50 MB, 190 MB on disk)"
}

find_rust() {
    local toolchain wanted
    wanted=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$here/../../rust-toolchain.toml")
    toolchain="Rust $wanted (fetched by rustup, 140 MB, 620 MB on disk)"
    if has rustup; then
        compgen -G "${RUSTUP_HOME:-$HOME/.rustup}/toolchains/$wanted-*" >/dev/null && return
        need_rust=yes
        plan+=("$toolchain")
    elif has cargo; then
        local version
        version=$(cargo --version | cut -d' ' -f2)
        at_least "$version" "$wanted" ||
            act "cargo is $version, and Hearken needs Rust $wanted. Install rustup (https://rustup.rs); it brings the right one."
    else
        need_rust=yes
        case $(release) in
        debian:11 | debian:12 | ubuntu:20.* | ubuntu:22.*)
            rust_by_hand=yes
            want curl rustup "rustup, which brings Rust (by its own installer, for which curl is needed, 20 MB)"
            apt_packages+=(ca-certificates)
            ;;
        *) want rustup rustup "rustup, which brings Rust (Debian package rustup, 5 MB, 20 MB on disk)" ;;
        esac
        plan+=("$toolchain")
    fi
}

# The engines are there when the stamp says they were checked against these very sums, and no file came or went since.
kafka_is_there() {
    local stamp=
    [[ -f $kafka_dir/checked ]] && stamp=$(<"$kafka_dir/checked")
    [[ $stamp == "$(<"$kafka_sums")" && $(kafka_names) == "$(kafka_names_wanted)" ]]
}

kafka_names() {
    (cd "${1:-$kafka_dir/libs}" 2>/dev/null && LC_ALL=C && printf '%s\n' *)
}

kafka_names_wanted() {
    cut -c67- "$kafka_sums"
}

clickhouse_is_there() {
    local stamp=
    [[ -f $clickhouse_dir/checked ]] && stamp=$(<"$clickhouse_dir/checked")
    [[ $stamp == "$clickhouse_library_sum" && -s $clickhouse_dir/libchdb.so ]]
}

stop_unless_allowed() {
    local command=
    if ((${#apt_packages[@]} > 0)); then
        command=$(as_root "apt-get update && apt-get install -y --no-install-recommends ${apt_packages[*]}")
    fi
    if [[ -n $rust_by_hand ]]; then
        command+=" && curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal"
    fi
    if [[ ${NO_INSTALL:-} == 1 ]]; then
        act "NO_INSTALL=1: nothing was installed. This installs it:" "  ${command:+$command && }NO_INSTALL= make setup"
    fi
    [[ -z $command ]] && return
    if ! is_debian; then
        act "Install these with your system's packages, then run this again: $(join "${by_hand[@]}")"
    elif [[ -n $rust_by_hand ]]; then
        act "This release has no package for a new enough Rust, so nothing was installed. This installs all of it:" \
            "  $command && make setup"
    elif ((EUID != 0)); then
        act "Only root may install packages. This installs all of it:" "  $command && make setup"
    fi
}

install_packages() {
    ((${#apt_packages[@]} == 0)) && return
    local log
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    echo "Installing ${apt_packages[*]} with apt; this takes some minutes ..."
    if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${apt_packages[@]}"; } </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "apt could not install ${apt_packages[*]}; its last lines are above, all of them in $log."
    fi
    rm "$log"
    hash -r
}

# A package may have brought less than its name promises.
check_tools() {
    local tool
    for tool in cc c++ make java cargo ${need_kafka:+mvn} ${need_clickhouse:+npm}; do
        has "$tool" || fail "$tool is still missing after the installation."
    done
    (($(java_major) >= java_min)) || fail "java is still older than $java_min; choose a newer one: update-alternatives --config java"
}

# Any call of cargo in the project makes rustup fetch the toolchain that rust-toolchain.toml names.
install_rust() {
    [[ -n $need_rust ]] || return 0
    (cd "$here" && cargo --version </dev/null >&2) || fail "rustup could not fetch the Rust toolchain; its message is above."
}

install_kafka() {
    kafka_is_there && return
    local new=$scratch/kafka
    mkdir "$new"
    if jars_are_good "$kafka_dir/libs" 2>/dev/null; then
        cp "$kafka_sums" "$kafka_dir/checked"
        return
    fi
    echo "Fetching Apache Kafka 4.1.1 ..."
    mvn --batch-mode --quiet -Dstyle.color=never -Dmaven.repo.local="$scratch/maven" -f "$here/kafka/pom.xml" \
        dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$new/libs" </dev/null >&2 ||
        fail "Maven could not fetch Kafka's jars; its message is above. Nothing was changed."
    jars_are_good "$new/libs" ||
        fail "Kafka's jars are not those of $kafka_sums; they were thrown away."
    cp "$kafka_sums" "$new/checked"
    put "$new" "$kafka_dir"
}

# Every jar that is named, with its sum, and none beside them.
jars_are_good() {
    [[ -d $1 ]] || return 1
    diff <(kafka_names_wanted) <(kafka_names "$1") >&2 || return 1
    (cd "$1" && sha256sum --check --strict --quiet "$kafka_sums") >&2
}

install_clickhouse() {
    clickhouse_is_there && return
    local new=$scratch/clickhouse
    mkdir "$new"
    if [[ -f $clickhouse_dir/libchdb.so ]] && sum_is "$clickhouse_library_sum" "$clickhouse_dir/libchdb.so"; then
        echo "$clickhouse_library_sum" >"$clickhouse_dir/checked"
        return
    fi
    echo "Fetching the ClickHouse engine library ..."
    local package
    package=$(cd "$scratch" && npm pack --silent --cache "$scratch/npm" "$clickhouse_package" </dev/null) ||
        fail "npm could not fetch $clickhouse_package; its message is above. Nothing was changed."
    package=$scratch/${package##*$'\n'}
    sum_is "$clickhouse_package_sum" "$package" ||
        fail "$clickhouse_package is not what was pinned (SHA-256 $clickhouse_package_sum); it was thrown away."
    tar -xzf "$package" -C "$new" --strip-components=1 --no-same-owner package/libchdb.so
    sum_is "$clickhouse_library_sum" "$new/libchdb.so" ||
        fail "libchdb.so is not what was pinned (SHA-256 $clickhouse_library_sum); it was thrown away. Is the disk full?"
    echo "$clickhouse_library_sum" >"$new/checked"
    put "$new" "$clickhouse_dir"
}

# Nothing but one test needs it, so nothing fails without it. Installed, the package would start a service of its own.
fetch_prometheus() {
    local new package
    if has prometheus || ! is_debian || [[ ${NO_INSTALL:-} == 1 || -e $prometheus_dir ]]; then
        return
    fi
    echo "Fetching Prometheus for a test (Debian package prometheus, 19 MB, 95 MB on disk, into $prometheus_dir) ..."
    mkdir -p "$engines"
    new=$(mktemp -d "$engines/new.XXXXXX")
    if (cd "$new" && apt-get download -qq -o APT::Sandbox::User="$(id -un)" prometheus </dev/null >&2) && package=("$new"/*.deb) && [[ -e ${package[0]} ]]; then
        dpkg -x "${package[0]}" "$new/package"
    fi
    # What could not be had is noted: the next build does not try again.
    mkdir -p "$new/package/usr/bin"
    [[ -x $new/package/usr/bin/prometheus ]] ||
        echo "It could not be fetched; its test is skipped. Remove $prometheus_dir to try again." >&2
    mv -T "$new/package" "$prometheus_dir" 2>/dev/null || true
    rm -rf "$new"
}

# Puts a complete directory in its place in one step; a former one, incomplete or changed, makes room first.
put() {
    if [[ -e $2 ]]; then
        mv -T "$2" "$scratch/former.$(basename "$2")"
    fi
    mv -T "$1" "$2"
}

want() {
    apt_packages+=("$1")
    by_hand+=("$2")
    plan+=("$3")
}

has() {
    command -v "$1" >/dev/null 2>&1
}

sum_is() {
    sha256sum --check --status <<<"$1  $2"
}

java_major() {
    local java=java version
    [[ -n ${JAVA_HOME:-} ]] && java=$JAVA_HOME/bin/java
    version=$("$java" -version 2>&1) || version=
    version=${version#*\"}
    version=${version%%[!0-9]*}
    echo "${version:-0}"
}

# Whether version $1 is $2 or newer.
at_least() {
    [[ $(printf '%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

release() {
    # shellcheck source=/dev/null
    (. /etc/os-release && echo "${ID:-}:${VERSION_ID:-}") 2>/dev/null || true
}

is_debian() {
    has apt-get && has dpkg
}

as_root() {
    if ((EUID == 0)); then echo "$1"; else echo "sudo sh -c '$1'"; fi
}

join() {
    local joined
    printf -v joined '%s, ' "$@"
    echo "${joined%, }"
}

main "$@"
