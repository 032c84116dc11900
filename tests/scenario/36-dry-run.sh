# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# --dry-run says what would be done, and changes nothing: of the machine, of files, of an ordinary user's.
. "$(dirname "$0")/lib.sh"
need ip python3

cp "$top/examples/chain.yaml" "$top/examples/rooms.yaml" "$top/tests/data/zoo/Abilene.gml" .
rows() { # rows SIGN: how many lines of $out begin with it
	grep -c "^$1 " <<<"$out"
}
field() { # field EXPRESSION: of the JSON in $out, as d
	python3 -c "import json, sys; d = json.load(sys.stdin); print($1)" <<<"$out"
}
files() {
	find . -type f ! -name '.*' -printf '%P %s %T@\n' | sort
}

# up and down
save_state
for file in chain rooms; do
	before=$(files)
	ok "$file: plan" warren plan $file.yaml
	plan=$out
	ok "$file: up --dry-run" warren up --dry-run $file.yaml
	is "$file: prints what plan prints" "$out" "$plan"
	added=$(rows '\+') namespaces=$(grep -c '^+ namespace ' <<<"$out")
	ok "$file: --dry-run before the verb" warren --dry-run up $file.yaml
	is "$file: is the same" "$out" "$plan"
	ok "$file: with --json" warren up --dry-run --json $file.yaml
	is "$file: the same steps" "$(field "len(d['steps']), d['network']")" "$(wc -l <<<"$plan") $file"
	exits 3 "$file: it is not up" warren status $file.yaml
	is "$file: no file changed" "$(files)" "$before"
	leak_check "$file: nothing was made"
	ok "$file: up" warren up --json $file.yaml
	is "$file: adds as many as the dry run said" "$(field "d['added']")" "$added"
	ok "$file: up --dry-run of what is up" warren up --dry-run $file.yaml
	is "$file: has nothing to do" "$out" "$file: nothing to do"
	save_state
	ok "$file: down --dry-run" warren down --dry-run $file.yaml
	is "$file: removes the namespaces that came" "$(grep -c '^- namespace ' <<<"$out")" "$namespaces"
	unlike "$file: and does nothing else" "$out" '^[^-]'
	removed=$(rows '-')
	ok "$file: by its name, with --json" warren --dry-run down $file --json
	is "$file: the same steps" "$(field "len(d['steps'])")" "$removed"
	exits 0 "$file: it is still up, without drift" warren status $file
	leak_check "$file: nothing was removed"
	ok "$file: down" warren down $file --json
	is "$file: removes them" "$(field "d['deleted'] == $removed")" True
	ok "$file: down --dry-run of what is not up" warren down --dry-run $file.yaml
	is "$file: has nothing to do" "$out" "$file: nothing to do"
	save_state
done

# A change, and what is in the way
warren up chain.yaml >/dev/null
sed 's/10\.0\.3\.1/10.0.3.9/' chain.yaml >changed.yaml
save_state
ok 'a change' warren up --dry-run changed.yaml
like 'what comes' "$out" '^\+ address 10.0.3.9/32 dev lo in far  \(changed.yaml:13\)$'
like 'what goes' "$out" '^- address 10.0.3.1/32 dev lo in far$'
leak_check 'nothing changed'
warren down chain >/dev/null
ip netns add near
save_state
fails 'what is in the way of up' warren up --dry-run chain.yaml
like 'is an error of its dry run' "$err" "chain.yaml:8:3: .*near"
leak_check 'and nothing was made'
ip netns del near
save_state

# files
ok 'import -o' warren import Abilene.gml -o net.yaml --dry-run
like 'says which file' "$out" '^\+ file net.yaml: [0-9]+ bytes$'
is 'and does not write it' "$(ls net.yaml 2>&1)" "ls: cannot access 'net.yaml': No such file or directory"
warren import Abilene.gml -o net.yaml
is 'which then has the bytes that it said' "$(sed 's/.*: \([0-9]*\) bytes/\1/' <<<"$out")" "$(wc -c <net.yaml)"
before=$(files)
ok 'graph -o' warren graph chain.yaml -o net.yaml --dry-run -f dot
like 'says that a file is replaced' "$out" '^~ file net.yaml: [0-9]+ bytes, in place of what it has$'
ok 'with --json' warren graph chain.yaml -o new.json --dry-run --json
is 'as JSON' "$(field "d['steps'][0]['do'], d['steps'][0]['object'], d['steps'][0]['name']")" 'add file new.json'
is 'no file changed' "$(files)" "$before"
ok 'what goes to standard output goes there' warren import Abilene.gml --dry-run
is 'as without --dry-run' "$out" "$(cat net.yaml)"
exits 1 'a folder that is not there' warren graph chain.yaml -o none/x.dot --dry-run
like 'is named, with the remedy' "$err" '^warren: none/x.dot: cannot be written: No such file or directory; make the folder'
exits 1 'a folder in place of a file' warren graph chain.yaml -o /tmp --dry-run -f dot
like 'is named' "$err" '^warren: /tmp: cannot be written: Is a directory; name a file'

# netns
sleep 1000 &
sleeper=$!
wait_for grep -qx sleep /proc/$sleeper/comm
touch plain
save_state
ok 'netns add' warren netns -dry-run add red
is 'says so' "$out" '+ namespace red'
ok 'netns attach' warren netns --dry-run attach red $sleeper
is 'says which' "$out" "+ namespace red: that of process $sleeper"
leak_check 'nothing was made'
fails 'netns attach of no process' warren netns -dry-run attach red 999999999
like 'is the error that it is without' "$err" 'there is no such process'
warren netns add red
warren netns add blue
warren netns set blue 5
mkdir /run/netns/folder
save_state
fails 'netns add of a name that is taken' warren --dry-run netns add red
is 'is the error that it is without' "$err" "$(warren netns add red 2>&1)"
ok 'netns set' warren netns -dry-run set red 7
is 'says which' "$out" '~ namespace red: id 7'
ok 'netns set auto' warren netns -dry-run set red auto
exits 2 'netns set of an id that is taken' warren netns -dry-run set red 5
like 'is an error' "$err" 'another one has the id 5'
exits "$(warren netns set blue 6 2>/dev/null; echo $?)" 'netns set where there is an id' warren netns -dry-run set blue 6
like 'is an error' "$err" 'has the id 5'
exits "$(warren netns set nope 6 2>/dev/null; echo $?)" 'netns set of no name' warren netns -dry-run set nope 6
is 'is the error that it is without' "$err" "$(warren netns set nope 6 2>&1)"
ok 'netns delete' warren netns -dry-run del red
is 'says so' "$out" '- namespace red'
for name in nope folder; do
	fails "netns delete of $name" warren netns -dry-run delete $name
	is 'is the error that it is without' "$err" "$(warren netns delete $name 2>&1)"
done
exits 1 'netns -all delete' warren netns -dry-run -all delete
is 'has a row a name' "$(sort <<<"$out")" $'- namespace blue\n- namespace red'
like 'and the error of what it would not delete' "$err" 'folder.*a directory'
run warren netns -j -dry-run -all delete
is 'as JSON' "$(field "sorted((s['do'], s['name']) for s in d['steps'])")" "[('delete', 'blue'), ('delete', 'red')]"
is 'ids are as before' "$(warren netns list 2>/dev/null | sort)" "$(printf 'blue (id: 5)\nfolder\nred')"
leak_check 'nothing changed'
for command in list exec pids identify monitor list-id; do
	exits 255 "netns $command" warren netns -dry-run $command red true
	like 'takes no -dry-run' "$err" "\"$command\" takes no -dry-run"
done
rmdir /run/netns/folder
ok 'netns -all delete' warren netns -all delete
kill $sleeper
wait $sleeper 2>/dev/null
exits 2 'a verb that changes nothing takes none' warren --dry-run ping
like 'and says so' "$err" 'ping takes no --dry-run'

# An ordinary user: neither a process nor a file is left.
as_user true
if ! as_user unshare -Ur true 2>/dev/null; then
	skip 'as an ordinary user' 'the kernel does not let users make user namespaces'
	done_testing
fi
chmod 644 ./*.yaml
save_state
for what in 'up --dry-run chain.yaml' 'plan chain.yaml' 'down --dry-run chain.yaml' 'netns -dry-run add red' \
	"netns -dry-run attach red $$"; do
	# shellcheck disable=SC2086 # words
	run as_user warren $what
	case $what in
	*attach*) like "as an ordinary user: $what" "$err" "somebody else's" ;;
	*) is "as an ordinary user: $what" "$rc" 0 ;;
	esac
	is 'makes no file' "$(ls -A "$tmp/user/run")" ''
	leak_check 'and no process'
done
ok 'as an ordinary user: up --dry-run' as_user warren up --dry-run chain.yaml
is 'prints the steps' "$(rows '\+')" "$(grep -c '^+' <<<"$(warren plan chain.yaml)")"
as_user warren up chain.yaml >/dev/null
holder=$(cut -d' ' -f1 "$tmp/user/run/warren/holder.lock")
state() {
	find "$tmp/user/run" -type f ! -name '*.lock' -exec cksum {} + | sort
	cat "$tmp/user/run/warren/holder.lock"
	as_user warren exec host ip netns list | sort
}
before=$(state)
ok 'down --dry-run' as_user warren down --dry-run chain
like 'says what goes' "$out" '^- namespace near$'
ok 'netns -all delete' as_user warren netns -dry-run -all delete
is 'says what goes' "$(sort <<<"$out")" $'- namespace far\n- namespace near'
ok 'up --dry-run' as_user warren up --dry-run chain.yaml
is 'has nothing to do' "$out" 'chain: nothing to do'
is 'all is as before' "$(state)" "$before"
ok 'the process still holds it' kill -0 "$holder"
ok 'down' as_user warren down chain
done_testing
