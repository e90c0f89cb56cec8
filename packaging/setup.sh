# shellcheck shell=bash
# Shared by packaging/run, packaging/test and packaging/install-desktop: system packages, uv, and the .venv beside the
# project. Sourced, never run. Everything here may be repeated; what is there already is left alone.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export LC_ALL=C.UTF-8

# What Qt's libraries and its X11, Wayland and image plugins link to (readelf -d), beyond what these packages pull in
# shellcheck disable=SC2034  # used by the scripts that source this file
qt_packages=(
    ca-certificates libbrotli1 libdbus-1-3 libegl1 libfontconfig1 libfreetype6 libgl1 libglib2.0-0 libgssapi-krb5-2
    libwayland-client0 libwayland-cursor0 libwayland-egl1 libx11-6 libx11-xcb1 libxcb1 libxcb-cursor0 libxcb-glx0
    libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render0 libxcb-render-util0 libxcb-shape0
    libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libxkbcommon0 libxkbcommon-x11-0 libzstd1
)

say() { printf '==> %s\n' "$*"; }

give_up() {
    printf '\nStopped: %s\n' "$*" >&2
    exit 1
}

# The arguments that are packages and not installed, one a line. (Later Debians call some of them NAMEt64.)
missing_packages() {
    local package states
    for package in "$@"; do
        states=$(dpkg-query -W -f '<${db:Status-Status}>' "$package" "${package}t64" 2>/dev/null || true)
        case $states in
        *'<installed>'*) ;;
        *) printf '%s\n' "$package" ;;
        esac
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# Its report is shown only when it fails.
apt_get() {
    local report
    report=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 \
        -o Dpkg::Use-Pty=0 "$@" </dev/null 2>&1) || {
        printf '%s\n' "$report" >&2
        return 1
    }
}

# install_packages WHAT PACKAGE...: says what is missing for WHAT, and installs that.
install_packages() {
    local what=$1 missing
    shift
    if ! command -v dpkg-query >/dev/null; then
        say "This is no Debian: $what must be there already ($*)."
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    if [ ${#missing[@]} = 0 ]; then
        say "System packages for $what: all there."
        return
    fi
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        give_up "system packages for $what are missing, and only root can install them: apt-get install ${missing[*]}"
    fi
    say "Installing Debian packages for $what (a minute or two): ${missing[*]}"
    if [ -z "${lists_renewed:-}" ]; then
        apt_get update || say "Not every package list could be renewed; going on with those that are there."
        lists_renewed=yes
    fi
    apt_get install -y --no-install-recommends "${missing[@]}" ||
        give_up "the packages for $what could not be installed (see above). By hand: sudo apt-get install ${missing[*]}"
}

# The first Python that starts and is new enough. A pyenv shim may be on PATH and refuse to start: hence the trial.
find_python() {
    local candidate
    for candidate in "${HITCHPOST_PYTHON:-}" python3.11 python3 /usr/bin/python3.11 /usr/bin/python3 python3.13 python3.12; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

# Sets `uv` to a command that works: the one on PATH, or one in a small environment of its own under ~/.cache.
find_uv() {
    local home=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/hitchpost/uv
    if uv --version >/dev/null 2>&1; then
        uv=uv
        return
    fi
    uv=$home/bin/uv
    if "$uv" --version >/dev/null 2>&1; then
        return
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_packages "making Python environments" python3-venv
    fi
    say "Installing uv into $home"
    rm -rf "$home"
    "$python" -m venv "$home" || give_up "$python cannot make an environment in $home."
    "$home/bin/python" -m pip install -q --disable-pip-version-check --retries 5 --timeout 60 --only-binary :all: \
        --require-hashes -r "$root/packaging/bootstrap.lock" || give_up "uv could not be installed (see above)."
}

# uv reads no pip configuration; a mirror and authorities set there, or by the system, count here too.
carry_network_settings() {
    local index
    export UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-120}
    if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}${UV_CONFIG_FILE:-}" ]; then
        index=${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2>/dev/null || true)}
        if [ -n "$index" ]; then
            export UV_DEFAULT_INDEX=$index
        fi
    fi
    if [ -z "${SSL_CERT_FILE:-}" ]; then
        if [ -n "${PIP_CERT:-}" ]; then
            export SSL_CERT_FILE=$PIP_CERT
        elif [ -s /etc/ssl/certs/ca-certificates.crt ]; then
            export SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
        fi
    fi
}

# The project with everything it needs at the locked versions in .venv. A stamp there tells that this was done.
prepare_environment() {
    local stamp=$root/.venv/hitchpost-setup wanted
    wanted=$(cd "$root" && sha256sum requirements.lock pyproject.toml packaging/setup.sh && printf '%s\n' "$root")
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && "$root/.venv/bin/python" -c '' 2>/dev/null; then
        say "Python packages: all there, at the locked versions."
        return
    fi
    rm -f "$stamp"
    install_python_packages
    printf '%s\n' "$wanted" >"$stamp"
}

# In a subshell: its settings for the network are not for the program or the tests.
install_python_packages() (
    uv=uv
    python=$(find_python) || {
        install_packages "running it" python3
        python=$(find_python) || give_up "Python 3.11 or newer is needed; HITCHPOST_PYTHON may name one."
    }
    find_uv
    carry_network_settings
    unset VIRTUAL_ENV PYTHONPATH PYTHONHOME
    export UV_PYTHON_DOWNLOADS=never
    say "Installing the locked Python packages into $root/.venv ($("$python" -V))"
    if ! "$root/.venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        rm -rf "$root/.venv"
        "$uv" venv -q --no-project --python "$python" "$root/.venv" || give_up "no environment could be made (see above)."
    fi
    "$uv" pip sync -q --python "$root/.venv/bin/python" --require-hashes --no-build "$root/requirements.lock" ||
        give_up "the Python packages could not be installed (see above)."
    # setuptools, which builds it, is among the locked packages: nothing else is fetched
    "$uv" pip install -q --python "$root/.venv/bin/python" --no-deps --no-build-isolation -e "$root" ||
        give_up "the project could not be installed into its environment (see above)."
)

# Two of these scripts at once would install into the same folder: the second one waits.
one_at_a_time() {
    if command -v flock >/dev/null; then
        exec {setup_lock}>"${TMPDIR:-/tmp}/hitchpost-setup-$(id -u).lock"
        flock -n "$setup_lock" || {
            say "Another of these scripts is installing; waiting for it."
            flock "$setup_lock"
        }
    fi
}

set_up_done() {
    if [ -n "${setup_lock:-}" ]; then
        exec {setup_lock}>&-
    fi
}
