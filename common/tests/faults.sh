#!/usr/bin/env bash
# Faults: a full disk at each write, a folder that is read-only, gnuplot killed while it draws, no memory. A program says so in
# a line, its exit status is not 0, and what was there before is there still, or its whole successor.
# Usage: common/tests/faults.sh build/bin
source "$(dirname -- "${BASH_SOURCE[0]}")/rows.bash"

# --- What was there before -------------------------------------------------------------------------------------------

# Two whole runs: `before` is what a row finds, `after` what it would leave if all went well.
"$small" --plots "$scratch/before" --seed 0 >/dev/null
"$small" --plots "$scratch/after" --seed 1 >/dev/null
! cmp -s "$scratch"/before/ch01_gradient_check.tsv "$scratch"/after/ch01_gradient_check.tsv ||
    { echo "faults.sh: the seed changes nothing in ch01" >&2 && exit 1; }

# Each file in the folder is one of `before` or one of `after`, and none of `before` is gone.
check_intact() { # folder
    local file
    for file in "$scratch"/before/*; do
        [[ -e $1/${file##*/} ]] || problem "${file##*/} is gone"
    done
    for file in "$1"/*; do
        cmp -s "$file" "$scratch/before/${file##*/}" || cmp -s "$file" "$scratch/after/${file##*/}" ||
            problem "${file##*/} is neither the old nor the new one"
    done
}

# attempt ROW 'WORDS' COMMAND…: the command fails as a program should, with $plots as `before`, which stays whole; or it
# succeeds and leaves `after`.
attempt() {
    rm -rf -- "$plots"
    cp -r "$scratch/before" "$plots"
    run "$1" "${@:3}"
    if ((status == 0)); then
        diff -r "$scratch/after" "$plots" >"$scratch/err" || problem "status 0, but the figures are not the new ones"
    else
        check_refusal 1 "$2"
    fi
    check_intact "$plots"
    ((failures > before)) || printf 'ok    %s%s\n' "$row" "$( ((status)) || echo ": is enough")"
}

# --- A full disk -----------------------------------------------------------------------------------------------------

# on_disk KB COMMAND…: the command with $plots on a disk of its own, seen by nothing else, that has room for so much more.
# What is there in the end is copied back.
on_disk() {
    # shellcheck disable=SC2016
    unshare --mount bash -c '
        cp -r "$1" "$1.copy" && rm -rf "${1:?}"/* || exit 99
        mount -t tmpfs -o size=100m none "$1" && cp "$1.copy"/* "$1" || exit 99
        used=$(df --output=used -k "$1" | tail -n 1)
        if [[ $2 == read-only ]]; then options=ro; else options=size=$((used + $2))k; fi
        mount -o "remount,$options" "$1" || exit 99
        status=0
        "${@:3}" || status=$?
        cp -r "$1" "$1.copy2" && umount "$1" && rm -rf "$1" "$1.copy" && mv "$1.copy2" "$1"
        exit $status' on_disk "$plots" "$@"
}

if ((EUID == 0)) && unshare --mount true 2>/dev/null; then
    status=1 kilobytes=0
    while ((status)); do
        attempt "a disk with $kilobytes KB left" "$plots/ch01_" on_disk "$kilobytes" "$small" --plots "$plots" --seed 1
        kilobytes=$((kilobytes < 64 ? kilobytes + 4 : 2 * kilobytes))
        ((kilobytes < 100000)) || { problem "no room is enough" && break; }
    done
    attempt "a read-only disk" "$plots" on_disk read-only "$small" --plots "$plots" --seed 1
    ((status)) || problem "a read-only disk was written to"
    diff -r "$scratch/before" "$plots" >/dev/null || problem "the read-only disk has changed"
else
    skip "full and read-only disks" "this user cannot mount one"
fi

status=1 kilobytes=1
while ((status)); do
    attempt "files of $kilobytes KB at most" "$plots/ch01_" with_limit "$kilobytes" "$small" --plots "$plots" --seed 1
    kilobytes=$((2 * kilobytes))
    ((kilobytes < 100000)) || { problem "no size is enough" && break; }
done

# --- gnuplot is killed -----------------------------------------------------------------------------------------------

# A gnuplot that draws the format, cuts what it has written, and is killed. The others it draws in peace.
real=$(command -v gnuplot)
for format in svg png; do
    mkdir -p "$scratch/$format"
    cat >"$scratch/$format/gnuplot" <<END
#!/usr/bin/env bash
"$real" "\$@" || exit
if [[ "\$*" == *"fmt='$format'"* ]]; then
    for part in *.$format.part*; do truncate -s 500 "\$part"; done
    kill -KILL \$\$
fi
END
    chmod 755 "$scratch/$format/gnuplot"
    attempt "gnuplot killed while it draws the .$format" "gnuplot failed;ch01_" \
        env PATH="$scratch/$format:$PATH" "$small" --plots "$plots" --seed 1
done

# --- No memory -------------------------------------------------------------------------------------------------------

with_memory() { # MB, command
    (
        ulimit -v $((1024 * $1))
        exec "${@:2}"
    )
}

trainer=$(program_with --sketches --plots --epochs --threads)
if ! with_memory 2000 "$small" --help >/dev/null 2>&1; then
    skip "no memory" "this program reserves terabytes, as AddressSanitizer's do"
elif [[ ! $trainer ]]; then
    skip "no memory" "no program that trains is built"
else
    mkdir -p "$plots/sketches"
    echo "from an earlier run" >"$plots/sketches/earlier.tsv"
    megabytes=16 short=0
    while true; do
        run "$(basename "$trainer") with $megabytes MB" with_memory "$megabytes" "$trainer" --sketches --quick --plots "$plots" --threads 2
        ((status != 0)) || break
        # 127 is the loader's status. OpenMP and gnuplot say themselves what they cannot get.
        ((status == 1 || status == 127)) || problem "the exit status is $status"
        [[ $(grep -c . "$scratch/err") == 1 ]] || problem "there is not exactly one line on stderr"
        grep -qE 'out of memory|shared object|Thread creation failed|gnuplot failed' "$scratch/err" || problem "the message does not say what failed"
        ! grep -q "^$(basename "$trainer"): out of memory" "$scratch/err" || short=$((short + 1))
        ((failures > before)) || printf 'ok    %s: %s\n' "$row" "$(grep . "$scratch/err" | cut -c 1-120)"
        megabytes=$((megabytes + megabytes / 4))
        ((megabytes < 4000)) || { problem "no memory is enough" && break; }
    done
    ((short > 2)) || problem "no run was short of memory in the middle"
    [[ $(cat "$plots/sketches/earlier.tsv") == "from an earlier run" && -z $(half_written) ]] || problem "files are damaged"
fi

# --- The download ----------------------------------------------------------------------------------------------------

# download KB: ./tutorial data in a checkout of its own, whose folder data/ is a disk with so much room.
download() {
    # shellcheck disable=SC2016
    unshare --mount bash -c '
        mount -t tmpfs -o "size=$1k" none "$2/data" && cp -a "$2.data/." "$2/data" || exit 99
        status=0
        CIFAR10_URL=file://$3 CIFAR10_SHA256=$(sha256sum <"$3" | cut -d " " -f 1) "$2/tutorial" data || status=$?
        rm -rf "$2.data" && cp -a "$2/data" "$2.data"
        exit $status' download "$1" "$scratch/checkout" "$scratch/archive.tar.gz"
}

if ((EUID == 0)) && unshare --mount true 2>/dev/null && command -v curl >/dev/null; then
    root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../..
    mkdir -p "$scratch"/checkout/{data,exercises} "$scratch/checkout.data" "$scratch/cifar-10-batches-bin"
    cp "$root/tutorial" "$scratch/checkout"
    cp "$root/exercises/commands.bash" "$scratch/checkout/exercises"
    for i in 1 2 3 4; do head -c 50000 /dev/urandom >"$scratch/cifar-10-batches-bin/$i.bin"; done
    tar -C "$scratch" -czf "$scratch/archive.tar.gz" cifar-10-batches-bin

    # 100 KB: the archive does not fit; 300: it does, its contents do not; then they do, and the download goes on.
    for kilobytes in 100 300 1000; do
        run "./tutorial data with $kilobytes KB" download "$kilobytes"
        left=$scratch/checkout.data
        if ((kilobytes < 1000)); then
            ((status == 1)) || problem "the exit status is $status, not 1"
            tail -n 1 "$scratch/err" | grep -q '^tutorial: ' || problem "the last line does not say what is wrong"
            not_there "$left/cifar-10-batches-bin"
        else
            ((status == 0)) || problem "the exit status is $status"
            diff -r "$scratch/cifar-10-batches-bin" "$left/cifar-10-batches-bin" || problem "the photographs are not what they were"
            not_there "$left/cifar-10-binary.tar.gz.part"
        fi
        [[ -z $(find "$left" -name 'unpacking.*') ]] || problem "a half-unpacked folder is left"
        ((failures > before)) || printf 'ok    %s\n' "$row"
    done
else
    skip "./tutorial data on a full disk" "this user cannot mount one, or there is no curl"
fi

summary
