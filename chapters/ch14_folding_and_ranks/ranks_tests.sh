#!/usr/bin/env bash
# Real ranks, started by mpirun: they train as one process does; one that is killed, or has no images, is reported by
# every rank, and nothing hangs. Usage: ranks_tests.sh MPIRUN PROGRAM TESTS
set -euo pipefail

mpirun=$1 program=$2 tests=$3
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
unset CIFAR10_DIR

# More ranks than cores, perhaps as root, as in a container; each with one thread. What MPI itself never frees is not ours.
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive ASAN_OPTIONS=detect_leaks=0
export BN_RANKS_TEST=$scratch # by which its processes are known
ranks() { # number, command
    local extra=()
    [[ $("$mpirun" --version 2>&1) != *[Oo]pen* ]] || extra=(--oversubscribe) # Open MPI's own names for it differ
    ((EUID != 0 || ${#extra[@]} == 0)) || extra+=(--allow-run-as-root)
    timeout --kill-after=10 1200 "$mpirun" "${extra[@]}" -np "$@"
}

fail() {
    printf 'FAIL  %s\n' "$1"
    sed 's/^/      /' "$scratch"/out "$scratch"/err
    exit 1
}

# Every one of the ranks 0 to R - 1 has said it, or all but the one that was killed.
all_said() { # R, words, [killed]
    local r
    for ((r = 0; r < $1; ++r)); do
        [[ ${3:-} == "$r" ]] || grep -q "rank $r of $1: .*$2" "$scratch/err" || fail "rank $r did not say '$2'"
    done
}

for R in 1 2 3 4; do
    ranks "$R" "$tests" "[processes]" >"$scratch/out" 2>"$scratch/err" || fail "$R processes"
    (($(grep -c 'All tests passed' "$scratch/out") == R)) || fail "not all of $R processes have run the tests"
    printf 'ok    %s processes follow whole batches\n' "$R"
done

status=0
ranks 2 "$tests" "[silent]" >"$scratch/out" 2>"$scratch/err" || status=$?
((status != 0 && status != 124)) || fail "a silent rank: the exit status is $status"
grep -q 'no answer from another rank for 5 s' "$scratch/out" || fail "a silent rank: nobody says so"
printf 'ok    a silent rank is not waited for for ever\n'

status=0
ranks 3 "$program" --sketches --experiment ranks --batch 2 >"$scratch/out" 2>"$scratch/err" || status=$?
((status == 2)) || fail "without images: the exit status is $status, not 2"
all_said 3 'a batch of 2 images leaves none for rank 0 of 3'
printf 'ok    a rank without images: every rank says so\n'

status=0
ranks 2 "$program" --sketches --experiment ranks --checkpoint "$scratch/c" >"$scratch/out" 2>"$scratch/err" || status=$?
((status == 2)) && [[ ! -e $scratch/c ]] || fail "with --checkpoint: the exit status is $status, not 2, or it wrote one"
grep -q 'keeps no checkpoint' "$scratch/err" || fail "with --checkpoint: it does not say that there is none"
printf 'ok    with --checkpoint: it says that there is none\n'

# A rank killed in mid-run: rank 1, when the first line of the table is there
status=0
ranks 3 "$program" --sketches --experiment ranks >"$scratch/out" 2>"$scratch/err" &
run=$!
for ((i = 0; i < 6000; ++i)); do
    ! grep -q '^double' "$scratch/out" || break
    kill -0 "$run" 2>/dev/null || fail "the run ended before a rank was killed"
    sleep 0.1
done
for process in /proc/[0-9]*; do
    ! { tr '\0' '\n' <"$process/environ"; } 2>/dev/null |
        awk -v run="BN_RANKS_TEST=$scratch" '$0 == run { ours = 1 } /^(OMPI_COMM_WORLD_RANK|PMI_RANK)=1$/ { one = 1 }
                                             END { exit !(ours && one) }' || victim=${process##*/}
done
[[ ${victim:-} ]] || fail "there is no rank 1 to kill"
kill -KILL "$victim"
start=$EPOCHSECONDS
wait "$run" || status=$?
((status != 0 && status != 124)) || fail "killed: the exit status is $status"
((EPOCHSECONDS - start < 120)) || fail "killed: it took $((EPOCHSECONDS - start)) s to end"
all_said 3 'another rank has failed or died' 1
printf 'ok    a rank killed in mid-run: the others say so, status %s after %s s\n' "$status" "$((EPOCHSECONDS - start))"

# The same ranks, not started by mpirun
status=0
"$program" --sketches --experiment ranks >"$scratch/out" 2>"$scratch/err" || status=$?
((status == 2)) || fail "without mpirun: the exit status is $status, not 2"
grep -q 'mpirun -np 2' "$scratch/err" || fail "without mpirun: it does not say how"
printf 'ok    without mpirun: it says how\n'
