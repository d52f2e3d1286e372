#!/bin/sh
# Runs one attempt of a stage, in a session and process group of its own, and outlives whoever started it.
# usage: supervisor.sh STAGE_DIR ATTEMPT PLACE_JSON REQUEST_JSON COMMAND [ARGUMENT...]
# exits 91 where the attempt is claimed already, 92 where nothing could be written.
# Builtins only: a fork here would cost more than everything else.
stage=$1 attempt=$2 place=$3 request=$4
shift 4
dir=$stage/attempts/$attempt
claim=$stage/claims/claim-$attempt.json

# The fields of /proc/PID/stat after the name: 3 is the process group, 20 the start time.
read_stat() { group=$3 start=${20}; }
IFS= read -r stat </proc/$$/stat || exit 92
read_stat ${stat##*) }

# With noclobber a redirection opens with O_EXCL, on NFS too. Who finds a claim still empty waits a moment.
# (`:` would not do: a redirection that fails on a special builtin ends the shell.)
set -C
{ printf '' >"$claim"; } 2>/dev/null || { [ -e "$claim" ] && exit 91; exit 92; }
printf '{"schemaVersion":1,%s,"pid":%s,"startTime":"%s"}\n' "$place" $$ "$start" >|"$claim" || exit 92
set +C
printf '%s\n' "$request" >"$dir/request.json" || exit 92
# Room for the exit, so that a full disk cannot keep it from being told.
printf '%40s\n' '' >"$dir/exit.json" || exit 92

interrupted=
trap 'interrupted=1' TERM INT HUP
"$@" </dev/null >"$dir/stdout.log" 2>"$dir/stderr.log" &
child=$!
wait $child
code=$?
# A trapped signal ends `wait` early; 127 from a later one means that the first had the answer.
while [ -n "$interrupted" ]; do
  interrupted=
  wait $child
  again=$?
  [ $again = 127 ] || code=$again
done

# One write over the blanks: a reader finds all of it, or nothing that it could take for an answer.
printf '{"schemaVersion":1,"code":%-3s}' $code 1<>"$dir/exit.json"
# What the stage left behind goes with it (and this shell, which has nothing left to do).
[ "$group" = $$ ] && kill -KILL 0
