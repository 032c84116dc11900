# SPDX-License-Identifier: GPL-2.0-or-later
"""The networks that are measured, and what each contender needs to make one.

A network is written once, as what it consists of. From that come the topology
file for warren, the input of raw (raw.h), batches for `ip`, and a shell script
that works as articles on the subject show it. Addresses and routes are those
that the machine has after `warren up` (state.py): all contenders get the same.
"""

import ipaddress
import json
import os
import random
import struct
from collections import namedtuple

# A cable's second end may be a port: `master` is then the bridge, in the same node.
Cable = namedtuple("Cable", "a a_if b b_if master", defaults=[None])


class Network:
    def __init__(self, name, kind, size):
        self.name, self.kind, self.size = name, kind, size
        self.nodes, self.routers, self.bridges, self.cables = [], set(), [], []
        self.topology = []  # lines of the topology file
        self.more = []      # the same with one link more
        self.pairs = []     # who must reach whom

    def index(self):
        """Interfaces of each node, in the order of the cables: {node: {interface: number}}."""
        found = {n: {"lo": 1} for n in self.nodes}
        for node, name in self.bridges:
            found[node][name] = len(found[node]) + 1
        for c in self.cables:
            found[c.a][c.a_if] = len(found[c.a]) + 1
            found[c.b][c.b_if] = len(found[c.b]) + 1
        return found


def star(n):
    net = Network(f"star{n}", "star", n)
    hosts = [f"h{i}" for i in range(1, n + 1)]
    net.nodes = hosts + ["sw"]
    net.bridges = [("sw", "sw")]
    net.cables = [Cable(h, "eth0", "sw", f"{h}-eth0", "sw") for h in hosts]
    net.topology, net.more = (
        [f"name: {net.name}", f"namespaces: {{'h[1-{k}]': }}",
         f"switches: {{sw: {{subnet: 10.77.0.0/16, ports: ['h[1-{k}]']}}}}"] for k in (n, n + 1))
    pick = random.Random(1)
    net.pairs = [(hosts[0], hosts[-1])] + [tuple(pick.sample(hosts, 2)) for _ in range(8)]
    return net


def routed(name, kind, size, edges, loopbacks):
    """Routers joined by links: edges are pairs of numbers from 1 on."""
    net = Network(name, kind, size)
    net.nodes = [f"r{i}" for i in range(1, size + 1)]
    ends = {n: 0 for n in net.nodes}
    net.topology = [f"name: {name}", "routing: static"]
    if loopbacks:
        net.topology.append("loopbacks: 198.48.0.0/16")
    net.topology += ["namespaces:", f"  r[1-{size}]: {{forwarding: true}}", "links:"]
    for i, k in edges:
        a, b = f"r{i}", f"r{k}"
        cable = Cable(a, f"e{ends[a]}", b, f"e{ends[b]}")
        ends[a] += 1
        ends[b] += 1
        net.cables.append(cable)
        net.topology.append(f"  - endpoints: ['{a}:{cable.a_if}', '{b}:{cable.b_if}']")
    net.more = net.topology + [f"  - endpoints: ['r1:more', 'r{size // 2 + 1}:more']"]
    net.routers = set(net.nodes)
    return net


def chain(n):
    net = routed(f"chain{n}", "chain", n, [(i, i + 1) for i in range(1, n)], False)
    # Within a packet's time to live.
    pick = random.Random(1)
    for _ in range(8):
        i = pick.randrange(1, n + 1)
        k = min(n, max(1, i + pick.randrange(-50, 51)))
        net.pairs.append((f"r{i}", f"r{k}"))
    net.pairs.append(("r1", f"r{min(n, 50)}"))
    return net


def mesh(n, links, loopbacks=False):
    """A tree that prefers well connected nodes, and links between such nodes on top."""
    pick, edges, ends = random.Random(42), [], [1]
    for i in range(2, n + 1):
        edge = (pick.choice(ends) if pick.random() < 0.8 else pick.randrange(1, i), i)
        edges.append(edge)
        ends += edge
    known = set(edges)
    while len(edges) < links:
        a, b = sorted((pick.choice(ends), pick.choice(ends)))
        if a != b and (a, b) not in known:
            known.add((a, b))
            edges.append((a, b))
    net = routed(f"mesh{n}", "mesh", n, edges, loopbacks)
    net.pairs = [tuple(pick.sample(net.nodes, 2)) for _ in range(12)]
    return net


def pair():
    net = routed("pair", "pair", 2, [(1, 2)], False)
    net.pairs = [("r1", "r2"), ("r2", "r1")]
    return net


def write(path, text):
    with open(path, "wb" if isinstance(text, bytes) else "w") as f:
        f.write(text)
    return path


def write_topology(net, folder):
    """NAME.yaml, and NAME-more.yaml with one link more. Before anything is known of addresses."""
    write(f"{folder}/{net.name}-more.yaml", "\n".join(net.more) + "\n")
    return write(f"{folder}/{net.name}.yaml", "\n".join(net.topology) + "\n")


# ---- for raw ----

def name16(s):
    return s.encode().ljust(16, b"\0")


class RawRoutes:
    """Hops, sets of hops and routes, numbered as raw wants them."""

    OBJECTS_FROM = 32  # routes of a node from which nexthop objects pay

    def __init__(self):
        self.hops, self.sets, self.members, self.routes = [], [], [], []

    def add_node(self, ns, routes, index):
        objects = len(routes) >= self.OBJECTS_FROM
        hops, sets, last = {}, {}, 0
        for hop in sorted({h for via in routes.values() for h in via}):
            last += objects
            hops[hop] = len(self.hops)
            via, dev = hop
            self.hops.append((ns, last if objects else 0, address(via), index[dev]))
        for to, via in routes.items():
            if via not in sets:
                last += objects and len(via) > 1
                sets[via] = len(self.sets)
                ident = 0 if not objects else self.hops[hops[via[0]]][1] if len(via) == 1 else last
                self.sets.append((ns, ident, len(self.members), len(via)))
                self.members += [hops[h] for h in via]
            prefix = ipaddress.ip_network(to)
            self.routes.append((ns, sets[via], address(str(prefix.network_address)), prefix.prefixlen))


def address(text):
    """As the C program finds it in memory: network order."""
    return int.from_bytes(ipaddress.ip_address(text).packed, "little")


def write_raw(net, state, folder):
    number = {n: i for i, n in enumerate(net.nodes)}
    index = net.index()
    parts = RawRoutes()
    for node in net.nodes:
        parts.add_node(number[node], state[node]["routes"], index[node])
    ns = [struct.pack("=16sI", name16(n), n in net.routers) for n in net.nodes]
    bridges = [struct.pack("=II16s", number[n], index[n][b], name16(b)) for n, b in net.bridges]
    cables = sorted(net.cables, key=lambda c: number[c.a])
    links = [struct.pack("=IIII16s16s", number[c.a], index[c.a][c.a_if], number[c.b],
                         index[c.b][c.b_if], name16(c.a_if), name16(c.b_if)) for c in cables]
    ends = [struct.pack("=III", number[c.b], index[c.b][c.b_if],
                        index[c.b][c.master] if c.master else 0)
            for c in sorted(net.cables, key=lambda c: number[c.b])]
    addrs = [struct.pack("=IIII", number[n], index[n][dev], address(a.split("/")[0]), int(a.split("/")[1]))
             for n in net.nodes for dev, a in state[n]["addresses"]]
    arrays = [ns, bridges, links, ends, addrs,
              [struct.pack("=IIII", *h) for h in parts.hops],
              [struct.pack("=IIII", *s) for s in parts.sets],
              [struct.pack("=I", m) for m in parts.members],
              [struct.pack("=IIII", *r) for r in parts.routes]]
    head = struct.pack("=10I", 0x57415231, *(len(a) for a in arrays))
    return write(f"{folder}/{net.name}.raw", head + b"".join(b"".join(a) for a in arrays))


# ---- for ip and the shell ----

def route_words(to, via):
    if len(via) == 1:
        return f"route add {to} via {via[0][0]} dev {via[0][1]}"
    return f"route add {to} " + " ".join(f"nexthop via {v} dev {d}" for v, d in via)


def by_node(net, state):
    """What is done inside each node once its links are there."""
    ends = {n: [] for n in net.nodes}
    for c in net.cables:
        ends[c.a].append(f"link set {c.a_if} up")
        ends[c.b].append(f"link set {c.b_if}" + (f" master {c.master}" if c.master else "") + " up")
    for n in net.nodes:
        yield n, (["link set lo up"] + ends[n] +
                  [f"addr add {a} dev {dev}" for dev, a in state[n]["addresses"]] +
                  [route_words(to, via) for to, via in state[n]["routes"].items()])


def write_batches(net, state, folder):
    """The best that `ip` can do: links made where they belong, few processes."""
    where = f"{folder}/{net.name}.batch"
    os.makedirs(where, exist_ok=True)
    first = [f"netns add {n}" for n in net.nodes]
    first += [f"netns exec {n} sysctl -qw net.ipv4.ip_forward=1" for n in net.nodes if n in net.routers]
    second = [f"link add {c.a_if} netns {c.a} type veth peer name {c.b_if} netns {c.b}" for c in net.cables]
    write(f"{where}/0", "\n".join(first + second) + "\n")
    script = ["#!/bin/sh", "set -e", f"ip -batch {where}/0"]
    for node, name in net.bridges:
        script.append(f"ip -n {node} link add {name} type bridge forward_delay 0")
        script.append(f"ip -n {node} link set {name} up")
    # Routes of a node need the far ends of its cables up: two rounds.
    links, routes = [], []
    for node, lines in by_node(net, state):
        ups = [l for l in lines if not l.startswith("route")]
        rest = [l for l in lines if l.startswith("route")]
        links.append(f"ip -n {node} -batch {write(f'{where}/{node}', chr(10).join(ups) + chr(10))}")
        if rest:
            path = write(f"{where}/{node}.routes", "\n".join(rest) + "\n")
            routes.append(f"ip -n {node} -batch {path}")
    return write(f"{where}/up.sh", "\n".join(script + links + routes) + "\n")


def write_article(net, state, folder):
    """As most articles do it: a pair made in the host, its ends moved, a command a step."""
    out = ["#!/bin/sh", "set -e"]
    out += [f"ip netns add {n}" for n in net.nodes]
    out += [f"ip netns exec {n} sysctl -qw net.ipv4.ip_forward=1" for n in net.nodes if n in net.routers]
    for node, name in net.bridges:
        out.append(f"ip netns exec {node} ip link add {name} type bridge forward_delay 0")
        out.append(f"ip netns exec {node} ip link set {name} up")
    for i, c in enumerate(net.cables):
        out.append(f"ip link add va{i} type veth peer name vb{i}")
        out.append(f"ip link set va{i} netns {c.a} name {c.a_if}")
        out.append(f"ip link set vb{i} netns {c.b} name {c.b_if}")
    links, routes = [], []
    for node, lines in by_node(net, state):
        for l in lines:
            (routes if l.startswith("route") else links).append(f"ip netns exec {node} ip {l}")
    return write(f"{folder}/{net.name}.article.sh", "\n".join(out + links + routes) + "\n")


def write_peers(net, state, folder):
    """For peers.py: networks without routes."""
    return write(f"{folder}/{net.name}.peers.json", json.dumps({
        "nodes": net.nodes, "bridges": net.bridges, "cables": net.cables,
        "addresses": {n: state[n]["addresses"] for n in net.nodes}}))


def write_delete(net, folder):
    return write(f"{folder}/{net.name}.delete.sh",
                 "\n".join(["#!/bin/sh"] + [f"ip netns del {n}" for n in net.nodes]) + "\n")
