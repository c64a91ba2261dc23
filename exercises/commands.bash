#!/usr/bin/env bash
# The commands of the exercises: list, next, try, hint, solution, reset, watch. ../tutorial sources this file; it has
# $root, $build, say, fail, provide and configure. CTest runs it as a program: commands.bash test BUILD_FOLDER 01_1.
#
# Nothing is remembered between two calls: what is done and what is not is found by building and running the answers in
# exercises/mine/.

exercise_seconds=10 # after which an answer that still runs is taken for an endless loop

exercise_usage() {
    cat <<'END_OF_USAGE'
  list      The exercises, how far you are, and the next one.
  next      The first exercise that is not done.
  try [03_2]
            Checks your answer in exercises/mine/, which is put there the first time. Without a number: the next one.
  watch [03_2]
            Checks it whenever you save it, and goes on to the next one. Ctrl-C ends it.
  hint 03_2 [N]
            The first hint, or hint N; the last one is nearly the answer.
  solution 03_2 [--yes]
            An answer. It asks first while yours is not done; --yes answers.
  reset 03_2 [--yes]
            Puts the exercise back as it was, after asking, and keeps a copy of what you wrote.
END_OF_USAGE
}

# --- Which exercises there are ---------------------------------------------------------------------------------------

# An exercise is known by its path without an ending: chapters/ch03_…/exercises/03_2_name.
all_exercises() {
    local test
    for test in "$root"/chapters/ch*/exercises/*.test.cpp; do say "${test%.test.cpp}"; done
}

id_of() { # exercise
    local name=${1##*/} number
    number=${name#*_}
    say "${name%%_*}_${number%%_*}"
}

# The first line of the stub: "Write it: …".
title_of() { # exercise
    local line
    read -r line <"$1.hpp"
    say "${line#// }"
}

mine_of() { say "$root/exercises/mine/${1##*/}.hpp"; } # exercise

short() { say "${1#"$root/"}"; } # path

# Sets `exercise` to the one that the word names: 03_2, 3_2 or 03_2_name.
find_exercise() { # word
    local chapter number each id best
    if [[ ! $1 =~ ^0*([0-9]{1,4})_0*([0-9]{1,4})(_.*)?$ ]]; then
        fail 2 "'$1' is not the number of an exercise, such as 03_2; ./tutorial list shows them"
    fi
    chapter=${BASH_REMATCH[1]} number=${BASH_REMATCH[2]}
    while read -r each; do
        id=$(id_of "$each")
        if ((10#${id%_*} == chapter && 10#${id#*_} == number)); then
            exercise=$each
            return
        fi
    done < <(all_exercises)
    best=$(all_exercises | while read -r each; do
        id=$(id_of "$each")
        local far=$(((10#${id%_*} - chapter) * 1000 + 10#${id#*_} - number))
        say "${far#-} $id"
    done | sort -n | head -3 | cut -d' ' -f2 | sort | paste -sd' ')
    fail 2 "there is no exercise $1; the nearest are ${best// /, }. ./tutorial list shows all"
}

# --- Building and judging an answer ----------------------------------------------------------------------------------

# Whether the build folder is one in which exercises can be built.
is_configured() {
    [[ -e $build/build.ninja || -e $build/Makefile ]] &&
        grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt" &&
        grep -qx 'BN_TESTS:BOOL=\(ON\|1\|TRUE\|YES\)' "$build/CMakeCache.txt"
}

# Makes the build folder ready, which takes a while the first time only.
prepare_exercises() {
    exercise_scratch
    if ! is_configured; then
        provide needs
        configure
    fi
    if ! compgen -G "$build/CMakeFiles/exercise_header.dir/*.gch" >/dev/null &&
        ! compgen -G "$build/CMakeFiles/exercise_header.dir/*.pch" >/dev/null; then
        say "Preparing the exercises in $build: this once, up to a minute"
    fi
}

# A folder for messages, in $scratch, which goes when the script ends.
exercise_scratch() {
    [[ $scratch ]] || scratch=$(mktemp -d)
}

# Builds what is not built yet, and goes on after one that does not compile.
build_exercises() { # exercises; the messages go to $scratch/build
    local each targets=() go_on=(-k)
    [[ ! -e $build/build.ninja ]] || go_on=(-k 0)
    for each; do targets+=("exercise_$(id_of "$each")"); done
    LC_ALL=C.UTF-8 cmake --build "$build" --parallel "$(nproc)" --target "${targets[@]}" -- "${go_on[@]}" >"$scratch/build" 2>&1 </dev/null
}

# Runs the tests on the answer that was built last; the output goes to $scratch/run, or the file given. An answer that
# fills the memory or the disk is stopped as one that never ends is.
run_exercise() { # exercise [file]
    (
        ulimit -c 0 -f 20000 -v 4000000
        exec env --default-signal=INT MALLOC_ARENA_MAX=2 timeout --foreground --kill-after=1 "$exercise_seconds" "$build/exercises/exercise_$(id_of "$1")" --abort
    ) >"${2:-$scratch/run}" 2>&1 </dev/null
}

# Finds out how an exercise stands: sets `verdict` to new, undone, broken (does not compile), wrong or done, and `reason`
# to a sentence.
judge() { # exercise
    verdict=new reason="Not begun."
    [[ -e $(mine_of "$1") ]] || return 0
    verdict=broken reason="It does not compile. The compiler's first error:"
    build_exercises "$1" || return 0
    judge_built "$1"
}

judge_built() { # exercise, which has been built
    local status=0
    { run_exercise "$1" || status=$?; } 2>/dev/null
    judge_run "$1" "$status"
}

judge_run() { # exercise, which has been run, and the status with which that ended
    local status=$2
    verdict=wrong
    if ((status == 124 || status == 137)); then
        reason="It does not end: stopped after $exercise_seconds seconds. Is there an endless loop?"
    elif ((status == 153)); then
        reason="It printed without end and was stopped. Is there an endless loop?"
    elif grep -qF "TODO($(id_of "$1"))" "$scratch/run"; then
        verdict=undone reason="Not done yet: your file still has its  throw bn::Todo(\"$(id_of "$1")\")."
    elif ((status >= 128)) || grep -q 'fatal error condition' "$scratch/run"; then
        reason="It crashed: $(crash "$status")"
    elif grep -q 'unexpected exception' "$scratch/run"; then
        reason="It threw an exception:"
    elif grep -q 'wrong shape:' "$scratch/run"; then
        reason="It returns something of the wrong shape:"
    elif ((status == 0)) && grep -q 'All tests passed' "$scratch/run"; then
        verdict=done reason="Right: all tests pass."
    elif ! grep -qE '^(test cases|assertions):' "$scratch/run"; then
        reason="It ended the program before the tests were through. Does it call exit?"
    else
        reason="Not right yet. The first test that fails:"
    fi
}

crash() { # status
    local assertion
    assertion=$(grep -m1 -oE "Assertion [\`'].*' failed" "$scratch/run" || true)
    if [[ $assertion ]]; then
        say "$assertion. Is an index out of range?"
    elif grep -q 'SIGSEGV' "$scratch/run" || (($1 == 139)); then
        say "it reached for memory that is not its own (SIGSEGV). An index out of range, a null pointer, or a function that calls itself without end?"
    elif grep -q 'SIGFPE' "$scratch/run" || (($1 == 136)); then
        say "a whole number was divided by zero (SIGFPE)."
    elif grep -q 'SIGILL' "$scratch/run" || (($1 == 132)); then
        say "it ran into code that should not be reached (SIGILL). A function that ends without a return?"
    elif grep -q 'SIGABRT' "$scratch/run" || (($1 == 134)); then
        say "it gave up (SIGABRT). A call of abort, or an exception where none may leave?"
    else
        say "$(grep -m1 -oE 'SIG[A-Z]+' "$scratch/run" || say "status $1")."
    fi
}

# What the compiler says first: the line with the error, and the source that it shows below.
first_error() {
    awk -v root="$root/" '
        !found && /(error:|undefined reference|multiple definition)/ && !/^(ninja|collect2|make)/ { found = NR }
        found && NR > found && (/: (error|note|warning):/ || /^(ninja|collect2|make)/ || !/^ +([0-9]+ )?\|/) { exit }
        found { gsub(root, ""); print "    " $0 }
        END { exit !found }' "$scratch/build" || tail -n 15 "$scratch/build" | sed 's/^/    /'
}

# The first failing test: its name, the line, what was expected and what came.
first_failure() {
    awk -v root="$root/" '
        /^-+$/ && length > 60 { inside = !inside; if (inside) { if (shown) exit; title = "" } next }
        inside { sub(/^ +/, ""); if ($0 != "") title = title (title == "" ? "" : ", ") $0; next }
        /^=+$/ && length > 60 { if (shown) exit }
        /: FAILED:/ {
            if (shown++) exit
            gsub(root, ""); sub(/: FAILED:.*/, "")
            print "    test   " title "\n    where  " $0
            next
        }
        /due to a fatal error condition|SIGTERM/ { next } # said in other words above
        shown && NF { print "    " $0 }' "$scratch/run" | head -n 30
}

print_verdict() { # exercise
    local id
    id=$(id_of "$1")
    say "$id  $(title_of "$1")"
    say "$reason"
    case $verdict in
        broken) first_error ;;
        wrong) first_failure ;;
        undone) say "Edit $(short "$(mine_of "$1")"), then: ./tutorial try $id   (hints: ./tutorial hint $id)" ;;
    esac
}

# Puts the stub where the learner edits it, unless it is there.
begin_exercise() { # exercise
    local mine
    mine=$(mine_of "$1")
    [[ ! -e $mine ]] || return 0
    mkdir -p -- "$root/exercises/mine"
    cp -- "$1.hpp" "$mine.part"
    mv -- "$mine.part" "$mine"
    say "Your file: $(short "$mine")   (the text: $(short "$(dirname -- "$(dirname -- "$1")")")/README.md)"
}

# --- How far the learner is ------------------------------------------------------------------------------------------

# Judges all exercises: fills the caller's verdict_of and sets next_exercise to the first that is not done, or to nothing.
survey() {
    local each id begun=() failed="" verdict reason
    next_exercise=""
    while read -r each; do [[ ! -e $(mine_of "$each") ]] || begun+=("$each"); done < <(all_exercises)
    build_all "${begun[@]}"
    run_all "$failed" "${begun[@]}"
    while read -r each; do
        id=$(id_of "$each")
        verdict=new
        if [[ $failed == *" $id "* ]]; then
            verdict=broken
        elif [[ -e $scratch/$id.status ]]; then
            mv -- "$scratch/$id.run" "$scratch/run"
            judge_run "$each" "$(<"$scratch/$id.status")"
        fi
        verdict_of[$each]=$verdict
        [[ $verdict == done || $next_exercise ]] || next_exercise=$each
    done < <(all_exercises)
}

# Sets next_exercise to the first exercise that is not done, or to nothing, and looks no further than that.
find_next() {
    local each begun=() failed="" verdict reason
    next_exercise=""
    while read -r each; do
        [[ -e $(mine_of "$each") ]] || break
        begun+=("$each")
    done < <(all_exercises)
    build_all "${begun[@]}"
    while read -r each; do
        verdict=new
        if [[ -e $(mine_of "$each") && $failed != *" $(id_of "$each") "* ]]; then judge_built "$each"; fi
        if [[ $verdict != done ]]; then
            next_exercise=$each
            return
        fi
    done < <(all_exercises)
}

# Builds the answers, and sets the caller's `failed` to the ids of those that do not compile, with spaces around each.
build_all() { # exercises
    exercise_scratch
    (($#)) || return 0
    prepare_exercises
    [[ ! -t 2 ]] || say "Checking $# answer(s); those whose code has changed are built anew" >&2
    if ! build_exercises "$@"; then
        failed=$(grep -E '^FAILED:|\*\*\*' "$scratch/build" | grep -oE 'exercise_[0-9]+_[0-9]+' | sort -u || true)
        # Does it name none? Then what all need is broken.
        [[ $failed ]] || failed=$(for each; do id_of "$each"; done)
        failed=${failed//exercise_/}
        failed=" ${failed//$'\n'/ } "
    fi
}

# Runs the answers that compile, as many at a time as there are cores: what NN_k printed is then in $scratch/NN_k.run.
run_all() { # ids of those that do not compile, exercises
    local each id status cores running=0
    cores=$(nproc)
    rm -f -- "$scratch"/*.status
    for each in "${@:2}"; do
        id=$(id_of "$each")
        [[ $1 != *" $id "* ]] || continue
        if ((running++ >= cores)); then wait -n || true; fi
        {
            status=0
            { run_exercise "$each" "$scratch/$id.run" || status=$?; } 2>/dev/null
            say "$status" >"$scratch/$id.status"
        } &
    done
    wait
}

say_next() {
    local id
    if [[ ! $next_exercise ]]; then
        say "You have done every exercise. Congratulations: you have built batch norm, mended it, and tested it."
        return
    fi
    id=$(id_of "$next_exercise")
    say "Next: $id  $(title_of "$next_exercise")"
    say "  text      $(short "$(dirname -- "$(dirname -- "$next_exercise")")")/README.md"
    say "  your file $(short "$(mine_of "$next_exercise")")"
    say "  check it  ./tutorial try $id      hint  ./tutorial hint $id"
}

# The exercise that the word names, or the next one, in the caller's `exercise`.
exercise_or_next() { # words
    local next_exercise
    if (($#)); then
        find_exercise "$1"
    else
        find_next
        exercise=$next_exercise
        if [[ ! $exercise ]]; then say_next; fi
    fi
}

# --- The commands ----------------------------------------------------------------------------------------------------

command_list() {
    (($# == 0)) || fail 2 "list takes no arguments"
    local each chapter last="" next_exercise total=0 finished=0 width=40 bar="" i
    local -A verdict_of=() words=([new]="" [undone]="begun" [broken]="does not compile" [wrong]="not right yet" [done]="done")
    survey
    while read -r each; do
        chapter=$(basename -- "$(dirname -- "$(dirname -- "$each")")")
        [[ $chapter == "$last" ]] || printf '%s%s\n' "${last:+$'\n'}" "$chapter"
        last=$chapter
        printf '  %s %-6s %-78s %s\n' "$([[ ${verdict_of[$each]} == done ]] && say '[x]' || say '[ ]')" "$(id_of "$each")" \
            "$(title_of "$each")" "${words[${verdict_of[$each]}]}"
        total=$((total + 1))
        [[ ${verdict_of[$each]} != done ]] || finished=$((finished + 1))
    done < <(all_exercises)
    for ((i = 0; i < width; ++i)); do
        if ((i * total < finished * width)); then bar+="#"; else bar+="."; fi
    done
    printf '\n[%s] %s of %s done\n\n' "$bar" "$finished" "$total"
    say_next
}

command_next() {
    (($# == 0)) || fail 2 "next takes no arguments"
    local next_exercise
    find_next
    say_next
}

command_try() {
    (($# <= 1)) || fail 2 "try takes one exercise, such as 03_2"
    local exercise verdict reason next_exercise
    exercise_or_next "$@"
    [[ $exercise ]] || return 0
    begin_exercise "$exercise"
    prepare_exercises
    judge "$exercise"
    print_verdict "$exercise"
    [[ $verdict == done ]] || return 1
    find_next
    say_next
}

# The hints are in one file, with --- between them.
command_hint() {
    (($# >= 1 && $# <= 2)) || fail 2 "hint takes an exercise, such as 03_2, and the number of the hint"
    local exercise number=${2:-1} total id
    find_exercise "$1"
    id=$(id_of "$exercise")
    total=$(($(grep -cx -e '---' "$exercise.hints.md" || true) + 1))
    [[ $number =~ ^[1-9][0-9]?$ ]] && ((number <= total)) || fail 2 "exercise $id has hints 1 to $total, not '$number'"
    say "$id  Hint $number of $total"
    say ""
    local width=120
    [[ -t 1 ]] && width=$(tput cols 2>/dev/null || printf 80)
    awk -v wanted="$number" 'BEGIN { n = 1 } $0 == "---" { ++n; next } n == wanted' "$exercise.hints.md" | fold -s -w "$width"
    say ""
    if ((number < total)); then
        say "A further one: ./tutorial hint $id $((number + 1))"
    else
        say "That was the last one. An answer: ./tutorial solution $id"
    fi
}

# Takes --yes out of the words: sets `yes` and `words`.
read_yes() { # words
    local word
    yes="" words=()
    for word; do
        case $word in
            --yes | -y) yes=yes ;;
            *) words+=("$word") ;;
        esac
    done
}

# Asks the question, unless it was answered by --yes. Refuses where no one can answer.
confirm() { # question, command
    local answer
    [[ ! $yes ]] || return 0
    [[ -t 0 ]] || fail 1 "$1 No terminal to ask at: $2 --yes does it"
    read -r -p "$1 [y/N] " answer || answer=no
    [[ $answer == [yY] || $answer == [yY]es ]] || fail 1 "left as it is"
}

command_solution() {
    local yes words exercise verdict reason id
    read_yes "$@"
    ((${#words[@]} == 1)) || fail 2 "solution takes one exercise, such as 03_2"
    find_exercise "${words[0]}"
    id=$(id_of "$exercise")
    if [[ ! $yes ]]; then
        if [[ -e $(mine_of "$exercise") ]]; then prepare_exercises; fi
        judge "$exercise"
        [[ $verdict == done ]] || confirm "Exercise $id is not done yet. Show a solution all the same?" "./tutorial solution $id"
    fi
    say "$(short "$exercise.solution.hpp"):"
    say ""
    cat -- "$exercise.solution.hpp"
}

command_reset() {
    local yes words exercise mine kept number=1
    read_yes "$@"
    ((${#words[@]} == 1)) || fail 2 "reset takes one exercise, such as 03_2"
    find_exercise "${words[0]}"
    mine=$(mine_of "$exercise")
    if [[ ! -e $mine ]] || cmp -s -- "$mine" "$exercise.hpp"; then
        say "Nothing to reset: there is no change of yours in $(short "$mine")"
        return
    fi
    confirm "Put $(short "$mine") back as it was? A copy of yours is kept." "./tutorial reset $(id_of "$exercise")"
    while [[ -e $mine.kept$number ]]; do number=$((number + 1)); done
    kept=$mine.kept$number
    cp -- "$mine" "$kept"
    cp -- "$exercise.hpp" "$mine.part"
    mv -- "$mine.part" "$mine"
    say "$(short "$mine") is as it was; yours is in $(short "$kept")"
}

# What changes when any answer is saved, one line a file. A file that vanishes meanwhile is left out.
mine_states() {
    local files=("$root"/exercises/mine/*.hpp)
    ((${#files[@]} == 0)) || stat -c '%n %.9Y %s %i' -- "${files[@]}" 2>/dev/null || true
}

# Polls: a file system that tells of changes is not to be had everywhere.
command_watch() {
    (($# <= 1)) || fail 2 "watch takes one exercise, such as 03_2"
    local exercise verdict reason next_exercise="" before now file ended=""
    trap 'printf "\nNo longer watching.\n"; exit 0' INT TERM
    exercise_or_next "$@"
    [[ $exercise ]] || return 0
    begin_exercise "$exercise"
    prepare_exercises
    before=""
    say "Watching exercises/mine/. Ctrl-C ends it."
    while true; do
        now=$(mine_states)
        if [[ $now != "$before" || ! $ended ]]; then
            # Which file was it?
            if [[ $ended ]]; then
                file=$(comm -13 <(sort <<<"$before") <(sort <<<"$now") | head -n 1)
                file=${file% * * *}
                if [[ $file ]]; then
                    exercise=$(all_exercises | grep -F -x -e "$(stub_of_mine "$file")" || say "$exercise")
                fi
            fi
            ended=yes before=$now
            printf '\n--- %(%H:%M:%S)T\n'
            if [[ ! -e $(mine_of "$exercise") ]]; then
                say "$(short "$(mine_of "$exercise")") is gone. Waiting for it to come back; ./tutorial try $(id_of "$exercise") puts the exercise there afresh."
            else
                judge "$exercise"
                print_verdict "$exercise"
                if [[ $verdict == done ]]; then
                    find_next
                    say_next
                    [[ $next_exercise ]] || return 0
                    exercise=$next_exercise
                    begin_exercise "$exercise"
                    before=$(mine_states)
                fi
            fi
        fi
        sleep 0.3
    done
}

# The exercise that a file in exercises/mine/ answers, whether there is one or not.
stub_of_mine() { # file
    local name=${1##*/} each
    while read -r each; do
        if [[ ${each##*/}.hpp == "$name" ]]; then say "$each"; fi
    done < <(all_exercises)
}

# --- For CTest -------------------------------------------------------------------------------------------------------

# Builds and runs one answer: its output and status are the test's. One that is not begun says so, and is skipped.
test_exercise() { # id
    local exercise
    find_exercise "$1"
    if [[ ! -e $(mine_of "$exercise") ]]; then
        say "TODO($1): not begun"
        exit 1
    fi
    exercise_scratch
    if ! build_exercises "$exercise"; then
        say "$(short "$(mine_of "$exercise")") does not compile:"
        first_error
        exit 1
    fi
    rm -rf -- "$scratch"
    say "Running exercise $1" # from here on CTest counts the seconds
    exec "$build/exercises/exercise_$1"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -euo pipefail
    shopt -s inherit_errexit nullglob
    say() { printf '%s\n' "$*"; }
    fail() { # status, message
        printf 'exercises: %s\n' "$2" >&2
        exit "$1"
    }
    [[ $# == 3 && $1 == test ]] || fail 2 "usage: commands.bash test BUILD_FOLDER 01_1"
    root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
    build=$2
    scratch=""
    trap '[[ -z $scratch ]] || rm -rf -- "$scratch"' EXIT
    test_exercise "$3"
fi
