# SPDX-License-Identifier: Apache-2.0
# The slow gates of ./dev, which reads this file: canaries, and the night.
# shellcheck shell=bash disable=SC2154

# The canaries' tree: sources of its own, which their patches change, and one build of them.
canaries_dir=build/canaries

canaries_tree() {
    local file
    mkdir -p $canaries_dir
    for file in CMakeLists.txt CMakePresets.json bench tests tools web; do
        [ -e $canaries_dir/$file ] || ln -s ../../$file $canaries_dir/$file
    done
    # What is the same keeps its time, so that nothing is built for it again; what a canary changed, or
    # left behind when it was interrupted, is put right.
    find $canaries_dir/src $canaries_dir/sim -type f 2>/dev/null | while read -r file; do
        [ -e "${file#$canaries_dir/}" ] || rm "$file"
    done
    find src sim -type f ! -name '*.patch' -print0 | xargs -0 -n 200 bash -c 'for file; do
        cmp -s "$file" "$0/$file" || { mkdir -p "$0/${file%/*}" && cp "$file" "$0/$file"; }
    done' $canaries_dir
}

# canary NAME: the seed that catches it, the promise it breaks, the seconds it took; fails without one.
canary() {
    local name=$1 patch=sim/canaries/$1.patch log=build/canaries/$1.log began=$SECONDS caught said
    canaries_tree
    if ! patch --quiet --strip 1 --directory $canaries_dir --forward --fuzz 0 --no-backup-if-mismatch \
        --reject-file - <"$patch" >"$log" 2>&1; then
        cat "$log" >&2
        canaries_report+=("$(printf '%-22s %-10s %5s  %s' "$name" 'NOT BUILT' - 'its patch does not apply any more')")
        return 1
    fi
    if ! (cd $canaries_dir && cmake --preset dev && cmake --build build/dev --target sim) >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        canaries_report+=("$(printf '%-22s %-10s %5s  %s' "$name" 'NOT BUILT' - 'see above')")
        return 1
    fi
    $canaries_dir/build/dev/sim/sim --seeds "${CANARY_SEEDS:-1000}" --seed 1 --minutes 1 --jobs "$jobs" --stop >"$log" 2>"$log.said" || true
    # What a process died of names no promise: its last words do.
    said=$(sed -n 's/.*"cond":"\([^"]*\)","at":"[./]*\([^"]*\)".*/\1 (\2)/p' "$log.said" | tail -n 1 | tr -d '|&\\')
    sed -i "s|the run ended before its end.*|an assertion: ${said:-none}|" "$log"
    caught=$(grep -v 'an assertion: none' "$log" | sed -n 's/^seed \([0-9]*\): \(.*\)/\1 \2/p' | sort -n | head -n 1 || true)
    if [ -z "$caught" ]; then
        canaries_report+=("$(printf '%-22s %-10s %5s  %s' "$name" 'NOT CAUGHT' $((SECONDS - began)) "$(head -n 1 "$patch")")")
        return 1
    fi
    canaries_report+=("$(printf '%-22s %-10s %5s  %.90s' "$name" "seed ${caught%% *}" $((SECONDS - began)) "${caught#* }")")
}

canaries() {
    local name failed=0
    canaries_report=()
    configure dev || return 1
    for name in "$@"; do
        say "canary: $name"
        canary "$name" || failed=1
    done
    canaries_tree
    canaries_say
    return $failed
}

canaries_say() {
    printf '   %-22s %-10s %5s  %s\n' canary 'caught by' s 'what it was caught at' >&2
    printf '   %s\n' "${canaries_report[@]}" >&2
}

canary_names() {
    (cd sim/canaries && ls ./*.patch) | sed 's|^\./||; s|\.patch$||'
}

verb_canaries() {
    local name names=()
    for name in "$@"; do
        [ -f "sim/canaries/$name.patch" ] || misuse "there is no canary $name in sim/canaries"
        names+=("$name")
    done
    if [ ${#names[@]} -eq 0 ]; then
        mapfile -t names < <(canary_names)
    fi
    need
    command -v patch >/dev/null || need_packages patch
    canaries "${names[@]}" || die "a canary lives: see above"
}

# ---- what `test` has time for ----

gates_build() {
    compile dev truecount kill_random kill_points blackbox torture exhaust sim
}

# Killed servers and strangers wait more than they work: beside the steps that compute.
gate_kill() {
    local failed=0 job pids=()
    for ((job = 0; job < jobs; job++)); do
        build/dev/tests/kill/kill_random --kills $((300 / jobs)) --seed $((1000 + job)) --seconds 45 &
        pids+=($!)
    done
    for job in "${pids[@]}"; do
        wait "$job" || failed=1
    done
    return $failed
}

gates_beside=
gates_beside_of() {
    local began
    for gate in "300 random kills, or 45 s of them:gate_kill" \
        "points of one script, 45 s:build/dev/tests/kill/kill_points --script deliveries --seconds 45" \
        "strangers:build/dev/tests/kill/blackbox"; do
        began=$SECONDS
        # shellcheck disable=SC2086
        if ${gate#*:} >"build/beside.log" 2>&1; then
            printf '%-44s %-6s %4d s, beside\n' "${gate%%:*}" ok $((SECONDS - began))
        else
            printf '%-44s %-6s %4d s, beside\n' "${gate%%:*}" FAILED $((SECONDS - began))
            tail -n 40 build/beside.log >&2
        fi
    done
}

gates_beside_begin() {
    rm -f build/beside.rows
    gates_beside_of >build/beside.rows &
    gates_beside=$!
}

gates_beside_end() {
    local row
    say "kills, points, strangers: beside the steps before"
    wait "$gates_beside" || true
    while read -r row; do
        steps_report+=("$row")
        case $row in *FAILED*) steps_failed=1 ;; esac
    done <build/beside.rows
    [ "$(wc -l <build/beside.rows)" -eq 3 ] || steps_failed=1
}

# ---- the night ----

# One step of the night: night_step NAME PATTERN COMMAND...; the last line of its output that matches
# PATTERN says what it did. Everything else is in build/night/NAME.log.
night_rows=()
night_failed=0
night_step() {
    local name=$1 pattern=$2 result=ok began=$SECONDS log=build/night/$1.log what
    shift 2
    say "night: $name"
    "$@" >"$log" 2>&1 || result=FAILED
    [ $result = ok ] || night_failed=1
    what=$(grep -E "$pattern" "$log" | tail -n 1 | sed 's/^[= ]*//; s/|/,/g' | cut -c 1-160)
    night_rows+=("| $name | $result | $((SECONDS - began)) | $what |")
}

night_table() {
    local row
    echo "# A night"
    echo
    echo "$(git rev-parse --short HEAD)$(git diff --quiet HEAD || echo ' and changes'), $(date -u '+%Y-%m-%d %H:%M') UTC, $jobs processors, $1."
    echo
    echo "| step | result | s | what it did |"
    echo "| --- | --- | --- | --- |"
    printf '%s\n' "${night_rows[@]}"
    echo
    echo '```'
    sed -n '/seeds from/,$p' build/night/simulator.log
    echo '```'
}

night_canaries() {
    local name names until=$((SECONDS + $1)) failed=0
    mapfile -t names < <(canary_names)
    canaries_report=()
    for name in "${names[@]}"; do
        if [ $SECONDS -ge $until ]; then
            canaries_report+=("$(printf '%-22s %-10s' "$name" 'no time')")
            continue
        fi
        canary "$name" || failed=1
    done
    canaries_tree
    canaries_say
    echo "$(printf '%s\n' "${canaries_report[@]}" | grep -c ' seed ') of ${#names[@]} caught"
    return $failed
}

night_test_health() {
    compile dev truecount test_scenarios_health && ctest --test-dir build/dev -L night --output-on-failure
}

# night_share THOUSANDTHS: seconds of the night's length, or more than anything takes.
night_share() {
    if [ "$night_hours" = 0 ]; then
        echo 1000000
    else
        awk "BEGIN { s = int($night_hours * 3.6 * $1); print s < 1 ? 1 : s }"
    fi
}

verb_night() {
    local targets fuzz marks=() how='as long as it takes'
    night_hours=0
    case "$#:${1:-}" in
    0:) ;;
    2:--hours) night_hours=$2 ;;
    *) misuse "night takes --hours H or nothing" ;;
    esac
    [[ $night_hours =~ ^[0-9]{1,3}(\.[0-9]{1,3})?$ ]] || misuse "'$night_hours' is not a number of hours"
    need "${packages_test[@]}"
    command -v patch >/dev/null || need_packages patch
    [ "$night_hours" = 0 ] || how="$night_hours hours"
    mkdir -p build/night
    compile dev sim && compile release truecount kill_random kill_points exhaust &&
        compile fuzz torture tests/fuzz/all || die "the build failed: see above"
    targets=$(find build/fuzz/tests/fuzz -maxdepth 1 -type f -name 'fuzz_*' -perm -u+x | wc -l)
    fuzz=$((300 * targets / jobs)) # five minutes each
    [ "$night_hours" = 0 ] || fuzz=$(night_share 150)
    # What is rare is missed by chance in a short night.
    [ "$(night_share 350)" -lt 3000 ] || marks=(--marks)
    night_step simulator '^  broken' build/dev/sim/sim --seeds 10000 --minutes 1 --jobs "$jobs" \
        --seed "$(($(date +%Y%m%d) * 10000))" --seconds "$(night_share 350)" "${marks[@]}"
    night_step kill '.' kills_at_random 20000 "$(date +%j)" --seconds "$(night_share 150)"
    night_step points '.' build/release/tests/kill/kill_points --seconds "$(night_share 100)"
    night_step torture 'runs, ' build/fuzz/tests/torture/torture --seconds "$(night_share 100)"
    night_step fuzz '.' fuzz_all $((fuzz * jobs)) # in pairs
    night_step exhaust '.' night_exhaust "$(night_share 80)"
    night_step canaries 'caught$' night_canaries "$(night_share 70)"
    [ "$(night_share 70)" -lt 500 ] || night_step health 'tests passed' night_test_health
    night_table "$how" >build/night.md
    cat build/night.md
    [ $night_failed -eq 0 ] || die "the night failed: build/night holds what each step said"
}

# Eight steps deep, or as deep as there is time for.
night_exhaust() {
    if [ "$1" -gt 100000 ]; then
        exhaust --steps 8
    else
        exhaust --seconds "$1"
    fi
}
