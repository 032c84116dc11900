# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured: which networks, which contenders, which steps, and what is asked of the figures."""

import copy
import glob
import json
import os
import subprocess
import sys
import tempfile
import time

import networks

HERE = os.path.dirname(os.path.abspath(__file__))
SANDBOX = os.path.join(HERE, "..", "tools", "sandbox")

# What a contender's end state lacks or has besides: said in the table, and left out of the comparison.
DIFFERS = {
    "raw": "no MAC addresses of its own, marks, hosts files, journal; exec: the network namespace only",
    "raw as": "up and down: as raw, with the names of all nodes in /etc/netns; exec as warren does it: a mount namespace, "
              "/sys, files read-only, a host name; no files of /etc/netns",
    "ip -batch": "as raw; IPv6 left on",
    "article loop": "as raw; IPv6 left on",
    "pyroute2": "as raw; IPv6 left on; stars only",
    "Mininet": "nothing under /run/netns; a process a host; ping(8) for each pair",
}

PEERS = ["/usr/bin/python3", os.path.join(HERE, "peers.py")]  # the system's, which has Debian's packages


def kernel_is_at_work():
    """Whether it takes network namespaces apart: a kworker's name ends with what it works on now."""
    for comm in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(comm, encoding="utf-8") as f:
                if f.read().strip().endswith("+netns"):
                    return True
        except OSError:
            pass # it ended
    return False


def settle():
    """What the one before left for the kernel to do is not the next one's: at most 20 s."""
    idle = 0
    for _ in range(1000):
        idle = 0 if kernel_is_at_work() else idle + 1
        if idle == 3:
            return
        time.sleep(0.02)


# As systemd has it each mount is shared. A sandbox's /etc is a union in memory; what hosts files
# cost is that of the disk's file system.
AS_ON_A_HOST = 'mount --make-rshared / && mkdir -p /etc/netns && mount --bind "$0" /etc/netns && exec "$@"'


class Bench:
    """How things are run, and what was found."""

    def __init__(self, warren, folder, reps, full):
        self.warren, self.folder, self.reps, self.full = warren, folder, reps, full
        self.raw, self.clock = f"{folder}/raw", f"{folder}/clock"
        self.against = None # names of contenders; None: all
        self.wrong = []   # what was not as it should be
        self.figures = {} # (case, contender, step) -> [ms]
        self.cpu = {}     # the same: what the processors worked for it
        self.memory = {}  # (case, contender, step) -> KiB

    def say(self, text):
        print(f"# {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)

    def sandbox(self, command, as_user=False):
        env = dict(os.environ, **({"SANDBOX_USER": "1"} if as_user else {}))
        return subprocess.run([SANDBOX, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=env, text=True, check=False)

    def time(self, case, contender, steps, as_user=False):
        """Run steps (name, words) in a new sandbox; names that begin with '_' are not kept."""
        command = [self.clock]
        for name, words in steps:
            command += [name, *words, ";"]
        settle()
        with tempfile.TemporaryDirectory(dir=self.folder) as etc:
            out = self.sandbox(["sh", "-c", AS_ON_A_HOST, etc, *command], as_user)
        for line in out.stdout.splitlines():
            got = json.loads(line)
            if got["status"]:
                self.wrong.append(f"{case}: {contender}: {got['step']} ended with {got['status']}: "
                                  + out.stderr.strip()[-300:])
            elif not got["step"].startswith("_"):
                key = (case, contender, got["step"])
                self.figures.setdefault(key, []).extend(got["ms"])
                self.cpu.setdefault(key, []).extend(got["cpu_ms"])
                self.memory[key] = max(self.memory.get(key, 0), got["rss_kib"])

    def state(self, net, command):
        """What a network is after a command, and which pairs do not reach each other."""
        pairs = [f"{a}:{b}" for a, b in net.pairs]
        script = f"set -e; {command} >&2; exec python3 {HERE}/state.py {' '.join(pairs)}"
        out = self.sandbox(["sh", "-c", script])
        if out.returncode:
            return None, [out.stderr.strip()[-300:]]
        got = json.loads(out.stdout)
        return got["state"], got["lost"]


class Contender:
    def __init__(self, name, up, down):
        self.name, self.up, self.down = name, up, down


def for_generators(state):
    return {n: {"addresses": [(dev, a) for dev, i in s["interfaces"].items() for a in i["addresses"]
                              if not a.startswith("127.")],
                "routes": {to: tuple(map(tuple, hops)) for to, hops in s["routes"].items()}}
            for n, s in state.items()}


def contenders_of(bench, net, article, files):
    """Write the inputs of all contenders; check that each makes the same network and that it works."""
    topology = networks.write_topology(net, bench.folder)
    warren = Contender("warren", [bench.warren, "up", "-q", topology], [bench.warren, "down", "-q", net.name])
    wanted, lost = bench.state(net, " ".join(warren.up))
    if wanted is None or lost:
        bench.wrong.append(f"{net.name}: warren: {'; '.join(lost)}")
        return []
    given = for_generators(wanted)
    delete = networks.write_delete(net, bench.folder)
    raw = networks.write_raw(net, given, bench.folder)
    found = [warren,
             Contender("raw", [bench.raw, "up", raw], [bench.raw, "down", raw]),
             Contender("ip -batch", ["sh", networks.write_batches(net, given, bench.folder)], ["sh", delete])]
    if files:
        found.append(Contender("raw as", [bench.raw, "up-as", raw], [bench.raw, "down-as", raw]))
    if article:
        found.append(Contender("article loop", ["sh", networks.write_article(net, given, bench.folder)], ["sh", delete]))
    if net.kind == "star" and has_peer("pyroute2"):
        found.append(Contender("pyroute2", [*PEERS, "pyroute2", networks.write_peers(net, given, bench.folder)],
                               ["sh", delete]))
    found = [warren] + [c for c in found[1:] if not bench.against or c.name in bench.against]
    for c in found[1:]:
        state, lost = bench.state(net, " ".join(c.up))
        difference = lost or differences(wanted, state, "IPv6 left on" in DIFFERS[c.name], c.name != "raw as")
        if difference:
            bench.wrong.append(f"{net.name}: {c.name}: {'; '.join(difference[:5])}")
    return found


def has_peer(name):
    return subprocess.run([*PEERS, "has", name], stderr=subprocess.DEVNULL, check=False).returncode == 0


def differences(want, have, ipv6_may_differ, files_may_differ):
    found = []
    if want.keys() != have.keys():
        return [f"namespaces {sorted(want.keys() ^ have.keys())[:5]}"]
    for node, w in copy.deepcopy(want).items():
        h = have[node]
        if ipv6_may_differ:
            for s in (w, h):
                s = s["settings"].pop("ipv6/conf/default/disable_ipv6", None)
            for s in (w, h):
                for i in s["interfaces"].values():
                    i["ipv6"] = []
        for part in w:
            if w[part] != h[part] and not (part == "hosts" and files_may_differ):
                found.append(f"{node}: {part}: {first_difference(w[part], h[part])}")
    return found


def first_difference(a, b):
    if isinstance(a, list):
        return f"{a[:5]} is {b[:5]}"
    for key in sorted(a.keys() | b.keys()):
        if a.get(key) != b.get(key):
            return f"{key}: {a.get(key)} is {b.get(key)}"
    return ""


# ---- the cases ----

def measure_up(bench, net, article=False, files=False):
    """up and down of one network by all contenders; for warren also what follows an up."""
    case = net.name
    bench.say(f"{case}: end states")
    found = contenders_of(bench, net, article, files)
    more = [bench.warren, "up", "-q", f"{bench.folder}/{net.name}-more.yaml"]
    for rep in range(bench.reps):
        for c in found:
            if rep and (c.name == "article loop" and net.size > 10 or c.name == "pyroute2" and net.size > 100):
                continue  # it takes minutes, and its figure is not a close one
            bench.say(f"{case}: {c.name} {rep + 1}/{bench.reps}")
            steps = [("up", c.up)]
            if c.name == "warren":
                steps += [("again", c.up), ("status", [bench.warren, "status", "-q", net.name]), ("more", more)]
            bench.time(case, c.name, steps + [("down", c.down)])


def measure_release(bench, net):
    """Until the kernel has let go of all, in a user namespace, where that can be known."""
    case = net.name
    for rep in range(bench.reps):
        for c in contenders_ready(bench, net):
            if c.name != "warren" and bench.against and c.name not in bench.against:
                continue
            bench.say(f"{case}: release, {c.name} {rep + 1}/{bench.reps}")
            bench.time(case, c.name, [("_up", c.up), ("_settle", ["sleep", "1"]), ("returned", c.down),
                                      ("released", ["released"])], as_user=True)


def contenders_ready(bench, net):
    folder = bench.folder
    return [Contender("warren", [bench.warren, "up", "-q", f"{folder}/{net.name}.yaml"],
                      [bench.warren, "down", "-q", net.name]),
            Contender("raw", [bench.raw, "up", f"{folder}/{net.name}.raw"],
                      [bench.raw, "down", f"{folder}/{net.name}.raw"]),
            Contender("raw as", [bench.raw, "up-as", f"{folder}/{net.name}.raw"],
                      [bench.raw, "down-as", f"{folder}/{net.name}.raw"]),
            Contender("ip -batch", [bench.raw, "up", f"{folder}/{net.name}.raw"],
                      ["sh", f"{folder}/{net.name}.delete.sh"])]


def measure_namespaces(bench, n):
    """Namespaces with a setting each, and no links."""
    case = f"namespaces{n}"
    text = f"name: {case}\nnamespaces:\n  n[1-{n}]: {{forwarding: true}}\n"
    path = networks.write(f"{bench.folder}/{case}.yaml", text)
    for rep in range(bench.reps):
        bench.say(f"{case} {rep + 1}/{bench.reps}")
        bench.time(case, "warren", [("up", [bench.warren, "up", "-q", path]), ("again", [bench.warren, "up", "-q", path])])
        bench.time(case, "raw", [("up", [bench.raw, "namespaces", str(n)])])


def measure_exec(bench, n):
    case, times = f"exec{n}", 100 if bench.full else 10
    # The first one makes /run/netns a mount of its own, as it is wherever ip netns or Warren were before.
    make = [("_first", ["ip", "netns", "add", "n0"]), ("_up", [bench.raw, "namespaces", str(n)])]
    for rep in range(bench.reps):
        bench.say(f"{case} {rep + 1}/{bench.reps}")
        for name, words in (("raw", [bench.raw, "exec", "n1", "true"]),
                            ("raw as", [bench.raw, "exec-as", "n1", "true"]),
                            ("warren", [bench.warren, "exec", "n1", "true"]),
                            ("net-only", [bench.warren, "exec", "--net-only", "n1", "true"]),
                            ("netns exec", [bench.warren, "netns", "exec", "n1", "true"]),
                            ("ip", ["ip", "netns", "exec", "n1", "true"])):
            bench.time(case, name, make + [(f"exec*{times}", words)])


def measure_netns(bench, n, processes):
    """The words of `ip netns`, with n namespaces and processes in them."""
    case = f"netns{n}"
    # The processes are in namespaces by turns; they end with the sandbox.
    crowd = f"i=0; while [ $i -lt {processes} ]; do i=$((i + 1)); {bench.raw} exec n$((i % {n} + 1)) sleep 3600 & done"
    make = [("_up", [bench.raw, "namespaces", str(n)]), ("_crowd", ["sh", "-c", crowd]), ("_settle", ["sleep", "2"])]
    each = f"for i in $(seq 1 {n}); do ip netns pids n$i; done"
    for rep in range(bench.reps):
        bench.say(f"{case} {rep + 1}/{bench.reps}")
        for name, netns in (("warren", [bench.warren, "netns"]), ("ip", ["ip", "netns"])):
            steps = list(make)
            for _ in range(20):
                steps += [("add", netns + ["add", "x"]), ("delete", netns + ["delete", "x"])]
            steps += [("list*20", netns + ["list"]), ("pids*10", netns + ["pids", "n1"])]
            if name == "warren":
                steps.append(("pids all", [bench.warren, "netns", "-all", "pids"]))
            elif rep == 0:
                steps.append(("pids all", ["sh", "-c", each]))
            bench.time(case, name, steps)


def measure_ping(bench, n):
    net = networks.star(n)
    topology = networks.write_topology(net, bench.folder)
    for rep in range(bench.reps):
        bench.say(f"ping{n} {rep + 1}/{bench.reps}")
        bench.time(f"ping{n}", "warren", [("_up", [bench.warren, "up", "-q", topology]),
                                          ("all pairs", [bench.warren, "ping", "-q", topology])])
        measure_mininet(bench, f"ping{n}", n, rep)


def measure_mininet(bench, case, n, rep):
    """A star by Mininet. With more than 30 hosts it meets the limit of the machine's neighbour
    table, loses pings and waits for each."""
    if n > 30 or not has_peer("mininet") or bench.against and "Mininet" not in bench.against:
        return
    bench.say(f"{case}: Mininet")
    out = bench.sandbox([*PEERS, "mininet", "star", str(n)])
    if out.returncode:
        bench.wrong.append(f"{case}: Mininet: {out.stderr.strip()[-300:]}")
        return
    got = json.loads(out.stdout)
    bench.say(f"{case}: Mininet: {got}")
    for step, ms in got["ms"].items():
        bench.figures.setdefault((case, "Mininet", step), []).append(ms)
        bench.cpu.setdefault((case, "Mininet", step), []).append(0)


def quick_cases():
    return [
        ("pair", lambda b: measure_up(b, networks.pair(), article=True)),
        ("star10", lambda b: measure_up(b, networks.star(10), article=True)),
        ("chain10", lambda b: measure_up(b, networks.chain(10), article=True)),
        ("mesh20", lambda b: measure_up(b, networks.mesh(20, 40))),
        ("star100", lambda b: (measure_up(b, networks.star(100)), measure_release(b, networks.star(100)))),
        ("exec10", lambda b: measure_exec(b, 10)),
        ("netns10", lambda b: measure_netns(b, 10, 50)),
        ("ping10", lambda b: measure_ping(b, 10)),
    ]


def full_cases():
    both = lambda net, article=False: lambda b: (measure_up(b, net, article, files=True), measure_release(b, net))
    return [
        ("pair", lambda b: measure_up(b, networks.pair(), article=True)),
        ("star10", lambda b: measure_up(b, networks.star(10), article=True)),
        ("star100", lambda b: measure_up(b, networks.star(100), article=True)),
        ("star1000", both(networks.star(1000), article=True)),
        ("star500", lambda b: measure_up(b, networks.star(500))),
        ("chain10", lambda b: measure_up(b, networks.chain(10), article=True)),
        ("chain100", lambda b: measure_up(b, networks.chain(100))),
        ("chain1000", both(networks.chain(1000))),
        ("chain2000", lambda b: measure_up(b, networks.chain(2000))),
        ("mesh200", lambda b: measure_up(b, networks.mesh(200, 400))),
        ("mesh750", lambda b: measure_up(b, networks.mesh(750, 900, loopbacks=True))),
        ("namespaces1000", lambda b: measure_namespaces(b, 1000)),
        ("namespaces2000", lambda b: measure_namespaces(b, 2000)),
        ("exec1", lambda b: measure_exec(b, 1)),
        ("exec100", lambda b: measure_exec(b, 100)),
        ("exec1000", lambda b: measure_exec(b, 1000)),
        ("netns1000", lambda b: measure_netns(b, 1000, 5000)),
        ("ping30", lambda b: measure_ping(b, 30)),
        ("ping100", lambda b: measure_ping(b, 100)),
    ]


def run(bench, only):
    for name, case in full_cases() if bench.full else quick_cases():
        if not only or only in name or only == f"={name}":
            case(bench)
