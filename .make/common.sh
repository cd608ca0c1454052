# Shared by the scripts beside it; sourced, not run.
# shellcheck shell=sh

# The last words of a script, on stderr.
die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Where the daemon is. /usr/sbin is not in the PATH of a plain user.
find_collectd() {
    if [ -n "${COLLECTD:-}" ]; then
        command -v "$COLLECTD" && return
        return 1
    fi
    PATH="$PATH:/usr/sbin:/usr/local/sbin:/opt/collectd/sbin" command -v collectd
}

# Where that daemon looks for plugins: $1 is its path.
find_plugin_dir() {
    "$1" -h 2>/dev/null | sed -n 's/^ *Plugin directory *//p'
}

# rustup's directory is often missing from the PATH of sudo and of CI.
need_cargo() {
    if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo" ]; then
        PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
        export PATH
    fi
    command -v cargo >/dev/null || die "cargo is missing: install Rust 1.89 or later, see https://rustup.rs"
}

# Where cargo puts what it builds.
target_dir() {
    cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# The directory that `cargo build --release` writes to.
release_dir() {
    printf '%s\n' "$(target_dir)/${CARGO_BUILD_TARGET:+$CARGO_BUILD_TARGET/}release"
}
