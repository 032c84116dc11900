# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Where an ordinary user may not make namespaces, the error names the setting that forbids it and
# how to change it; where no setting does, what else it can be.
. "$(dirname "$0")/lib.sh"
need strace python3

as_user true 2>/dev/null || skip_all 'no second user here'
as_user unshare -Ur true 2>/dev/null || skip_all 'the kernel does not let users make user namespaces'
printf 'name: one\nnamespaces: {solo: }\n' >one.yaml
cat >filter.py <<'E1'
"""Runs a command for which a seccomp filter refuses unshare(2), as container engines have it."""
import ctypes
import os
import struct
import sys

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
UNSHARE = {'x86_64': 272}.get(os.uname().machine, 97)
code = b''.join(struct.pack('HBBI', *i) for i in [
    (LOAD, 0, 0, 0), (EQUAL, 0, 1, UNSHARE), (RETURN, 0, 0, 0x00050001), (RETURN, 0, 0, 0x7fff0000)])
buffer = ctypes.create_string_buffer(code)
program = struct.pack('HxxxxxxP', len(code) // 8, ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])
E1
chmod 644 one.yaml filter.py

# with "SETTING=VALUE ..." FAULT [PATH]: up as a user, where /proc/sys/kernel has these settings only;
# the fault is of calls with that path
with() {
	local settings=$1 fault=$2 path=${3:-}
	# shellcheck disable=SC2016 # expanded inside
	run unshare -m sh -c 'mount -t tmpfs -o mode=0755 none /proc/sys/kernel || exit 99
		for s in $1; do echo "${s#*=}" >/proc/sys/kernel/"${s%%=*}"; done
		shift
		exec "$@"' sh "$settings" setpriv --reuid=65534 --regid=65534 --clear-groups \
		env -u WARREN HOME="$tmp/user" XDG_RUNTIME_DIR="$tmp/user/run" PATH="$tmp/user/bin:$PATH" \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -qq -o /dev/null -e trace=all ${path:+-P "$path"} -e inject="$fault" warren up one.yaml
}

# refused WHAT WHY: what could not be done, and the reason that is named
refused() {
	is "$1: refused" "$rc" 1
	like 'which says what' "$err" "cannot $1: "
	like 'and why' "$err" "$2"
	is 'nothing is left' "$(ls -A "$tmp/user/run")" ''
}

userns='make a user namespace'
with 'unprivileged_userns_clone=0' unshare:error=EPERM:when=1
refused "$userns" 'kernel.unprivileged_userns_clone is 0; as root: sysctl -w kernel.unprivileged_userns_clone=1; or run as root$'
with 'apparmor_restrict_unprivileged_userns=1 unprivileged_userns_clone=1' unshare:error=EACCES:when=1
apparmor='kernel.apparmor_restrict_unprivileged_userns is 1; as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; or run as root$'
refused "$userns" "$apparmor"
# AppArmor of Ubuntu lets the user namespace be made, but without any right in it.
with 'apparmor_restrict_unprivileged_userns=1' mount:error=EACCES:when=1
refused 'make a /run of your own' "$apparmor"
with 'apparmor_restrict_unprivileged_userns=1' openat:error=EPERM:when=2 /proc/self/uid_map
refused 'map your user id into a user namespace' "$apparmor"
with 'unprivileged_userns_clone=0 apparmor_restrict_unprivileged_userns=1' unshare:error=EPERM:when=1
refused "$userns" 'kernel.unprivileged_userns_clone is 0'

# No setting forbids it.
with 'apparmor_restrict_unprivileged_userns=0 unprivileged_userns_clone=1' unshare:error=EPERM:when=1
refused "$userns" 'a security module forbids it'
with '' unshare:error=ENOSPC:when=1
refused "$userns" 'max_net_namespaces is used up'
with '' unshare:error=EINVAL:when=1
refused "$userns" 'this kernel lacks CONFIG_USER_NS'
run as_user python3 -B filter.py warren up one.yaml
refused "$userns" 'a seccomp filter of the container or service forbids it'
done_testing
