#!/usr/bin/env bash
# Bad input, from end to end: whatever is wrong, a program says so in one line on stderr, its exit status is not 0, and
# nothing is left half-written. Usage: common/tests/bad_input.sh build/bin
source "$(dirname -- "${BASH_SOURCE[0]}")/rows.bash"

# --- A wrong command line --------------------------------------------------------------------------------------------

wrong_option() { # program, expected words, options
    expect "$(basename "$1") ${*:3}" 2 "$2;--help" "$1" --plots "$plots" "${@:3}"
    not_there "$plots"
}

wrong_option "$small" "'--colour'" --colour red
wrong_option "$small" "'-xyz'" -xyz
wrong_option "$small" "--seed;value" --seed
wrong_option "$small" "--seed;'x'" --seed x
wrong_option "$small" "--seed;'-1'" --seed -1
wrong_option "$small" "--seed;'1.5'" --seed=1.5
wrong_option "$small" "--plots" --plots ""
wrong_option "$small" "'--epochs'" --epochs 3
wrong_option "$small" "'more'" more

trainer=$(program_with --data --sketches --plots --epochs --batch --lr --momentum --schedule --threads)
if [[ $trainer ]]; then
    wrong_option "$trainer" "--epochs;'-1'" --epochs -1
    wrong_option "$trainer" "--epochs;'three'" --epochs three
    wrong_option "$trainer" "--epochs;value" --epochs
    wrong_option "$trainer" "--batch;'0'" --batch 0
    wrong_option "$trainer" "--lr;'nan'" --lr nan
    wrong_option "$trainer" "--lr;'inf'" --lr inf
    wrong_option "$trainer" "--momentum;'1'" --momentum 1
    wrong_option "$trainer" "--threads;'0'" --threads 0
    wrong_option "$trainer" "--schedule;'foo'" --schedule foo
    wrong_option "$trainer" "--data;--sketches" --sketches --data somewhere
else
    skip "options of training" "no program that trains is built"
fi

experimenter=$(program_with --experiment --list --seeds --plots)
if [[ $experimenter ]]; then
    names=$("$experimenter" --list | cut -d ' ' -f 1 | paste -sd ';')
    wrong_option "$experimenter" "'none';$names" --experiment none
    wrong_option "$experimenter" "--seeds;'0'" --seeds 0
    wrong_option "$experimenter" "--seeds;'five'" --seeds five
    wrong_option "$experimenter" "--quick;--full" --quick --full
else
    skip "options of experiments" "no program with experiments is built"
fi
if [[ -x $bin/ch13_small_batches ]]; then
    wrong_option "$bin/ch13_small_batches" "--batch;100000 images" --sketches --batch 100000
fi
if [[ -x $bin/ch14_folding_and_ranks ]]; then
    wrong_option "$bin/ch14_folding_and_ranks" "--batch;100000 images" --sketches --batch 100000
    wrong_option "$bin/ch14_folding_and_ranks" "batch of 3 images leaves none for rank 0 of 4" --sketches --batch 3
fi

# --- Bad data --------------------------------------------------------------------------------------------------------

# records COUNT LABEL: so many records of CIFAR-10, all of one label, black.
records() {
    local i
    for ((i = 0; i < $1; ++i)); do
        printf '%b' "\\0$(printf '%o' "$2")"
        head -c 3072 /dev/zero
    done
}

# cifar FOLDER: a tiny but right CIFAR-10, to be damaged.
cifar() {
    local i
    mkdir -p "$1"
    for i in data_batch_{1..5} test_batch; do { records 2 0; records 2 2; records 1 9; } >"$1/$i.bin"; done
}

# images FOLDER: a tiny but right image folder; the picture is one grey pixel.
images() {
    local folder
    for folder in "$1"/{train,test}/{airplane,bird}; do
        mkdir -p "$folder"
        base64 -d >"$folder/1.png" <<<iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==
    done
}

bad_data() { # row, expected words, folder
    expect "$1" 1 "--data;$2" "$reader" --plots "$plots" --data "$3"
}

# As a user from whom files can be hidden: root is none.
unprivileged=()
((EUID != 0)) || unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)

reader=$(program_with --data --sketches --plots)
if [[ $reader ]]; then
    d=$scratch/data
    bad_data "data: no such folder" "$d/none;./tutorial data" "$d/none"
    expect "CIFAR10_DIR: no such folder" 1 "CIFAR10_DIR;$d/none;./tutorial data" env CIFAR10_DIR="$d/none" "$reader" --plots "$plots"
    expect "CIFAR10_DIR: empty" 1 "CIFAR10_DIR;./tutorial data" env CIFAR10_DIR= "$reader" --plots "$plots"
    mkdir -p "$d/empty"
    bad_data "data: empty folder" "$d/empty;data_batch_1.bin;./tutorial data" "$d/empty"
    bad_data "data: a file, not a folder" "/dev/null" /dev/null
    cifar "$d/no_test" && rm "$d/no_test/test_batch.bin"
    bad_data "data: a file is missing" "test_batch.bin" "$d/no_test"
    cifar "$d/no_bird" && for i in "$d"/no_bird/data_batch_?.bin; do records 4 0 >"$i"; done
    bad_data "data: no bird" "bird;$d/no_bird" "$d/no_bird"
    cifar "$d/no_airplane" && records 4 2 >"$d/no_airplane/test_batch.bin"
    bad_data "data: no airplane among the test images" "airplane;test_batch.bin" "$d/no_airplane"
    cifar "$d/cut" && head -c 5000 /dev/zero >"$d/cut/data_batch_3.bin"
    bad_data "data: not a multiple of 3073 bytes" "data_batch_3.bin;5000;3073" "$d/cut"
    cifar "$d/zero" && : >"$d/zero/data_batch_2.bin"
    bad_data "data: a file of 0 bytes" "data_batch_2.bin;0 bytes" "$d/zero"
    cifar "$d/label" && { records 2 0; records 1 10; } >"$d/label/data_batch_4.bin"
    bad_data "data: a label above 9" "data_batch_4.bin;record 3;10" "$d/label"
    images "$d/corrupt" && echo "no picture at all" >"$d/corrupt/train/bird/2.png"
    bad_data "data: a corrupt image" "$d/corrupt/train/bird/2.png" "$d/corrupt"
    images "$d/truncated" && head -c 50 "$d/truncated/train/bird/1.png" >"$d/truncated/test/bird/2.png"
    bad_data "data: a truncated image" "$d/truncated/test/bird/2.png" "$d/truncated"
    images "$d/large" && printf '\x89PNG\x0d\x0a\x1a\x0a\0\0\0\x0dIHDR\0\x01\0\0\0\x01\0\0\x08\x02\0\0\0\xe3\xe6\xa7\xb4\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82' >"$d/large/train/airplane/2.png"
    bad_data "data: an absurdly large image" "$d/large/train/airplane/2.png;65536x65536" "$d/large"
    images "$d/no_images" && rm "$d"/no_images/train/bird/*
    bad_data "data: a folder without images" "$d/no_images/train/bird" "$d/no_images"

    cifar "$d/closed" && chmod 000 "$d/closed/data_batch_1.bin"
    chmod 755 "$d" "$d/closed"
    mkdir -m 777 "$scratch/open"
    if "${unprivileged[@]}" test -x "$reader"; then
        expect "data: unreadable" 1 "data_batch_1.bin;ermission" "${unprivileged[@]}" "$reader" --data "$d/closed" --plots "$scratch/open"
    else
        skip "data: unreadable" "$reader cannot be run by another user"
    fi
else
    skip "bad data" "no program that reads data is built"
fi

# --- Figures that cannot be written ----------------------------------------------------------------------------------

echo "in the way" >"$scratch/file"
expect "plots: a file, not a folder" 1 "$scratch/file" "$small" --plots "$scratch/file"
expect "plots: below a file" 1 "$scratch/file/plots" "$small" --plots "$scratch/file/plots"

mkdir "$scratch/closed" && chmod 555 "$scratch/closed"
if "${unprivileged[@]}" test -x "$small"; then
    expect "plots: not writable" 1 "$scratch/closed" "${unprivileged[@]}" "$small" --plots "$scratch/closed"
    expect "plots: cannot be made" 1 "$scratch/closed/plots" "${unprivileged[@]}" "$small" --plots "$scratch/closed/plots"
else
    skip "plots: not writable" "$small cannot be run by another user"
fi

numbers_are_there() {
    local tables=("$plots"/ch01_*.tsv)
    ((${#tables[@]} > 0)) || problem "the numbers were not written"
}

mkdir "$scratch/empty" "$scratch/broken"
printf '#!/bin/sh\necho "no such terminal"; exit 1\n' >"$scratch/broken/gnuplot"
chmod 755 "$scratch/broken/gnuplot"
expect "gnuplot missing" 1 "gnuplot-nox" env PATH="$scratch/empty" "$small" --plots "$plots"
numbers_are_there
expect "gnuplot failing" 1 "gnuplot;ch01_;no such terminal" env PATH="$scratch/broken:$PATH" "$small" --plots "$plots"
numbers_are_there

for kilobytes in 1 4 16; do
    expect "disk full after $kilobytes KB" 1 "$plots/ch01_" with_limit "$kilobytes" "$small" --plots "$plots" --seed 0
done

# A real full disk: a tiny one, seen only by this command.
tiny_disk() { # command
    mkdir -p "$plots"
    # shellcheck disable=SC2016
    unshare --mount bash -c '
        mount -t tmpfs -o size=20k none "$1" || exit 99
        status=0
        "${@:2}" || status=$?
        find "$1" -name "*.part*" -o -type f -empty | sed "s/^/half-written: /" >&2
        exit $status' tiny_disk "$plots" "$@"
}
if ((EUID == 0)) && unshare --mount true 2>/dev/null; then
    expect "disk full" 1 "$plots/ch01_" tiny_disk "$small" --plots "$plots"
else
    skip "disk full, a real one" "this user cannot mount one"
fi

to_full() { "$@" >/dev/full; }
expect "stdout to /dev/full" 1 "standard output" to_full "$small" --plots "$plots"
numbers_are_there
expect "--help to /dev/full" 1 "standard output" to_full "$small" --help

# --- Training that goes wrong ----------------------------------------------------------------------------------------

# Ctrl-C in the second epoch of training. In a script, bash makes programs in the background ignore SIGINT; env undoes
# that.
interrupt() { # command
    : >"$scratch/printed"
    env --default-signal=INT "$@" >"$scratch/printed" &
    local program=$! status=0 tries=0
    until grep -q '^epoch 1/' "$scratch/printed" || ((++tries > 3000)); do sleep 0.1; done  # with sanitizers an epoch takes a while
    sleep 0.2
    kill -INT "$program"
    wait "$program" || status=$?
    rm -f "$scratch/printed"
    return "$status"
}

if [[ $trainer ]]; then
    for program in "$bin"/ch[0-9]*; do
        [[ $program != *_tests && $("$program" --help) == *"  --lr "* ]] || continue
        expect "$(basename "$program") --lr 1e30" 1 "not finite;epoch 1;step;layer" "$program" --sketches --plots "$plots" --lr 1e30 --epochs 1
    done
    expect "Ctrl-C in training" 130 "interrupted" interrupt "$trainer" --sketches --plots "$plots" --epochs 1000
    tables=("$plots"/sketches/ch0*.tsv)
    ((${#tables[@]} > 0)) || problem "what there was is not written"
    for table in "${tables[@]}"; do there "$table"; done
else
    skip "loss not finite, Ctrl-C in training" "no program that trains is built"
fi

summary
