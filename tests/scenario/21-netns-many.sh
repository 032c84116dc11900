# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Processes in a thousand namespaces: who is where, compared with a pass over /proc of the test's own.
. "$(dirname "$0")/lib.sh"
need python3

cat >sleepers.py <<'E1'
"""2000 processes: most in one of the first 900 names, a few hundred of them together in n1, some in
namespaces without a name, some where this one is. Ends them with its own standard input."""
import ctypes
import os
import signal
import sys

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def go(i):
    """Whether the i-th process is where it belongs."""
    if i < 1400:
        name = 'n%d' % (i % 900 + 1) if i < 1100 else 'n1'
        return libc.setns(os.open('/run/netns/' + name, os.O_RDONLY), CLONE_NEWNET) == 0
    return libc.unshare(CLONE_NEWNET) == 0 if i < 1500 else True


ready, told = os.pipe()
pids = []
for i in range(2000):
    pid = os.fork()
    if pid == 0:
        os.close(0)
        os.write(told, b'y' if go(i) else b'n')
        signal.pause()
        os._exit(1)
    pids.append(pid)
answers = b''
while len(answers) < len(pids):
    answers += os.read(ready, 4096)
print('all' if answers == b'y' * len(pids) else 'not all', flush=True)
sys.stdin.read()
for pid in pids:
    os.kill(pid, signal.SIGKILL)
for pid in pids:
    os.waitpid(pid, 0)
E1

cat >look.py <<'E1'
"""What `pids` of all and of each and `identify` should say, and how many did not."""
import os
import subprocess
import sys

warren = os.environ['WARREN']


def said(*args):
    r = subprocess.run(['timeout', '100', warren, 'netns', *args], capture_output=True, text=True, check=False)
    return r.stdout if r.returncode == 0 else '%d: %s' % (r.returncode, r.stderr)


def processes():
    """Pids by the inode of their namespace, and the other way round."""
    there, of = {}, {}
    for pid in sorted(int(p) for p in os.listdir('/proc') if p.isdigit()):
        try:
            inode = os.stat('/proc/%d/ns/net' % pid).st_ino
        except OSError:
            continue
        there.setdefault(inode, []).append(pid)
        of[pid] = inode
    return there, of


names = {name: os.stat('/run/netns/' + name).st_ino for name in os.listdir('/run/netns')}
there, of = processes()
mine = os.stat('/proc/self/ns/net').st_ino
wrong = []
want = ''.join('\nnetns: %s\n' % name + ''.join('%d\n' % p for p in there.get(inode, []))
               for name, inode in names.items())
if said('-all', 'pids') != want:
    wrong.append('pids of all')
for name in ['n1', 'n2', 'n900', 'n901', 'n1000'] + list(names)[::50]:
    if said('pids', name) != ''.join('%d\n' % p for p in there.get(names[name], [])):
        wrong.append('pids ' + name)
name_of = {inode: name for name, inode in names.items()}
for pid in list(of)[::40] + [p for p in of if of[p] != mine and of[p] not in name_of][::30]:
    if said('identify', str(pid)) != name_of.get(of[pid], '') + '\n':
        wrong.append('identify %d' % pid)
in_names = [len(there.get(inode, [])) for inode in names.values()]
print(len(names), sum(in_names), max(in_names), sum(not n for n in in_names))
print('\n'.join(wrong))
sys.exit(bool(wrong))
E1

echo 'namespaces: {"n[1-1000]": }' >many.yaml
ok 'a thousand names' warren up many.yaml
mkfifo end
python3 -B sleepers.py <end >ready &
sleepers=$!
exec 9>end
wait_for test -s ready
is 'two thousand processes' "$(cat ready)" all
ok 'pids and identify say what /proc says' python3 -B look.py
is 'of as many as there should be' "$(head -1 <<<"$out")" '1000 1400 302 100'
exec 9>&-
wait "$sleepers"
ok 'down' warren down many
done_testing
