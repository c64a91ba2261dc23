# What bad_input.sh and faults.sh share: rows, each a command and what is expected of it. Sourced with the folder of the
# programs as $1.
set -euo pipefail
shopt -s inherit_errexit nullglob

bin=$(realpath -- "${1:?usage: $0 FOLDER_OF_THE_PROGRAMS}")
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
chmod 755 "$scratch"
plots=$scratch/plots  # fresh for every row
failures=0 rows=0 skipped=0
unset CIFAR10_DIR

problem() { # message
    printf 'FAIL  %s: %s\n' "$row" "$1"
    [[ ! -s $scratch/err ]] || sed 's/^/      stderr: /' "$scratch/err"
    failures=$((failures + 1))
}

skip() { # row, reason
    printf 'skip  %s: %s\n' "$1" "$2"
    skipped=$((skipped + 1))
}

# expect ROW STATUS 'WORD;WORD;…' COMMAND…: runs the command; its status is as given, and stderr is one line with
# all the words.
expect() {
    rm -rf -- "$plots"
    run "$1" "${@:4}"
    check_refusal "$2" "$3"
    ((failures > before)) || printf 'ok    %s\n' "$row"
}

# run ROW COMMAND…: sets `status`.
run() {
    row=$1 status=0 before=$failures
    rows=$((rows + 1))
    "${@:2}" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
}

check_refusal() { # status, words
    local words word
    IFS=';' read -r -a words <<<"$2"
    ((status == $1)) || problem "the exit status is $status, not $1"
    [[ $(wc -l <"$scratch/err") == 1 ]] || problem "there is not exactly one line on stderr"
    for word in "${words[@]}"; do
        grep -qF -- "$word" "$scratch/err" || problem "the message does not mention '$word'"
    done
    [[ -z $(half_written) ]] || problem "half-written: $(half_written)"
}

half_written() { [[ ! -e $plots ]] || find "$plots" -name '*.part*' -o -type f -empty; }

there() { # file
    [[ -s $1 ]] || problem "there is no $1"
}
not_there() { # file
    [[ ! -e $1 ]] || problem "there is a $1"
}

# The first program whose --help lists all the options given; later chapters before earlier ones if they take less time.
program_with() { # options
    local program text option
    for program in "$bin"/ch08_* "$bin"/ch07_* "$bin"/ch[0-9]*; do
        [[ $program != *_tests && -x $program ]] || continue
        text=$("$program" --help)
        for option; do [[ $text == *"  $option "* ]] || continue 2; done
        printf '%s' "$program"
        return
    done
}

# A limit for the size of files does what a full disk does, at different places.
with_limit() { # KB, command
    (
        trap '' XFSZ
        ulimit -f "$1"
        exec "${@:2}"
    )
}

small=$(printf '%s\n' "$bin"/ch01_* | grep -v _tests | head -n 1)
[[ -x $small ]] || { echo "$0: there is no ch01 in $bin" >&2; exit 1; }

summary() {
    printf '%d rows, %d failures, %d skipped\n' "$rows" "$failures" "$skipped"
    ((failures == 0))
}
