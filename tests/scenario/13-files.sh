# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Files that are none: no verb waits for them, takes them for a topology or a graph, or cannot be stopped while it reads.
. "$(dirname "$0")/lib.sh"
need strace

mkfifo fifo silent
exec 3<>fifo # both ends: who reads from it waits for ever
mkdir folder
: >empty.yaml
printf 'name: lab\r\nnamespaces:\r\n  a:\r\n' >crlf.yaml
head -c 100000 /dev/urandom >binary.yaml

for verb in check plan up down status test ping graph import; do
	fails "$verb: a FIFO" timeout -s KILL 20 "$WARREN" "$verb" ./silent
	like "$verb: the error says so" "$err" '^warren: ./silent: is not a regular file; '
	fails "$verb: a directory" warren "$verb" ./folder
	like "$verb: the error says so" "$err" '^warren: ./folder: is a directory; '
	fails "$verb: an endless file" timeout -s KILL 20 "$WARREN" "$verb" /dev/zero
	like "$verb: the error says so" "$err" '^warren: /dev/zero: is not a regular file; '
	fails "$verb: no file" warren "$verb" ./none.yaml
	like "$verb: the error says so" "$err" '^warren: ./none.yaml: there is no such file; '
	fails "$verb: an empty file" warren "$verb" ./empty.yaml
	like "$verb: the error names it" "$err" '^warren: ./empty.yaml:'
	fails "$verb: a binary file" warren "$verb" ./binary.yaml
	like "$verb: the error has a place" "$err" '^warren: ./binary.yaml:[0-9]+:[0-9]+: '
	for sig in INT TERM; do
		run without_leak_sanitizer timeout -s KILL 20 strace -qq -o /dev/null -P "$tmp/fifo" -e trace=fcntl \
			-e inject=fcntl:signal=$sig:when=2 "$WARREN" "$verb" - <&3
		is "$verb: SIG$sig ends it when it is about to read" "$rc$out" $((128 + $(kill -l $sig)))
		run timeout --foreground -k 10 -s $sig 0.3 "$WARREN" "$verb" - <&3
		is "$verb: SIG$sig ends it while it reads" "$rc$out$err" 124
	done
done
ok 'lines that end as on Windows' warren check crlf.yaml
{ printf '\xef\xbb\xbf' && cat crlf.yaml; } >bom.yaml
ok 'and a byte order mark' warren check bom.yaml

# What may not be read, or cannot be
as_user true
chmod 0755 "$tmp"
cp crlf.yaml unreadable.yaml
chmod 0000 unreadable.yaml
mkdir -m 0700 private
cp crlf.yaml private/lab.yaml
ln -s loop.yaml loop.yaml
for verb in check plan up status test ping graph import; do
	exits 1 "$verb: a file of mode 000" as_user warren "$verb" ./unreadable.yaml
	like "$verb: the error names it, and the remedy" "$err" \
		"^warren: ./unreadable.yaml: cannot be read: Permission denied; .*'chmod a\+r'"
	is "$verb: in one line" "$(wc -l <<<"$err")" 1
done
exits 1 'a file in a folder that is closed' as_user warren check private/lab.yaml
like 'the error names it, and the remedy' "$err" "^warren: private/lab.yaml: cannot be read: .*'chmod a\+x'"
exits 1 'a file below a file' warren check crlf.yaml/lab.yaml
like 'the error says so' "$err" '^warren: crlf.yaml/lab.yaml: cannot be read: .*; what stands before a ./. in it is a file'
exits 1 'a link to itself' warren check loop.yaml
like 'the error says so' "$err" '^warren: loop.yaml: cannot be read: .*circle'
rm loop.yaml
done_testing
