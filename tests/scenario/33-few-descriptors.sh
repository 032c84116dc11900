# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# A network of more namespaces than files may be open; and where even the first cannot be, it is said and all taken back.
. "$(dirname "$0")/lib.sh"
need ip ping

cat >tree.yaml <<'EOF'
name: tree
routing: static
namespaces: {root: , 'r[1-2]': , 'a[1-40]': , 'b[1-40]': }
switches:
  s1: {ports: [r1, 'a[1-40]']}
  s2: {ports: [r2, 'b[1-40]']}
links:
- endpoints: [root, 'r[1-2]']
EOF

ulimit -Sn 20
ok '85 namespaces with 20 descriptors' warren up tree.yaml
like 'nothing to do' "$(warren up tree.yaml)" 'nothing to do'
ok 'no drift' warren status tree.yaml
ok 'one end reaches the other' ip netns exec a40 ping -c1 -W2 -q "$(ip -n b40 -4 -br addr show eth0 | awk '{sub("/.*", "", $3); print $3}')"
ok 'down' warren down tree
leak_check 'nothing is left'

# shellcheck disable=SC2016 # for the other shell
fails 'with 5 it is refused' sh -c 'ulimit -Sn 5; exec "$@"' sh "$WARREN" up tree.yaml
like 'and said' "$err" 'Too many open files'
leak_check 'and nothing is left'
done_testing
