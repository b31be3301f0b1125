#!/bin/sh
# Installs the Debian packages of the groups named as arguments that are missing; elsewhere it names them.
set -eu
list="$(dirname "$0")/debian-packages.txt"
wanted=""
for group in "$@"; do
    wanted="$wanted $(awk -v group="$group" '$1 == group { print $2 }' "$list" | tr '\n' ' ')"
done
if ! command -v dpkg-query >/dev/null 2>&1; then
    # Nothing can be looked up here but what a build links against; the rest says so itself when it is missing. libstemmer comes
    # without a file for pkg-config.
    if pkg-config --exists ogg opus sqlite3 zlib 2>/dev/null &&
        echo '#include <libstemmer.h>' | cc -E - >/dev/null 2>&1; then exit 0; fi
    echo "This is not Debian. Install these, under the names that your system gives them:$wanted" >&2
    exit 1
fi
missing=""
for package in $wanted; do
    case "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)" in
        *"install ok installed"*) ;;
        *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0
echo "Installing:$missing"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "There is no sudo here. As root: apt-get install$missing" >&2
        exit 1
    fi
    as_root="sudo"
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086 # the list is meant to be split
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
