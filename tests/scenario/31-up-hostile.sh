# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Hostile surroundings: never success for what failed, always the name of what is in the way, and
# nothing left behind; what is up can be taken down also from a full disk.
. "$(dirname "$0")/lib.sh"
need ip script

cat >two.yaml <<'E1'
name: two
routing: static
namespaces:
  host: {forwarding: true, sysctls: {net.ipv4.tcp_retries2: 9}}
  a: {}
  b: {dns: {servers: [10.9.0.53]}}
links:
  - {endpoints: [a, b]}
  - {endpoints: [a, host]}
E1
settings() { cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/tcp_retries2; }
settings_before=$(settings)

# inside SCRIPT: a shell with mounts of its own
inside() {
	unshare -m --propagation private bash -c "$1"
}

# /run: read-only, full, something else
run inside 'mount --bind /run /run; mount -o remount,bind,ro /run; exec "$WARREN" up two.yaml'
is 'read-only /run: refused' "$rc" 1
like 'it is named' "$err" "cannot make '/run/warren/lock': Read-only file system"
for most in 1 2 3 4 5 6 7 8 9 10 11 12; do
	run inside "mount -t tmpfs -o nr_inodes=$most none /run; \"\$WARREN\" up two.yaml; echo \$?; find /run; ip -o link | wc -l"
	is "a /run of $most files: refused, nothing but /run/netns stays" \
		"$(grep -v '^/run/netns$' <<<"$out" | xargs)" '1 /run 1'
	like 'it is named' "$err" '/run/.*No space left on device'
done
is 'settings of the host are as before' "$(settings)" "$settings_before"
run inside 'mount -t tmpfs none /run; echo >/run/warren; "$WARREN" up two.yaml'
is 'a file in place of /run/warren: refused' "$rc" 1
like 'it is named' "$err" '/run/warren/lock.*Not a directory'
run inside 'mount -t tmpfs none /run; echo >/run/netns; "$WARREN" up two.yaml; echo $?; ls /run'
is 'a file in place of /run/netns: refused' "$(xargs <<<"$out")" '1 netns'
like 'it is named' "$err" '/run/netns, is no directory'

# A disk that is full after the network came up: it can be seen, changed for the smaller, and goes
# shellcheck disable=SC2016 # for the other shell
run inside 'mount -t tmpfs -o size=64k,nr_inodes=40 none /run
	"$WARREN" up -q two.yaml || exit 9
	dd if=/dev/zero of=/run/full bs=1k 2>/dev/null
	i=0; while touch "/run/full$i" 2>/dev/null; do i=$((i + 1)); done
	"$WARREN" status -q two.yaml || exit 8
	"$WARREN" down -q two.yaml || exit 7
	rm /run/full*; find /run; ip -o link | wc -l'
is 'a disk that is full later: down takes all away' "$rc $(xargs <<<"$out")" '0 /run /run/netns 1'
is 'and gives back the settings of the host' "$(settings)" "$settings_before"

# /etc and /proc
run inside 'mount --bind /etc /etc; mount -o remount,bind,ro /etc; "$WARREN" up two.yaml; echo $?; find /run/warren /run/netns -mindepth 1'
is 'read-only /etc: refused, nothing stays' "$out" 1
like 'the place in the file, the object and why' "$err" "two.yaml:5:[0-9]+: a: file /etc/netns/a: .*Read-only file system"
run inside 'mount -t tmpfs none /proc
	for verb in up status "ping -q" down; do "$WARREN" $verb two.yaml >/dev/null || echo "$verb: $?"; done'
is 'no /proc: up, status, ping, down' "$out" ''
unlike 'without a word' "$err" '^warren:'
leak_check 'nothing is left of all this'

# Descriptors, from none to enough: refused with the remedy, or done
for n in 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	run prlimit --nofile="$n" "$WARREN" up two.yaml
	if [ "$rc" = 0 ]; then
		pass "$n descriptors are enough"
		ok 'down' warren down two.yaml
	else
		like "$n descriptors: the remedy is named" "$err" '^warren: .*(Too many open files|No file descriptors available); raise the limit of open files \(ulimit -n\)$'
		is 'once' "$(wc -l <<<"$err")" 1
	fi
done
ok '16 are enough' prlimit --nofile=16 "$WARREN" up two.yaml

# Standard output
# musl forgets what it could not write, and with it why.
no_space='No space left on device'
getconf GNU_LIBC_VERSION >/dev/null 2>&1 || no_space="$no_space|write error"
for verb in up plan status 'status --json' ping 'graph' 'test' 'up --timings --json' check; do
	# shellcheck disable=SC2086 # words
	exits 1 "$verb to a full disk" bash -c '"$WARREN" "$@" two.yaml >/dev/full' - $verb
	like 'is named' "$err" "standard output: ($no_space)"
done
exits 141 'a reader that went away' bash -c 'exec 3> >(:); wait $!; exec "$WARREN" status --json two.yaml >&3'

# Quiet, verbose, and a terminal
exits 0 'up -q' warren up -q two.yaml
is 'says nothing' "$out$err" ''
exits 0 'down -q' warren down -q two.yaml
is 'says nothing' "$out$err" ''
exits 0 'up -vv' warren up -vv two.yaml
like 'says how many requests and how long they took' "$err" '^warren: a: [0-9]+ requests, [0-9]+ us: ok$'
exits 0 'down -v' warren down -v two.yaml
like 'says each step' "$err" "^warren: remove namespace 'a'$"
exits 0 'up -v' warren up -v two.yaml
like 'says each step' "$err" "^warren: add namespace 'a'$"
unlike 'but not each request' "$err" 'requests'
exits 0 'up -vv' warren up -vv two.yaml
like 'says nothing where nothing is done' "$err" '^$'
exits 0 'down -v' warren down -v two.yaml
unlike 'without a terminal no colour and no progress' "$out$err" "$(printf '\033|\r')"
cat >many.yaml <<'E1'
namespaces: {"n[1-40]": {forwarding: true}}
E1
# An `up` that is made to take longer than a second
need strace
run script -qec 'strace -f -qq -o /dev/null -e trace=unshare -e inject=unshare:delay_enter=60000 "$WARREN" up many.yaml' /dev/null
like 'progress on a terminal, after a second' "$out" "$(printf '\r')?.*namespaces [0-9]+/40"
ok 'down' warren down many
is 'no node is left' "$(ls /run/netns)" ''

# A topology that is no topology, however large
truncate -s 1T sparse.yaml
exits 1 'a file of a terabyte' timeout 20 "$WARREN" up sparse.yaml
like 'is named' "$err" 'sparse.yaml: is larger than'
exits 1 'nothing but zeros on standard input' timeout 20 "$WARREN" up - </dev/zero
mkfifo fifo
exits 1 'a FIFO that nobody writes to' timeout 20 "$WARREN" up fifo
like 'is named' "$err" 'fifo: is not a regular file'
done_testing
