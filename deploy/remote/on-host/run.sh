#!/bin/sh
# Runs the node of this host where there is no systemd: start, stop, restart, status. `supervise` is
# what `start` leaves behind: it starts the node again when that ends by itself.
# `make deploy` puts the paths of the host in place of those below.
set -eu

home=/opt/ottla
node=/usr/bin/node
user=ottla
# An orderly stop takes a second or two; what hangs for so long is killed.
stop_seconds=60
pause_seconds_max=30

supervisor() {
  pid="$(cat "$home/supervisor.pid" 2>/dev/null)" || return 1
  # Its number may be another's by now.
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -F "$home/current/run.sh supervise"
}

start() {
  if supervisor; then return 0; fi
  rm -f "$home/failed"
  setsid sh "$home/current/run.sh" supervise </dev/null >>"$home/log" 2>&1 &
  # Until the new one has said who it is: `stop` would not find it before.
  tries=100
  until supervisor; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ]; then echo "the node cannot be started: see $home/log" >&2; exit 1; fi
    sleep 0.1
  done
}

stop() {
  supervisor || return 0
  kill -TERM "$pid"
  tries=$((stop_seconds * 10))
  while supervisor; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ]; then
      echo "the node did not end within $stop_seconds s and is killed" >&2
      kill -KILL "$pid" "$(cat "$home/node.pid")" 2>/dev/null || true
    fi
    sleep 0.1
  done
}

status() {
  if supervisor; then echo "runs, process $(cat "$home/node.pid")"; else echo 'does not run'; exit 3; fi
}

# As a user of its own where this is root's; `exec`, so that the signal meets the node itself.
run_node() {
  cd -P "$home/current"
  # As many files as the system lets it have.
  ulimit -n 1048576 2>/dev/null || ulimit -n "$(ulimit -H -n)"
  umask 0027
  if [ "$(id -u)" = 0 ]; then
    set -- setpriv --reuid="$user" --regid="$user" --init-groups --no-new-privs
  else
    set --
  fi
  exec "$@" "$node" "$home/current/program/bin/ottla" start \
    --config "$home/current/server.properties"
}

supervise() {
  child=
  is_stopping=
  trap 'is_stopping=1; if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null || true; fi' TERM INT
  trap '' HUP
  echo $$ >"$home/supervisor.pid"
  pause_seconds=1
  while [ -z "$is_stopping" ]; do
    begun="$(date +%s)"
    run_node &
    child=$!
    echo "$child" >"$home/node.pid"
    ended=
    # A signal ends `wait`, and not the node.
    while [ -z "$ended" ]; do
      status=0
      wait "$child" || status=$?
      kill -0 "$child" 2>/dev/null || ended=1
    done
    child=
    if [ "$status" = 0 ] || [ -n "$is_stopping" ]; then break; fi
    echo "$status" >"$home/failed"
    if [ $(($(date +%s) - begun)) -gt 60 ]; then pause_seconds=1; fi
    echo "run.sh: the node ended with status $status, and starts again in $pause_seconds s"
    sleep "$pause_seconds" &
    wait $! || true
    pause_seconds=$((pause_seconds * 2))
    if [ "$pause_seconds" -gt "$pause_seconds_max" ]; then pause_seconds=$pause_seconds_max; fi
  done
  rm -f "$home/supervisor.pid" "$home/node.pid"
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  restart) stop; start ;;
  status) status ;;
  supervise) supervise ;;
  *) echo "usage: run.sh start | stop | restart | status" >&2; exit 2 ;;
esac
