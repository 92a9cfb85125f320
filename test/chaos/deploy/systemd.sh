# What a machine runs as its first process where it is to have systemd, with an ssh server as one of
# its services. Words: a name for its control group, and the configuration of the ssh server.
set -eu
group="$1"
export SSHD_CONFIG="$2"
mount -t tmpfs -o mode=755 tmpfs /run
mount -t cgroup2 none /sys/fs/cgroup
mkdir "/sys/fs/cgroup/$group"
echo $$ >"/sys/fs/cgroup/$group/cgroup.procs"
exec unshare --cgroup sh -euc '
  umount /sys/fs/cgroup
  mount -t cgroup2 none /sys/fs/cgroup
  cd /etc/systemd/system
  # The services of the machine underneath are none of this one: only what is needed is wanted.
  cat >test.target <<END
[Unit]
Requires=basic.target
After=basic.target
Wants=systemd-journald.service test-sshd.service
AllowIsolate=yes
END
  cat >test-sshd.service <<END
[Service]
RuntimeDirectory=sshd
ExecStart=/usr/sbin/sshd -D -f $SSHD_CONFIG
END
  for it in udevd udev-trigger random-seed sysctl modules-load remount-fs tmpfiles-setup \
    tmpfiles-setup-dev sysusers hwdb-update timesyncd update-utmp machine-id-commit binfmt; do
    ln -sf /dev/null "systemd-$it.service"
  done
  for it in dev-hugepages dev-mqueue sys-kernel-debug sys-kernel-tracing sys-kernel-config \
    sys-fs-fuse-connections tmp; do
    ln -sf /dev/null "$it.mount"
  done
  [ -s /etc/machine-id ] || echo 6f74746c616f74746c616f74746c6130 >/etc/machine-id
  exec env container=test /lib/systemd/systemd --system --unit=test.target --show-status=no
'
