# One host of the test's network, with files and processes of its own. Words: a directory for what it
# writes, its name, and what it runs.
set -eu
directory="$1"
name="$2"
shift 2
for it in etc etc.work opt var/lib; do mkdir -p "$directory/$it"; done
mount -t overlay -o "lowerdir=/etc,upperdir=$directory/etc,workdir=$directory/etc.work" overlay /etc
mount --bind "$directory/opt" /opt
mount --bind "$directory/var/lib" /var/lib
hostname "$name"
exec "$@"
