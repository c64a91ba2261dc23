#!/usr/bin/env bash
# Runs that are cut and resumed, from end to end. Every chapter that trains is killed in mid-run and resumed, and its
# tables have to be those of a run that was never cut, but for the seconds; so do chapter 8's weights. And what --resume,
# --checkpoint, --save and --load refuse is refused in one line, before anything is overwritten.
# Usage: common/tests/resume.sh build/bin [KILLS]: so many kills of chapter 8 at random moments (default 5).
set -euo pipefail
shopt -s inherit_errexit nullglob

bin=$(realpath -- "${1:?usage: resume.sh FOLDER_OF_THE_PROGRAMS [KILLS]}")
kills=${2:-5}
scratch=$(mktemp -d)
program=""
# shellcheck disable=SC2317
clean_up() {
    [[ ! $program ]] || kill -KILL "$program" 2>/dev/null || true
    rm -rf -- "$scratch"
}
trap clean_up EXIT
failures=0

ok() { printf 'ok    %s\n' "$1"; }
problem() {
    printf 'FAIL  %s\n' "$1"
    [[ ! -s $scratch/err ]] || sed 's/^/      stderr: /' "$scratch/err"
    failures=$((failures + 1))
}

# A small CIFAR-10 of noise: 400 images to train on, 80 to validate.
data=$scratch/data
mkdir "$data"
for file in data_batch_{1..5} test_batch; do
    for ((i = 0; i < 80; ++i)); do
        printf '%b' "\\$((i % 2 * 2))"
        head -c 3072 /dev/urandom
    done >"$data/$file.bin"
done

# A run's tables without the column of seconds, all in one.
tables() { # plots folder
    local table
    for table in "$1"/cifar10/*.tsv; do
        printf '%s\n' "${table##*/}"
        awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; ++i) skip[i] = $i ~ /seconds/ }
            { for (i = 1; i <= NF; ++i) if (!skip[i]) printf "%s\t", $i; print "" }' "$table"
    done
}

same_tables() { # what, plots folder, plots folder
    tables "$2" >"$scratch/a"
    tables "$3" >"$scratch/b"
    if [[ $(wc -l <"$scratch/a") -gt 2 ]] && cmp -s "$scratch/a" "$scratch/b"; then ok "$1"; else problem "$1"; fi
}

start() { # plots folder, command
    : >"$scratch/out" # at once: the program's own redirection may come later than the first look
    "${@:2}" --data "$data" --plots "$1" >"$scratch/out" 2>"$scratch/err" </dev/null &
    program=$!
}
finish() { # row
    wait "$program" || problem "$1: it ends with status $?"
    program=""
}
# Kills the program when its output or its checkpoint says so, or leaves it if it has ended by then.
cut() { # command that says whether it is time
    until "$@" || ! kill -0 "$program" 2>/dev/null; do sleep 0.01; done
    kill -KILL "$program" 2>/dev/null || true
    wait "$program" 2>/dev/null || true
    program=""
}
printed() { grep -q "$1" "$scratch/out"; }
runs_are_in() { [[ -e $1 && $(grep -a -o -E '"(runs|ways 0)/|/conv1.weight"' "$1" | wc -l) -ge $2 ]]; }

# --- Every chapter that trains, cut once or twice --------------------------------------------------------------------

cut_and_resumed() { # program, options
    local name=${1##*/} when=(printed "^epoch 1/3")
    local c=$scratch/$name
    [[ " $* " != *" --seeds "* ]] || when=(runs_are_in "$c" 3) # many runs; the checkpoint grows with each
    rm -rf -- "$c" "$c".whole "$c".cut
    start "$c.whole" "$@"
    finish "$name"
    start "$c.cut" "$@" --checkpoint "$c"
    cut "${when[@]}"
    start "$c.cut" "$@" --checkpoint "$c" --resume "$c"
    finish "$name"
    same_tables "$name ${*:2}: cut, resumed, and the same tables" "$c.whole" "$c.cut"
}

for chapter in "$bin"/ch[0-9]*; do
    name=${chapter##*/}
    [[ $name != *_tests && $("$chapter" --help) == *"  --checkpoint "* ]] || continue
    case $name in
        ch12*) cut_and_resumed "$chapter" --quick --seeds 1 --experiment learning-rate ;; # all ten take a minute
        ch13*) cut_and_resumed "$chapter" --quick --seeds 1 --batch 8 ;;                  # all sizes take half of one
        ch14*)
            # Not folding, whose table has times
            cut_and_resumed "$chapter" --quick --seeds 4 --experiment padding
            cut_and_resumed "$chapter" --quick --seeds 1 --experiment synchronised
            ;;
        *) cut_and_resumed "$chapter" --epochs 3 --batch 50 ;;
    esac
done

# --- Chapter 8, killed at random moments until it is done ------------------------------------------------------------

resnet=$bin/ch08_resnet
c=$scratch/checkpoint
options=(--epochs "$((3 + 2 * kills))" --batch 50 --save)
start "$scratch/whole" "$resnet" "${options[@]}" "$scratch/whole.safetensors" --seed 7
finish "ch08"
start "$scratch/cut" "$resnet" "${options[@]}" "$scratch/cut.safetensors" --seed 7 --checkpoint "$c"
cut test -e "$c"
loaded=0
for ((k = 1; k <= kills; ++k)); do
    start "$scratch/cut" "$resnet" "${options[@]}" "$scratch/cut.safetensors" --seed 7 --checkpoint "$c" --resume "$c"
    # Somewhere in its first second: as it starts, reads, trains, writes
    moment=$(printf '0.%03d' "$((RANDOM % 1000))")
    sleep "$moment"
    kill -KILL "$program" 2>/dev/null || true
    wait "$program" 2>/dev/null || true
    program=""
    if [[ -s $scratch/err ]]; then problem "after kill $k it says"; else loaded=$((loaded + 1)); fi
done
start "$scratch/cut" "$resnet" "${options[@]}" "$scratch/cut.safetensors" --seed 7 --checkpoint "$c" --resume "$c"
finish "ch08 resumed"
ok "$kills kills at random moments: $loaded times no complaint afterwards; half-written files left: $(find "$scratch" -name 'checkpoint.part*' | wc -l)"
same_tables "ch08 after $kills kills: the same tables" "$scratch/whole" "$scratch/cut"
if cmp -s "$scratch/whole.safetensors" "$scratch/cut.safetensors"; then
    ok "ch08 after $kills kills: the same weights, byte by byte"
else
    problem "ch08 after $kills kills: other weights"
fi

# --- What is refused -------------------------------------------------------------------------------------------------

# refused ROW 'WORD;WORD;…' FILE OPTIONS…: chapter 8 ends with status 1 and one line that has the words, and FILE is as
# it was.
refused() {
    local words word status=0 before after
    IFS=';' read -r -a words <<<"$2"
    before=$(cksum "$3" 2>/dev/null || true)
    "$resnet" --data "$data" --plots "$scratch/plots" --epochs 1 --batch 50 "${@:4}" \
        >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
    after=$(cksum "$3" 2>/dev/null || true)
    local before_failures=$failures
    ((status == 1)) || problem "$1: the status is $status"
    [[ $(wc -l <"$scratch/err") == 1 ]] || problem "$1: there is not exactly one line on stderr"
    for word in "${words[@]}"; do grep -qF -- "$word" "$scratch/err" || problem "$1: '$word' is not mentioned"; done
    [[ $before == "$after" ]] || problem "$1: $3 has changed"
    ((failures > before_failures)) || ok "$1"
}

"$resnet" --data "$data" --plots "$scratch/plots" --epochs 1 --batch 50 --checkpoint "$c" --save "$scratch/w" >/dev/null
refused "resume: another seed" "$c;--seed;'0';'1'" "$c" --seed 1 --resume "$c" --checkpoint "$c"
refused "resume: another batch" "$c;--batch;'50';'25'" "$c" --batch 25 --resume "$c" --checkpoint "$c"
cp -r "$data" "$data.other"
printf 'x' | dd of="$data.other/test_batch.bin" bs=1 seek=5000 conv=notrunc status=none
refused "resume: one pixel of the data is another" "$c;data;80 images" "$c" --data "$data.other" --resume "$c"
head -c 1000 "$c" >"$scratch/short"
refused "resume: cut short" "$scratch/short;no checkpoint" "$scratch/short" --resume "$scratch/short" --checkpoint "$scratch/short"
{ head -c 20000 "$c"; printf 'x'; tail -c +20002 "$c"; } >"$scratch/changed"
refused "resume: a byte changed" "$scratch/changed;damaged" "$scratch/changed" --resume "$scratch/changed" --checkpoint "$scratch/changed"
refused "resume: no such file" "$scratch/none;No such file" "$scratch/none" --resume "$scratch/none"
refused "resume: weights, no checkpoint" "$scratch/w;another kind" "$scratch/w" --resume "$scratch/w"
echo "dear diary" >"$scratch/diary"
refused "checkpoint: a foreign file is not overwritten" "$scratch/diary;no checkpoint" "$scratch/diary" --checkpoint "$scratch/diary"
refused "checkpoint: /dev/full" "/dev/full;ordinary" /dev/null --checkpoint /dev/full
refused "checkpoint: no such folder" "$scratch/none/c;No such file" /dev/null --checkpoint "$scratch/none/c"
refused "save: no such folder" "$scratch/none/w;No such file" /dev/null --save "$scratch/none/w"
refused "load: no such file" "$scratch/none;No such file" /dev/null --load "$scratch/none"
refused "load: no safetensors file" "$scratch/diary;safetensors" "$scratch/diary" --load "$scratch/diary"
refused "load: a checkpoint" "$c;'with/epochs' is F64" "$c" --load "$c"
header='{"extra":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
printf "\\x$(printf %x "${#header}")\\0\\0\\0\\0\\0\\0\\0%s\\0\\0\\0\\0" "$header" >"$scratch/extra"
refused "load: other names" "$scratch/extra;Missing key(s);\"conv1.weight\";Unexpected key(s) in state_dict: \"extra\"" "$scratch/extra" --load "$scratch/extra"

# As a user from whom files can be protected: root is none.
unprivileged=()
((EUID != 0)) || unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)
nobody() { "${unprivileged[@]}" "$bin/ch08_resnet" "$@" --plots "$scratch/open"; }
if "${unprivileged[@]}" test -x "$bin/ch08_resnet"; then
    mkdir "$scratch/closed"
    mkdir -m 777 "$scratch/open"
    cp "$c" "$scratch/closed/c"
    chmod 555 "$scratch/closed"
    chmod 755 "$scratch" "$data"
    resnet=nobody
    refused "checkpoint: a folder that is read-only" "$scratch/closed/c;ermission" "$scratch/closed/c" --checkpoint "$scratch/closed/c"
    refused "save: a folder that is read-only" "$scratch/closed/w;ermission" "$scratch/closed/c" --save "$scratch/closed/w"
else
    echo "skip  read-only folders: $bin cannot be used by another user"
fi

# A limit for the size of files does what a full disk does.
limited() {
    (
        trap '' XFSZ
        ulimit -f 64
        exec "$bin/ch08_resnet" "$@"
    )
}
resnet=limited
refused "checkpoint: disk full" "cannot write $c;too large" "$c" --checkpoint "$c"
refused "save: disk full" "cannot write $scratch/w;too large" "$scratch/w" --save "$scratch/w"

# A real full disk: a small one that has room for one checkpoint and not for two, seen only by this command.
on_small_disk() {
    # shellcheck disable=SC2016
    unshare --mount bash -c '
        mount -t tmpfs -o size=1400k none "$1" && cp "$2" "$1/c" && before=$(cksum "$1/c") || exit 99
        status=0
        "${@:3}" --checkpoint "$1/c" || status=$?
        [[ $(cksum "$1/c") == "$before" && $(ls "$1") == c ]] || exit 98
        exit $status' on_small_disk "$scratch/disk" "$c" "$bin/ch08_resnet" "$@"
}
if ((EUID == 0)) && unshare --mount true 2>/dev/null; then
    mkdir "$scratch/disk"
    resnet=on_small_disk
    refused "checkpoint: a real full disk" "cannot write $scratch/disk/c;No space left" "$c"
else
    echo "skip  a real full disk: this user cannot mount one"
fi

printf '%d failures\n' "$failures"
((failures == 0))
