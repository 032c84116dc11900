#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Other programs that make networks, where they are installed.

    peers.py has NAME                which of them can be used here: exit code 0
    peers.py pyroute2 FILE           make a network (FILE: JSON of networks.write_peers())
    peers.py mininet star N          a star of N hosts on a Linux bridge: make it, have every host
                                     ping every other, take it down; prints {"step": ms, ...}

Mininet's networks live as long as its process, and its hosts have no names in
/run/netns, so its end state is what its own pingAll() finds.
"""

import json
import shutil
import sys
import time


def has(name):
    # Mininet's own needs, of which its package only recommends some
    if name == "mininet" and not all(shutil.which(p) for p in ("mnexec", "brctl", "ifconfig", "ping")):
        return False
    try:
        __import__({"mininet": "mininet.net"}.get(name, name))
    except ImportError:
        return False
    return True


def pyroute2(path):
    from pyroute2 import IPRoute, netns

    with open(path, encoding="utf-8") as f:
        net = json.load(f)

    def inside(node):
        netns.pushns(node)
        ip = IPRoute()
        netns.popns()
        return ip

    for node in net["nodes"]:
        netns.create(node)
    ips = {node: inside(node) for node in net["nodes"]}
    for node, name in net["bridges"]:
        ips[node].link("add", ifname=name, kind="bridge", br_forward_delay=0)
        ips[node].link("set", index=ips[node].link_lookup(ifname=name)[0], state="up")
    for a, a_if, b, b_if, master in net["cables"]:
        ips[a].link("add", ifname=a_if, kind="veth", peer={"ifname": b_if, "net_ns_fd": b})
        far = ips[b].link_lookup(ifname=b_if)[0]
        more = {"master": ips[b].link_lookup(ifname=master)[0]} if master else {}
        ips[b].link("set", index=far, state="up", **more)
        ips[a].link("set", index=ips[a].link_lookup(ifname=a_if)[0], state="up")
    for node, addresses in net["addresses"].items():
        ips[node].link("set", index=1, state="up")
        for dev, address in addresses:
            host, plen = address.split("/")
            ips[node].addr("add", index=ips[node].link_lookup(ifname=dev)[0], address=host, prefixlen=int(plen))


def mininet(kind, n):
    from mininet.log import setLogLevel
    from mininet.net import Mininet
    from mininet.nodelib import LinuxBridge
    from mininet.topo import Topo

    class Star(Topo):
        def build(self):
            switch = self.addSwitch("s1")
            for i in range(1, n + 1):
                self.addLink(self.addHost(f"h{i}"), switch)

    assert kind == "star"
    setLogLevel("error")
    times = {}

    def timed(step, fn):
        start = time.monotonic()
        got = fn()
        times[step] = (time.monotonic() - start) * 1000
        return got

    net = Mininet(topo=Star(), switch=LinuxBridge, controller=None, ipBase="10.77.0.0/16", build=False)
    timed("up", lambda: (net.build(), net.start()))
    lost = timed("all pairs", lambda: net.pingAll(timeout="1"))
    timed("down", net.stop)
    json.dump({"ms": times, "lost": lost}, sys.stdout)


def main():
    what, rest = sys.argv[1], sys.argv[2:]
    if what == "has":
        return 0 if has(rest[0]) else 1
    if what == "pyroute2":
        pyroute2(rest[0])
    else:
        mininet(rest[0], int(rest[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
