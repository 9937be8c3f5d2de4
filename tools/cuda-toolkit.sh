#!/bin/sh
# Finds an nvcc of release 12.4 or newer, and prints its folder as the last line. One on PATH is taken; else Debian's
# own packages are unpacked under .toolkit/ (about a gigabyte to load, half a minute); the system stays as it is.
# --own: leave an nvcc on PATH alone and use .toolkit/.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
suite=trixie
component=non-free
packages="nvidia-cuda-toolkit libnvvm4 nvidia-cuda-dev"
home=$root/.toolkit/cuda
bin=$home/usr/lib/nvidia-cuda-toolkit/bin
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() { echo "cuda-toolkit: $1" >&2; exit 1; }
say() { echo "cuda-toolkit: $1" >&2; }

# Whether the nvcc given runs and is 12.4 or newer.
recent() {
    release=$("$1" --version 2>/dev/null | sed -n 's/.*release \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
    [ -n "$release" ] || return 1
    # shellcheck disable=SC2086 # two words
    set -- $release
    [ "$1" -gt 12 ] || { [ "$1" -eq 12 ] && [ "$2" -ge 4 ]; }
}

case ${1:-} in
    --own) ;;
    '')
        if nvcc=$(command -v nvcc) && recent "$nvcc"; then
            nvcc=$(readlink -f -- "$nvcc")
            dirname -- "$nvcc"
            exit
        fi
        ;;
    *) fail "the only argument is --own, not \"$1\"." ;;
esac

command -v g++ > /dev/null || fail "nvcc needs a host compiler: install g++."
if [ -x "$bin/nvcc" ]; then
    recent "$bin/nvcc" || fail "the nvcc in .toolkit/ does not run: remove .toolkit/ and call this again."
    echo "$bin"
    exit
fi

advice="install a CUDA toolkit, 12.4 or newer, and put its nvcc on PATH"
[ -r /etc/os-release ] || fail "this is not Debian: $advice."
# shellcheck disable=SC1091
. /etc/os-release
[ "${ID:-}" = debian ] || fail "this is ${ID:-not Debian}, and only Debian's packages are known here: $advice."
for tool in apt-get dpkg tar; do
    command -v $tool > /dev/null || fail "$tool is not there: $advice."
done
[ -r "$keyring" ] || fail "the keys of Debian's archive are not there: install debian-archive-keyring."

mkdir -p "$root/.toolkit"
work=$(mktemp -d "$root/.toolkit/new.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/root"

# Everything apt writes goes to the private folder; the machine's own hooks are left out.
cat > "$work/apt.conf" <<END
Dir::State::Lists "$work/lists";
Dir::Cache "$work/cache";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
APT::Sandbox::User "$(id -un)";
APT::Get::List-Cleanup "false";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
END

# The mirrors that this machine's sources name for its own release. One that is not Debian's fails the signature.
codename=${VERSION_CODENAME:-stable}
mirrors=$(apt-get --print-uris update 2>/dev/null | sed -n "s|^'\(.*\)/dists/$codename/InRelease'.*|\1|p" | sort -u)
[ -n "$mirrors" ] || fail "the apt sources of this machine name no mirror of Debian $codename: $advice."
found=
for mirror in $mirrors; do
    echo "deb [signed-by=$keyring] $mirror $suite $component" > "$work/sources.list"
    if apt-get -c "$work/apt.conf" -o APT::Update::Error-Mode=any -qq update > "$work/log" 2>&1; then
        found=$mirror
        break
    fi
    cat "$work/log" >&2
done
[ -n "$found" ] || fail "no apt mirror of this machine gave $suite's $component component, signed by Debian: $advice."

say "loading $packages from $suite's $component component"
# shellcheck disable=SC2086 # a list
(cd "$work/debs" && apt-get -c "$work/apt.conf" -qq download $packages) ||
    fail "apt could not load $packages: $advice."

say "unpacking"
unpacked=$work/root
dpkg -x "$work"/debs/nvidia-cuda-toolkit_*.deb "$unpacked"
dpkg -x "$work"/debs/libnvvm4_*.deb "$unpacked"
# Of the libraries only the headers are needed.
dpkg --fsys-tarfile "$work"/debs/nvidia-cuda-dev_*.deb | tar -x -C "$unpacked" ./usr/include

# nvcc looks for its parts where the package would be installed: a profile that starts from nvcc's own folder instead,
# and the other tools beside it. The wrappers gcc and g++ would look for compilers by version.
tools=$unpacked/usr/lib/nvidia-cuda-toolkit/bin
rm -f "$tools/gcc" "$tools/g++" "$tools/nvcc.profile"
cat > "$tools/nvcc.profile" <<'END'
NVVMIR_LIBRARY_DIR = $(_HERE_)/../libdevice
PATH += $(_HERE_):
INCLUDES += "-I$(_HERE_)/../../../include"
END
for tool in ptxas cudafe++ fatbinary nvlink bin2c cuobjdump nvdisasm cu++filt; do
    ln -s "../../../bin/$tool" "$tools/$tool"
done
recent "$tools/nvcc" || fail "the nvcc that was unpacked does not run on this machine."

rm -rf "$home"
mv "$unpacked" "$home"
echo "$bin"
