#!/bin/sh
# What an image runs. Without words: formats an empty data directory and becomes the node, so that
# signals meet it as process 1. With words: the command line.
set -eu

program=/opt/ottla/bin/ottla
config=/etc/ottla/server.properties

if [ "$#" -gt 0 ]; then exec "$program" "$@"; fi

# Pods of a StatefulSet count from 0, nodes from 1.
if [ -n "${POD_NAME:-}" ]; then export OTTLA_NODE_ID=$((${POD_NAME##*-} + 1)); fi

# A controller whose volume was lost must not vote again: another vote in the same term could undo
# what was committed. Nothing here can tell a new cluster from a lost volume; who deploys it can.
case "${CLUSTER_STATE:-new}" in
  new) rejoin= ;;
  existing) rejoin=--rejoin ;;
  *) echo "CLUSTER_STATE: '$CLUSTER_STATE' is neither new nor existing" >&2; exit 1 ;;
esac

"$program" format --config "$config" --ignore-formatted $rejoin
exec "$program" start --config "$config"
