# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# /etc/netns: one link a node, all of them one file on the disk, each told from what others put in its place.
. "$(dirname "$0")/lib.sh"
need ip strace

cat >many.yaml <<'E1'
name: many
namespaces:
  "n[1-40]": {}
  own: {dns: {servers: [10.9.0.53]}}
switches:
  sw: {ports: ["n[1-40]", own], subnet: 10.9.0.0/24}
E1
links() { find /etc/netns -type l -printf "$1\n" | sort | uniq -c | awk '{ print $1, $2 }'; }

# on the file system that /etc has, and on one of its own
for kind in etc tmpfs; do
	mkdir -p /etc/netns
	[ $kind = etc ] || mount -t tmpfs tmpfs /etc/netns
	ok "up on $kind" warren up many.yaml
	is 'a link each' "$(links %l)" '40 /run/warren/net/many/etc
1 /run/warren/net/many/nodes/own'
	is 'which is one file' "$(links %i | awk '{ print $1 }' | sort -n | xargs)" '1 40'
	is 'programs inside see it' "$(ip netns exec n7 grep -c . /etc/hosts)" 43
	ok 'up again' warren up many.yaml
	like 'has nothing to do' "$out" 'nothing'
	exits 0 'status sees no difference' warren status many.yaml

	# some go, some are somebody else's by now
	rm /etc/netns/n1
	exits 3 'status sees one that is gone' warren status many.yaml
	like 'and names it' "$out" '/etc/netns/n1'
	ln -sfn /elsewhere /etc/netns/n2
	rm /etc/netns/n3
	mkdir /etc/netns/n3
	exits 1 'status sees it' warren status many.yaml
	fails 'up does not change what is somebody else'"'"'s' warren up many.yaml
	like 'the link' "$err" '/etc/netns/n2'
	like 'the directory' "$err" '/etc/netns/n3'
	ok 'down' warren down many
	is 'leaves them, and nothing else' "$(find /etc/netns -mindepth 1 | sort | xargs)" '/etc/netns/n2 /etc/netns/n3'
	is 'as they were' "$(readlink /etc/netns/n2)" /elsewhere
	rm /etc/netns/n2
	rmdir /etc/netns/n3
	[ $kind = etc ] || umount /etc/netns
done

# where the file system has no hard links, or no more of them; the first 42 are placeholders in /run/netns
for error in EPERM EMLINK; do
	ok "up where linkat(2) says $error" strace -qq -o /dev/null -e trace=linkat \
		-e "inject=linkat:error=$error:when=43+" "$WARREN" up many.yaml
	is 'a link each' "$(links %l)" '40 /run/warren/net/many/etc
1 /run/warren/net/many/nodes/own'
	is 'of its own' "$(links %i | wc -l)" 41
	exits 0 'status sees no difference' warren status many.yaml
	ok 'down' warren down many
done
is 'nothing is left' "$(find /etc/netns /run/netns -mindepth 1 2>/dev/null)" ''
done_testing
