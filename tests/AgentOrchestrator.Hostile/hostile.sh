#!/bin/sh
# Plays the program claude, in the manner that the first line of its prompt names: MODE [NUMBER].
# Every start and what a mode does is a line of the witness file: RUN WORD PID UPTIME.

here=$(dirname "$0")
me=$0

witness() { echo "$AGENT_ORCHESTRATOR_RUN_ID $1 $$ $(cut -d' ' -f1 /proc/uptime)" >> "$here/witness"; }
begin() { echo '{"type":"system","subtype":"init","session_id":"6f0c8c1e-0000-4000-8000-000000000000","tools":[],"model":"none"}'; }
say() { echo '{"type":"assistant","message":{"content":[{"type":"text","text":"'"$1"'"}]}}'; }
finish() {
    echo '{"type":"result","subtype":"success","is_error":false,"result":"done","session_id":"6f0c8c1e-0000-4000-8000-000000000000","num_turns":1}'
    witness end
    exit 0
}
linger() { while :; do sleep 1000 & wait; done; }
gate() { while [ ! -e "$here/gate" ]; do sleep 0.05; done; }

case $1 in
--version) echo "2.1.329 (Claude Code)"; exit ;;
--linger) trap '' HUP INT TERM; linger ;;
--storm)
    # Each makes two more, in sessions of their own, as deep as it is told.
    if [ "$2" -gt 0 ]; then
        setsid "$me" --storm $(($2 - 1)) &
        (setsid "$me" --storm $(($2 - 1)) &)
    fi
    linger ;;
esac

read -r mode number
witness start
begin
case $mode in never|silent|broken|killed) [ -z "$number" ] || say "partial $number" ;; esac
case $mode in
# Stops
ignore)  trap '' HUP INT TERM; witness ready; linger ;;
daemon)  (setsid "$me" --linger &) ; (env -i PATH="$PATH" setsid "$me" --linger </dev/null >/dev/null 2>&1 &) ; witness ready; linger ;;
storm)   setsid "$me" --storm "${number:-4}" & witness ready; linger ;;
flood)   witness ready; yes '{"type":"noise","text":"0123456789012345678901234567890123456789012345678901234567890123456789"}' ;;
endless) witness ready; tr '\0' x < /dev/zero ;;
mute)    witness ready; exec >&- 2>&-; linger ;;
never)   witness ready; linger ;;
frozen)  "$me" --linger & witness ready; kill -STOP $$; linger ;;
bomb)    witness ready; b() { b | b & }; b; linger ;;
hog)     witness ready; tail /dev/zero; finish ;;
spin)    (while :; do :; done) & witness ready; while :; do :; done ;;
fill)    witness ready; while :; do head -c "$number" /dev/zero > "$here/fill.$$"; witness filled; done ;;
tick)    witness ready; while :; do witness tick; sleep 0.05; done ;;
# Ends
volume)  yes '{"type":"noise","text":"0123456789012345678901234567890123456789012345678901234567890123456789"}' | head -c "$number"; echo; finish ;;
line)    head -c "$number" /dev/zero | tr '\0' x; echo; say after; finish ;;
picture) echo '{"type":"assistant","message":{"content":[{"type":"tool_use","id":"toolu_1","name":"Read","input":{"file_path":"picture.png"}}]}}'
         data=$(head -c "$number" /dev/zero | tr '\0' A)
         printf '%s' '{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"image","source":{"type":"base64","data":"'
         printf '%s' "$data"
         printf '%s' '","media_type":"image/png"}}]}]},"tool_use_result":{"type":"image","file":{"base64":"'
         printf '%s' "$data"
         echo '","originalSize":4711}}}'
         say after; finish ;;
binary)  head -c "$number" /dev/urandom; echo; printf '\377\376\000\n'; say after; finish ;;
count)   i=0; while [ $i -lt "$number" ]; do i=$((i + 1)); say "line $i"; done
         witness ready; gate
         while [ $i -lt $((2 * number)) ]; do i=$((i + 1)); say "line $i"; done
         finish ;;
silent)  echo 'said on stderr' >&2; exit 0 ;;
broken)  printf '{"type":"result","subtype":"succ'; exit 0 ;;
killed)  kill -KILL $$ ;;
*)       finish ;;
esac
