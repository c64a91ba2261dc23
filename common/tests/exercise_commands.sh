#!/usr/bin/env bash
# The exercises' commands from end to end, as a learner may meet them: every verdict, every refusal, watch. All of it
# happens in a small tutorial of three exercises made for it, so that no one's answers are touched.
# Usage: common/tests/exercise_commands.sh BUILD_FOLDER (whose compiler and generator are taken)
set -euo pipefail
shopt -s inherit_errexit nullglob

project=$(dirname -- "$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")")
cache=$(realpath -- "${1:?usage: exercise_commands.sh BUILD_FOLDER}")/CMakeCache.txt
scratch=$(mktemp -d)
failures=0 rows=0 skipped=0 watcher=""
trap '[[ -z $watcher ]] || kill -KILL -- "-$watcher" 2>/dev/null || true; rm -rf -- "$scratch"' EXIT

# --- A tutorial of three exercises -----------------------------------------------------------------------------------

root=$scratch/tutorial
mine=$root/exercises/mine
chapter=$root/chapters/ch01_sample
mkdir -p "$chapter/exercises" "$root/exercises"
cp -- "$project/tutorial" "$root/"
cp -- "$project/exercises/commands.bash" "$root/exercises/"
ln -s -- "$project/common" "$project/cmake" "$root/"
cat >"$root/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.22)
project(sample LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
set(BN_TESTS ON CACHE BOOL "")
find_package(OpenMP REQUIRED)
find_package(Threads REQUIRED)
find_package(Catch2 REQUIRED)
file(WRITE ${PROJECT_BINARY_DIR}/empty.cpp "")
add_library(bn_common STATIC ${PROJECT_BINARY_DIR}/empty.cpp)
enable_testing()
include(cmake/exercises.cmake)
add_exercises()
END
for id in 01_1 01_2 01_3; do
    base=$chapter/exercises/${id}_half
    cat >"$base.hpp" <<END
// Write it: half of every number, $id.
#pragma once
namespace mine {
inline std::vector<double> half(const std::vector<double>& x) {
    throw bn::Todo("$id");
}
}  // namespace mine
END
    cat >"$base.solution.hpp" <<'END'
#pragma once
namespace mine {
inline std::vector<double> half(std::vector<double> x) {
    for (double& value : x) value /= 2;
    return x;
}
}  // namespace mine
END
    cat >"$base.test.cpp" <<'END'
#include "common/exercise_test.hpp"
#include EXERCISE
TEST_CASE("two numbers") {
    const std::vector<double> y = mine::half({2, 4});
    bn::require_elements("y", y.size(), 2);
    CHECK(y[0] == 1);
    CHECK(y[1] == 2);
}
END
    printf 'Look at the numbers.\n---\nDivide.\n---\nvalue /= 2\n' >"$base.hints.md"
done

from_cache() { sed -n "s|^$1:[A-Z]*=||p" "$cache"; } # variable
compiler=$(from_cache CMAKE_CXX_COMPILER)
if ! cmake -S "$root" -B "$root/build" -G "$(from_cache CMAKE_GENERATOR)" -DCMAKE_CXX_COMPILER="$compiler" >"$scratch/out" 2>&1; then
    cat -- "$scratch/out"
    exit 1
fi

# --- How a row is checked --------------------------------------------------------------------------------------------

problem() { # message
    printf 'FAIL  %s: %s\n' "$row" "$1"
    sed 's/^/      /' "$scratch/out"
    failures=$((failures + 1))
}

mentions() { # 'WORD;WORD;…'
    local words word
    IFS=';' read -r -a words <<<"$1"
    for word in "${words[@]}"; do grep -qF -e "$word" "$scratch/out" || problem "'$word' is not printed"; done
}

# expect ROW STATUS 'WORD;WORD;…' COMMAND…: its status is as given, and it prints all the words, on stdout or stderr.
expect() {
    row=$1
    local actual=0 before=$failures
    rows=$((rows + 1))
    "${@:4}" >"$scratch/out" 2>&1 </dev/null || actual=$?
    ((actual == $2)) || problem "the exit status is $actual, not $2"
    mentions "$3"
    ((failures > before)) || printf 'ok    %s\n' "$row"
}

tutorial() { "$root/tutorial" "$@"; }

# The same with a person at a terminal, who types the answer.
at_terminal() { # answer, arguments
    printf '%s\n' "$1" | script -qec "$(printf '%q ' "$root/tutorial" "${@:2}")" /dev/null
}

# answer ID 'BODY': the body of half is what stands there; x is the argument.
answer() {
    mkdir -p -- "$mine"
    printf '#pragma once\nnamespace mine {\ninline std::vector<double> half(std::vector<double> x) {\n    %s\n}\n}\n' "$2" >"$mine/$1_half.hpp"
}
right='for (double& value : x) value /= 2; return x;'

# --- Which exercise --------------------------------------------------------------------------------------------------

for command in try hint solution reset watch; do
    expect "$command: no such exercise" 2 "there is no exercise 99_9; the nearest are 01_1, 01_2, 01_3" tutorial "$command" 99_9
    expect "$command: no number of an exercise" 2 "'batch' is not the number of an exercise" tutorial "$command" batch
    expect "$command: too many words" 2 "tutorial: $command takes" tutorial "$command" 01_1 01_2 01_3
done
expect "list takes no arguments" 2 "list takes no arguments" tutorial list 01_1
expect "next takes no arguments" 2 "next takes no arguments" tutorial next 01_1
expect "the nearest of many" 2 "there is no exercise 01_9; the nearest are 01_1, 01_2, 01_3" tutorial try 01_9

# --- Nothing begun ---------------------------------------------------------------------------------------------------

expect "list: nothing begun" 0 "ch01_sample;[ ] 01_1;[........................................] 0 of 3 done;Next: 01_1" tutorial list
expect "next: nothing begun" 0 "Next: 01_1  Write it: half of every number;exercises/mine/01_1_half.hpp;./tutorial try 01_1" tutorial next
expect "reset: nothing begun" 0 "Nothing to reset" tutorial reset 01_1
expect "ctest: not begun is skipped" 0 "Skipped;100% tests passed" ctest --test-dir "$root/build" -R exercise_01_1
[[ ! -e $mine ]] || problem "something was put into exercises/mine"

# --- Every verdict ---------------------------------------------------------------------------------------------------

expect "try: begins" 1 "Your file: exercises/mine/01_1_half.hpp;Not done yet: your file still has its  throw bn::Todo(\"01_1\")" tutorial try 01_1
cmp -s -- "$mine/01_1_half.hpp" "$chapter/exercises/01_1_half.hpp" || problem "exercises/mine has not got the stub"
expect "ctest: not done is skipped" 0 "Skipped;100% tests passed" ctest --test-dir "$root/build" -R exercise_01_1

answer 01_1 "$right"
expect "try: right" 0 "01_1  Write it;Right: all tests pass.;Next: 01_2" tutorial try 01_1
expect "the number may be short" 0 "Right: all tests pass." tutorial try 1_1
expect "ctest: right passes" 0 "Passed;100% tests passed" ctest --test-dir "$root/build" -R exercise_01_1

answer 01_1 'for (double& value : x) value = valu / 2; return x;'
expect "try: does not compile" 1 "It does not compile. The compiler's first error:;exercises/mine/01_1_half.hpp:4:;error:;valu" tutorial try 01_1
! grep -qF 'Right' "$scratch/out" || problem "the old program's verdict is shown"
expect "list: does not compile" 0 "does not compile;0 of 3 done" tutorial list
expect "ctest: does not compile" 8 "does not compile:;error:" ctest --test-dir "$root/build" -R exercise_01_1 --output-on-failure
printf '#pragma once\nnamespace mine {\nstd::vector<double> half(const std::vector<double>&);\n}\n' >"$mine/01_1_half.hpp"
expect "try: declared only" 1 "It does not compile. The compiler's first error:;undefined reference;half" tutorial try 01_1
: >"$mine/01_1_half.hpp"
expect "try: an empty file" 1 "It does not compile. The compiler's first error:;error:;mine" tutorial try 01_1

answer 01_1 'for (double& value : x) value /= 3; return x;'
expect "try: wrong" 1 "Not right yet. The first test that fails:;two numbers;01_1_half.test.cpp:6;CHECK( y[0] == 1 );0.66" tutorial try 01_1
expect "list: wrong" 0 "not right yet;0 of 3 done" tutorial list
answer 01_1 'x.pop_back(); return x;'
expect "try: a wrong shape" 1 "It returns something of the wrong shape:;y has 1 elements, it needs 2" tutorial try 01_1
answer 01_1 'throw std::runtime_error("no idea");'
expect "try: an exception" 1 "It threw an exception:;no idea" tutorial try 01_1
answer 01_1 'throw 5;'
expect "try: an exception of no class" 1 "It threw an exception:" tutorial try 01_1
answer 01_1 'x[5] = 1; return x;'
expect "try: an index out of range" 1 "It crashed: Assertion;Is an index out of range?" tutorial try 01_1
answer 01_1 'volatile double* p = nullptr; *p = 1; return x;'
expect "try: a null pointer" 1 "It crashed: it reached for memory that is not its own (SIGSEGV)" tutorial try 01_1
answer 01_1 'return half({x[1], x[0]});'
expect "try: a call of itself without end" 1 "It crashed:;a function that calls itself without end?" tutorial try 01_1
answer 01_1 'volatile int n = 0; n = 7 / n; return x;'
expect "try: a division by zero" 1 "It crashed: a whole number was divided by zero (SIGFPE)" tutorial try 01_1
answer 01_1 'std::exit(0);'
expect "try: it leaves with status 0" 1 "It ended the program before the tests were through." tutorial try 01_1
! grep -qF 'Right' "$scratch/out" || problem "exit(0) counts as right"
answer 01_1 'std::abort();'
expect "try: it aborts" 1 "It crashed: it gave up (SIGABRT)" tutorial try 01_1
answer 01_1 'volatile bool on = true; while (on) {} return x;'
expect "try: an endless loop" 1 "It does not end: stopped after 10 seconds. Is there an endless loop?" tutorial try 01_1
answer 01_1 'for (;;) std::puts("again and again");'
expect "try: an endless loop that prints" 1 "It printed without end and was stopped." tutorial try 01_1
answer 01_1 'x.resize(std::size_t{1} << 40); return x;'
expect "try: all the memory there is" 1 "It threw an exception:;bad_alloc" tutorial try 01_1
answer 01_1 "$right"
expect "try: right after all" 0 "Right: all tests pass." tutorial try 01_1

# --- Hints, solutions, starting again --------------------------------------------------------------------------------

expect "hint: the first" 0 "Hint 1 of 3;Look at the numbers.;./tutorial hint 01_1 2" tutorial hint 01_1
! grep -qF 'Divide' "$scratch/out" || problem "it tells more than the first hint"
expect "hint: the last" 0 "Hint 3 of 3;value /= 2;./tutorial solution 01_1" tutorial hint 01_1 3
expect "hint: there are no more" 2 "exercise 01_1 has hints 1 to 3, not '4'" tutorial hint 01_1 4
expect "hint: no number" 2 "exercise 01_1 has hints 1 to 3, not 'more'" tutorial hint 01_1 more

expect "solution: of one that is done" 0 "value /= 2" tutorial solution 01_1
expect "solution: undone, no terminal" 1 "Exercise 01_2 is not done yet.;./tutorial solution 01_2 --yes does it" tutorial solution 01_2
! grep -qF 'value /= 2' "$scratch/out" || problem "the solution is shown"
expect "solution: --yes" 0 "value /= 2" tutorial solution 01_2 --yes

answer 01_1 'return {1, 2};'
expect "reset: changed, no terminal" 1 "A copy of yours is kept.;./tutorial reset 01_1 --yes does it" tutorial reset 01_1
grep -qF 'return {1, 2}' "$mine/01_1_half.hpp" || problem "the answer is gone"
expect "reset: --yes" 0 "exercises/mine/01_1_half.hpp is as it was; yours is in exercises/mine/01_1_half.hpp.kept1" tutorial reset 01_1 --yes
cmp -s -- "$mine/01_1_half.hpp" "$chapter/exercises/01_1_half.hpp" || problem "the stub is not back"
grep -qF 'return {1, 2}' "$mine/01_1_half.hpp.kept1" || problem "there is no copy"
expect "reset: nothing changed" 0 "Nothing to reset" tutorial reset 01_1
answer 01_1 'return {3, 4};'
expect "reset: a second copy" 0 "01_1_half.hpp.kept2" tutorial reset 01_1 -y
grep -qF 'return {1, 2}' "$mine/01_1_half.hpp.kept1" || problem "the first copy was overwritten"

if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    expect "solution: asks, no" 1 "Show a solution all the same? [y/N];left as it is" at_terminal n solution 01_2
    ! grep -qF 'value /= 2' "$scratch/out" || problem "the solution is shown"
    expect "solution: asks, yes" 0 "Show a solution all the same? [y/N];value /= 2" at_terminal y solution 01_2
    answer 01_1 'return {5, 6};'
    expect "reset: asks, no" 1 "back as it was?;left as it is" at_terminal "" reset 01_1
    grep -qF 'return {5, 6}' "$mine/01_1_half.hpp" || problem "the answer is gone"
    expect "reset: asks, yes" 0 "01_1_half.hpp.kept3" at_terminal y reset 01_1
else
    printf 'skip  questions at a terminal: the program script makes no terminal here\n'
    skipped=$((skipped + 1))
fi

# --- All of them -----------------------------------------------------------------------------------------------------

answer 01_1 "$right"
answer 01_2 'return 5'
answer 01_3 "$right"
expect "list: one is broken, the others are done" 0 "[x] 01_1;[ ] 01_2;does not compile;[x] 01_3;2 of 3 done;Next: 01_2" tutorial list
expect "next: a broken one" 0 "Next: 01_2" tutorial next
answer 01_2 "$right"
for command in list next; do
    expect "$command: all done" 0 "You have done every exercise. Congratulations" tutorial "$command"
done
expect "try: all done" 0 "You have done every exercise. Congratulations" tutorial try
expect "watch: all done" 0 "You have done every exercise. Congratulations" tutorial watch
expect "list: the bar is full" 0 "[########################################] 3 of 3 done" tutorial list

# --- watch -----------------------------------------------------------------------------------------------------------

# Waits until watch has printed the text so many times.
until_printed() { # times, text
    local tries=0
    until (($(grep -cF -e "$2" "$scratch/out" || true) >= $1)); do
        ((++tries <= 600)) || { problem "'$2' is not printed ($1 times)"; return; }
        sleep 0.1
    done
}

start_watch() { # words
    : >"$scratch/out" # at once, as in resume.sh
    # In a session of its own, as at a terminal, so that Ctrl-C reaches all that belongs to it and nothing else
    setsid env --default-signal=INT "$root/tutorial" watch "$@" >"$scratch/out" 2>&1 </dev/null &
    watcher=$!
}

press_ctrl_c() {
    local status=0
    kill -INT -- "-$watcher"
    wait "$watcher" || status=$?
    ((status == 0)) || problem "watch ends with status $status"
    mentions "No longer watching."
    watcher=""
}

row="watch: saved, vanished, back, done, the next one, Ctrl-C"
rows=$((rows + 1)) before=$failures
rm -r -- "$mine"
start_watch
until_printed 1 "Not done yet"
answer 01_1 'for (double& value : x) value = valu / 2; return x;'
until_printed 1 "It does not compile"
rm -- "$mine/01_1_half.hpp"
until_printed 1 "exercises/mine/01_1_half.hpp is gone. Waiting for it to come back"
answer 01_1 'return {1, 2, 3};'
until_printed 1 "It returns something of the wrong shape"
mv -- "$mine" "$mine.away"
until_printed 2 "exercises/mine/01_1_half.hpp is gone"
mv -- "$mine.away" "$mine"
until_printed 2 "It returns something of the wrong shape"
answer 01_1 "$right"
until_printed 1 "Right: all tests pass."
until_printed 1 "Your file: exercises/mine/01_2_half.hpp"
answer 01_2 "$right"
until_printed 2 "Right: all tests pass."
press_ctrl_c
((failures > before)) || printf 'ok    %s\n' "$row"

row="watch: Ctrl-C while an answer runs"
rows=$((rows + 1)) before=$failures
answer 01_3 'std::FILE* f = std::fopen("'"$scratch"'/runs", "w"); std::fclose(f); volatile bool on = true; while (on) {} return x;'
start_watch 01_3
until [[ -e $scratch/runs ]] || ! kill -0 "$watcher" 2>/dev/null; do sleep 0.1; done
press_ctrl_c
((failures > before)) || printf 'ok    %s\n' "$row"

row="watch: Ctrl-C while an answer is built"
rows=$((rows + 1)) before=$failures
answer 01_3 "$right"
start_watch 01_3
until_printed 1 "---"
sleep 0.2
press_ctrl_c
((failures > before)) || printf 'ok    %s\n' "$row"
expect "after that, it is built" 0 "Right: all tests pass." tutorial try 01_3

printf '%d rows, %d failures, %d skipped\n' "$rows" "$failures" "$skipped"
((failures == 0))
