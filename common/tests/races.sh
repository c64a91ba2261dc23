#!/usr/bin/env bash
# Races between threads: the tests of what runs in several threads, under ThreadSanitizer. Built with clang (cmake --preset
# tsan), since its OpenMP tells ThreadSanitizer, through libarcher, where threads wait for each other; GCC's does not, and each
# barrier would look like a race. Usage: common/tests/races.sh build-tsan/bin
set -euo pipefail
shopt -s inherit_errexit

bin=${1:?usage: races.sh FOLDER_OF_THE_PROGRAMS}
export OMP_NUM_THREADS=3 OMP_WAIT_POLICY=passive ARCHER_OPTIONS=verbose=1 TSAN_OPTIONS=ignore_noninstrumented_modules=1
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

fail() {
    printf 'races.sh: %s\n' "$1" >&2
    exit 1
}

# First of all a race, which has to be seen.
clang++ -O1 -g1 -fopenmp -fsanitize=thread "$(dirname -- "${BASH_SOURCE[0]}")/race.cpp" -o "$scratch/race" ||
    fail "clang++ cannot build for ThreadSanitizer (on Debian: clang, libclang-rt-dev and libomp-dev)"
"$scratch/race" >"$scratch/log" 2>&1 && fail "a race is not seen"
grep -q '^Archer detected' "$scratch/log" || fail "OpenMP tells ThreadSanitizer nothing: libarcher is missing (on Debian: libomp-dev)"
grep -q 'data race' "$scratch/log" || fail "the race is not what was seen: $(head -n 5 "$scratch/log")"
echo "ok    a race is seen"

failures=0
for test in ch06_fast_convolution ch07_training ch08_resnet ch13_small_batches; do
    if "$bin/${test}_tests" '~[slow]' >"$scratch/log" 2>&1; then
        printf 'ok    %s: %s\n' "$test" "$(grep 'All tests passed' "$scratch/log")"
    else
        printf 'FAIL  %s\n' "$test"
        cat -- "$scratch/log"
        failures=$((failures + 1))
    fi
done
((failures == 0))
