# The network of a test, in namespaces of its own: a bridge with the clients at it. All in here ends
# with this process, which ends with its standard input. Words: a directory, then the hosts, as NAME or NAME=ALIAS,ALIAS.
set -eu
directory="$1"
shift
mount -t tmpfs tmpfs /run
mkdir /run/netns /run/sshd
# What hosts write is in memory, and gone with them.
mount -t tmpfs -o mode=755 tmpfs "$directory"
mkdir "$directory/etc" "$directory/etc.work"
mount -t overlay -o "lowerdir=/etc,upperdir=$directory/etc,workdir=$directory/etc.work" overlay /etc
echo '127.0.0.1 localhost' >/etc/hosts
ip link set lo up
ip link add lan type bridge
ip addr add 10.78.0.254/24 dev lan
ip link set lan up
at=0
for it in "$@"; do
  at=$((at + 1))
  host="${it%%=*}"
  echo "10.78.0.$at $(echo "$it" | tr '=,' '  ')" >>/etc/hosts
  ip netns add "$host"
  ip link add "lan-$at" type veth peer name eth0 netns "$host"
  ip link set "lan-$at" master lan up
  ip -n "$host" link set lo up
  ip -n "$host" addr add "10.78.0.$at/24" dev eth0
  ip -n "$host" link set eth0 up
done
echo ready
exec cat >/dev/null
