#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`up` on a changed file gives what `up` of the same file gives from nothing.

Random topologies with bridges, parts in the host, static routes and both address families; each
is edited at random, brought up over the one before and again from nothing, and all that ip(8) and
/proc say of both must be the same. In between somebody damages the network by hand. After each
`up`, `status` sees no difference; after each `down`, nothing is left. Prints TAP. SEED=n repeats a
sequence; STEPS is how many files are compared.
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import randomnet

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WARREN = os.environ.get("WARREN") or os.path.join(TOP, "build", "warren")
NETNS = "/run/netns"

# What differs from run to run, or from moment to moment, and says nothing about the network.
NOT_COMPARED = {
    "ifindex", "link_index", "link_netnsid", "link", "operstate", "txqlen", "nhid", "cache",
    "expires", "qdisc", "valid_life_time", "preferred_life_time", "group", "bridge_id", "root_id",
    "root_port", "port_id", "port_no", "no", "designated_port", "designated_bridge", "id",
    "gc_timer", "hello_timer", "tcn_timer", "topology_change_timer", "message_age_timer",
    "forward_delay_timer", "hold_timer", "topology_change", "topology_change_detected",
    "root_path_cost", "tso_max_size", "tso_max_segs", "gso_max_size", "gso_max_segs", "state", "designated_cost", "promiscuity", "allmulti", "mcast_flood",
}
TRANSIENT_FLAGS = {"linkdown", "LOWER_UP", "NO-CARRIER", "dead"}


def clean(x):
    """A dump without what differs by nature; lists in an order of their own."""
    if isinstance(x, dict):
        return {k: clean(v) for k, v in sorted(x.items()) if k not in NOT_COMPARED}
    if isinstance(x, list):
        return sorted((clean(v) for v in x if v not in ({}, *TRANSIENT_FLAGS)),
                      key=lambda v: json.dumps(v, sort_keys=True))
    return x


def json_lists(text):
    """`ip -batch` prints one list a command."""
    found, at, decoder = [], 0, json.JSONDecoder()
    text = text.strip()
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
        while at < len(text) and text[at].isspace():
            at += 1
    return found


# An interface gets such routes and addresses a moment after it first has a carrier, and keeps them
# when it has none; what decides on them is among the settings.
LINK_LOCAL = re.compile("fe80:|ff00::/8")

SETTINGS = ("grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf "
            "/proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_default_ttl "
            "/proc/sys/net/ipv4/tcp_ecn /proc/sys/net/ipv4/ip_local_port_range | sort")


def inside(name, argv, stdin=""):
    if name != "host":
        argv = ["nsenter", f"--net={NETNS}/{name}", *argv]
    p = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
    return p.stdout


def one_namespace(name):
    four = inside(name, ["ip", "-d", "-j", "-b", "-"], "addr\nroute show table all\nrule\n")
    six = inside(name, ["ip", "-6", "-j", "-b", "-"], "route show table all\nrule\n")
    links, routes, rules, routes6, rules6 = json_lists(four) + json_lists(six)
    # Without ARP an interface has no duplicate address detection from the start (-1), which is the same as none (0).
    settings = inside(name, ["sh", "-c", SETTINGS]).replace("/accept_dad:-1", "/accept_dad:0").splitlines()
    no_ipv6 = "/proc/sys/net/ipv6/conf/default/disable_ipv6:1" in settings
    for link in links:
        link["addr_info"] = [a for a in link["addr_info"] if a["scope"] != "link"]
    return {
        "links": {link["ifname"]: clean(link) for link in links},
        "routes": clean([r for r in routes + routes6 if not LINK_LOCAL.match(r["dst"])]),
        "rules": clean([rules, rules6]),
        "settings": [s for s in settings if not no_ipv6 or "/ipv6/" not in s or "disable_ipv6" in s],
    }


def files():
    found = {}
    for folder, _, names in os.walk("/etc/netns", followlinks=True):
        for n in names:
            with open(os.path.join(folder, n), encoding="utf-8") as f:
                found[os.path.join(folder, n)] = f.read()
    return found


def cables():
    """Which interface is plugged into which: both ends know the other's index."""
    names = ["host"] + sorted(os.listdir(NETNS))
    ends, pairs = {}, []
    for n in names:
        for link in json_lists(inside(n, ["ip", "-d", "-j", "-b", "-"], "link\n"))[0]:
            if link.get("linkinfo", {}).get("info_kind") == "veth":
                ends[n, link["ifname"]] = link
    ids = {}
    for n in names:
        listed = json_lists(inside(n, ["ip", "-j", "-b", "-"], "netns list-id\n"))
        ids[n] = {i["nsid"]: i.get("name", "host") for i in (listed or [[]])[0]}
    by_index = {(n, link["ifindex"]): (n, i) for (n, i), link in ends.items()}
    for (n, i), link in ends.items():
        if "link" in link:
            other = (n, link["link"])
        else:
            other = by_index.get((ids[n].get(link.get("link_netnsid")), link.get("link_index")))
        pairs.append(f"{n}:{i} - {':'.join(other) if other else '?'}")
    return sorted(pairs)


def state():
    names = sorted(os.listdir(NETNS)) if os.path.isdir(NETNS) else []
    dump = {n: one_namespace(n) for n in ["host", *names]}
    dump["files"] = files()
    dump["cables"] = cables() if names else []
    dump["state files"] = sorted(os.listdir("/run/warren/net")) if names else os.path.exists("/run/warren")
    return dump


def differences(a, b, where=""):
    """Lines that say where two dumps differ."""
    if a == b:
        return []
    if isinstance(a, dict) and isinstance(b, dict):
        return [line for k in sorted(set(a) | set(b))
                for line in differences(a.get(k), b.get(k), f"{where}/{k}")]
    if isinstance(a, list) and isinstance(b, list):
        less = [x for x in a if x not in b]
        more = [x for x in b if x not in a]
        if less or more:
            return ([f"{where}: only by the change: {json.dumps(x)}" for x in less] +
                    [f"{where}: only from nothing:  {json.dumps(x)}" for x in more])
    return [f"{where}: by the change {json.dumps(a)}, from nothing {json.dumps(b)}"]


def warren(*argv):
    p = subprocess.run([WARREN, *argv], capture_output=True, text=True, check=False, timeout=120)
    return p.returncode, p.stdout + p.stderr


def compact(text):
    return json.dumps(json.loads(text), separators=(",", ":"))


class Failure(Exception):
    """What did not hold."""


def expect(code, *argv):
    got, text = warren(*argv)
    if got != code:
        raise Failure(f"warren {' '.join(argv)}: exit code {got}, not {code}\n{text}")


def settled(want):
    """The kernel lets go of links and tells of carriers a moment later; so look again for a while."""
    for _ in range(300):
        found = differences(state(), want)
        if not found:
            return []
        time.sleep(0.1)
    return found


def calm():
    """What there is once the kernel has done what it does a moment later."""
    last = state()
    for _ in range(300):
        time.sleep(0.1)
        now = state()
        if now == last:
            break
        last = now
    return last


def damage(rng):
    """What a careless administrator does to a network that is up. @return his commands"""
    names = sorted(os.listdir(NETNS))
    done = []
    for _ in range(rng.randint(1, 3)):
        name = rng.choice(names)
        if not os.path.exists(f"{NETNS}/{name}"):
            continue
        links = [link["ifname"] for link in json_lists(inside(name, ["ip", "-j", "link"]))[0]
                 if link["ifname"] != "lo"]
        link = rng.choice(links or ["lo"])
        argv = rng.choice([["ip", "link", "del", link], ["ip", "link", "set", link, "down"],
                           ["ip", "addr", "flush", "dev", link, "scope", "global"], ["ip", "route", "flush", "proto", "static"],
                           ["ip", "link", "set", link, "mtu", "1280"], ["ip", "link", "set", link, "nomaster"],
                           ["ip", "link", "set", link if link != "lo" else "none", "address", "02:00:00:00:99:99"],
                           ["ip", "rule", "del", "priority", "10000"], ["ip", "link", "set", "lo", "down"],
                           ["sysctl", "-qw", "net.ipv4.ip_forward=1"],
                           ["sysctl", "-qw", f"net.ipv6.conf.{link}.disable_ipv6=1"],
                           ["netns", "del"]])
        if argv[0] == "netns":
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        else:
            inside(name, argv)
        done.append(f"{name}: {' '.join(argv)}")
    return done


class Sequence:
    """Files one after the other; what is up is always the last one, made from nothing."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.base = state()
        self.net = self.fresh_net()
        self.story = []

    def valid(self, net):
        with open("random.yaml", "w", encoding="utf-8") as f:
            f.write(net.text())
        return warren("check", "-q", "random.yaml")[0] == 0

    def fresh_net(self):
        while True:
            net = randomnet.Net(self.rng)
            if self.valid(net):
                return net

    def changed_net(self):
        """The net after a few edits that make sense."""
        while True:
            net, edits = self.net, []
            for _ in range(self.rng.randint(1, 4)):
                for _ in range(20):
                    other = net.copy()
                    edit = other.edit()
                    if other.text() != net.text() and self.valid(other):
                        net = other
                        edits.append(edit)
                        break
            if edits and self.valid(net):
                return net, edits

    def up(self):
        expect(0, "up", "random.yaml")
        expect(0, "status", "random.yaml")

    def down(self):
        expect(0, "down", "random")
        left = settled(self.base)
        if left:
            raise Failure("after down there is left:\n" + "\n".join(left))

    def step(self):
        if self.rng.random() < 0.1:
            self.down()
            self.net = self.fresh_net()
            self.up()
        before = self.net.text()
        self.story = []
        try:
            self.compare()
        except Failure as e:
            raise Failure(f"{e}\nbefore: {compact(before)}\nafter: {compact(self.net.text())}") from e

    def compare(self):
        for _ in range(self.rng.choice([1, 1, 2])):
            self.net, edits = self.changed_net()
            self.story.append("edits: " + ", ".join(edits))
            if self.rng.random() < 0.3:
                self.story.append("damage: " + "; ".join(damage(self.rng)))
            self.up()
        first = calm()
        self.down()
        self.up()
        if settled(first):
            raise Failure("the state differs:\n" + "\n".join(differences(first, state())))


def main():
    seed = int(os.environ.get("SEED") or 1)
    steps = int(os.environ.get("STEPS") or 15)
    failed = 0
    os.makedirs(NETNS, exist_ok=True)
    # What is not Warren's, and stays as it is all the time.
    subprocess.run("ip link add mine0 type bridge; "
                   "sysctl -qw net.ipv6.conf.mine0.disable_ipv6=1; ip addr add 172.31.0.1/24 dev mine0; "
                   "ip link set mine0 up; ip route add 172.31.1.0/24 via 172.31.0.9",
                   shell=True, check=False)
    randomnet.KINDS = [k for k in ("dummy", "ifb") if subprocess.run(
        f"ip link add try0 type {k} && ip link del try0", shell=True, capture_output=True, check=False).returncode == 0]
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    print(f"# SEED={seed} STEPS={steps}")
    sequence = Sequence(seed)
    sequence.valid(sequence.net)
    for i in range(1, steps + 1):
        try:
            if i == 1:
                sequence.up()
            sequence.step()
            print(f"ok {i} - {'; '.join(sequence.story)}", flush=True)
        except (Failure, subprocess.TimeoutExpired) as e:
            failed += 1
            print(f"not ok {i} - {'; '.join(sequence.story)}")
            print("\n".join("# " + line for line in str(e).splitlines()), flush=True)
            if os.environ.get("KEEP"):
                subprocess.run(["bash"], check=False)
            warren("down", "random")
            subprocess.run("rm -rf /run/warren; ip -all netns del 2>/dev/null; rm -rf /etc/netns; for n in /run/netns/*; do ip netns del ${n##*/}; done",
                           shell=True, check=False, capture_output=True)
            sequence.net = sequence.fresh_net()
            sequence.base = state()
            warren("up", "random.yaml")
    warren("down", "random")
    os.chdir("/")
    shutil.rmtree(folder)
    print(f"1..{steps}")
    return 1 if failed else 0


if __name__ == "__main__":
    if os.environ.get("SANDBOX") != "1":
        sandbox = os.path.join(TOP, "tools", "sandbox")
        probe = subprocess.run([sandbox, "ip", "link"], capture_output=True, text=True, check=False)
        if probe.returncode:
            print(f"1..0 # SKIP no sandbox or no ip here: {probe.stderr.strip()[-200:]}")
            sys.exit(1 if os.environ.get("CI") else 0)
        os.execv(sandbox, [sandbox, sys.executable, *sys.argv])
    sys.exit(main())
