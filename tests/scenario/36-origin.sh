# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# A network is known by the file and by the network namespace that it came from.
. "$(dirname "$0")/lib.sh"
need ip

printf 'namespaces: {c: }\n' >other.yaml

# Two projects whose files have no name
mkdir one two
printf 'namespaces: {a: , b: }\nlinks: [{endpoints: [a, b]}]\n' >one/warren.yaml
printf 'namespaces: {c: }\n' >two/warren.yaml
cd one || exit
ok 'up' warren up
cd ../two || exit
for verb in up plan 'up --dry-run' down ping; do
	# shellcheck disable=SC2086 # words
	exits 1 "$verb of another file of the same name: refused" warren $verb
	like 'the other file is named' "$err" "warren.yaml: network 'warren' is up already, from $tmp/one/warren.yaml; .*name:"
done
is 'nothing is changed' "$(names)" 'a b'
printf 'name: warren\nnamespaces: {a: , b: }\n' >same.yaml
ok 'a file that has the name written is meant' warren up same.yaml
like 'the link is gone' "$(ip -n a -o link)" '^1: lo'
rm same.yaml
ok 'back' warren up ../one/warren.yaml
mv ../one/warren.yaml ../one/lab.yaml
ok 'a file that is gone is in nobody'\''s way' warren up
is 'its network takes the place' "$(ls /run/netns)" c
ok 'down' warren down
mv ../one/lab.yaml ../one/warren.yaml

# down finds what its file brought up, whatever became of it since
cd ../one || exit
cp warren.yaml good
ln -s one ../link
for name in warren.yaml ./warren.yaml ../one/warren.yaml "$tmp/one/warren.yaml" ../link/warren.yaml; do
	ok "up $name" warren up "$name"
	echo 'namespaces: [' >warren.yaml
	ok 'down, and the file is broken' warren down ./warren.yaml
	is 'nothing is up' "$(ls /run/netns)" ''
	cp good warren.yaml
	ok "up $name" warren up "$name"
	rm warren.yaml
	ok 'down, and the file is gone' warren down
	is 'nothing is up' "$(ls /run/netns)" ''
	cp good warren.yaml
done
ln -s warren.yaml other.yaml
ok 'up of a link' warren up other.yaml
is 'is named by it' "$(warren status | awk 'NR == 2 { print $1 }')" other
rm warren.yaml
ok 'down of the link, which leads nowhere' warren down other.yaml
cp good warren.yaml
ok 'up' warren up
echo 'name: renamed' >>warren.yaml
ok 'down of a file whose name was changed' warren down
is 'nothing is up' "$(ls /run/netns)" ''
cp good warren.yaml

# The host is the namespace that the network was brought up from
cat >hosted.yaml <<'E1'
name: hosted
namespaces: {a: , host: {forwarding: true}}
switches: {lan: {ports: [a], subnet: 10.1.0.0/24, address: 10.1.0.254/24}}
E1
ok 'up' warren up hosted.yaml
ip netns add elsewhere
before=$(ip -o addr; cat /proc/sys/net/ipv4/ip_forward)
for verb in up down status plan; do
	exits 1 "$verb from another namespace: refused" ip netns exec elsewhere "$WARREN" $verb hosted.yaml
	like 'with the way' "$err" "network 'hosted' was brought up from another network namespace.*nsenter"
done
is 'the host is unchanged' "$(ip -o addr; cat /proc/sys/net/ipv4/ip_forward)" "$before"
ok 'down, from where it was brought up' warren down hosted.yaml
is 'forwarding is off again' "$(cat /proc/sys/net/ipv4/ip_forward)" 0
ok 'a network without a part in the host' warren up warren.yaml
ok 'goes from anywhere in the same mounts' nsenter --net=/run/netns/elsewhere "$WARREN" down warren.yaml
ip netns del elsewhere

# Names that nobody would see outside
ok 'up' warren up warren.yaml
for way in 'warren exec a' 'ip netns exec a' 'unshare -m --propagation slave'; do
	# shellcheck disable=SC2086 # words
	exits 1 "up in a copy of the host's mounts ($way): refused" $way "$WARREN" up "$tmp/other.yaml"
	like 'says why and what to do' "$err" "network 'other': names .* not seen outside.*nsenter"
	is 'nothing is left of it' "$(names) and $(names /run/warren/net)" 'a b and warren'
done
for way in 'ip netns exec a' 'unshare -m --propagation slave'; do
	for verb in 'add mine' "attach mine $$"; do
		# shellcheck disable=SC2086 # words
		exits 1 "netns $verb there ($way): refused" $way "$WARREN" netns $verb
		like 'says the same' "$err" "\"mine\": names .* not seen outside.*nsenter"
		# shellcheck disable=SC2086 # words
		exits 1 'foretold' $way "$WARREN" netns -dry-run $verb
		is 'nothing is left of it' "$(names)" 'a b'
	done
	ok 'a name of outside' warren netns add other
	# shellcheck disable=SC2086 # words
	ok 'can be deleted there' $way "$WARREN" netns delete other
	is 'for all' "$(names)" 'a b'
done
ok 'in mounts of its own it is right' unshare -m --propagation private sh -c '"$WARREN" netns add mine && "$WARREN" netns delete mine'
ok 'in mounts of its own it is right' unshare -m --propagation private sh -c '"$WARREN" up "$1" && "$WARREN" down "$1"' - "$tmp/other.yaml"
ok 'down' warren down

# Arguments of commands are handed on as they are
ok 'up' warren up warren.yaml
is 'run --' "$(warren run -- printf '%s.' x y)" x.y.
is '-q exec' "$(warren -q exec a printf '%s.' x y)" x.y.
is 'exec -q … --' "$(warren exec -q a -- printf '%s.' x y)" x.y.
is '-q -v netns exec' "$(warren -q -v netns exec a printf '%s.' x y)" x.y.
is 'netns exec' "$(warren netns exec a printf '%s.' x -- y)" x.--.y.
ok 'down' warren down warren.yaml

exits 1 'status of what is nothing' warren status nowhere
like 'says so' "$err" 'nowhere: no such network is up and no such file is here'
exits 1 'and for an ordinary user' as_user warren status nowhere
like 'says so' "$err" 'nowhere: no such network is up and no such file is here'
exits 1 'down likewise' as_user warren down nowhere
cp good "$tmp/good.yaml"
is 'down of what is not up, JSON' "$(as_user warren down --json "$tmp/good.yaml")" \
	'{"network":"good","added":0,"changed":0,"deleted":0}'
done_testing
