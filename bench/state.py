# SPDX-License-Identifier: GPL-2.0-or-later
"""What a network is like on the machine, told by other programs than those that made it.

Run inside a sandbox: prints the state of all named namespaces as JSON, and
pings. Read by run outside of it.
"""

import ctypes
import json
import os
import subprocess
import sys

NETNS = "/run/netns"
SETTINGS = ("ipv4/ip_forward", "ipv6/conf/default/disable_ipv6", "ipv4/conf/all/rp_filter")
BRIDGE = ("forward_delay", "stp_state", "vlan_filtering", "ageing_time", "mcast_snooping")


LIBC = ctypes.CDLL(None, use_errno=True)


def enter(node):
    with open(f"{NETNS}/{node}", encoding="ascii") as f:
        if LIBC.setns(f.fileno(), 0x40000000) < 0:  # CLONE_NEWNET
            raise OSError(ctypes.get_errno(), node)


def ip(node, *words):
    """Not `ip -n`, which makes a mount namespace each time: with thousands of nodes that takes its time."""
    out = subprocess.run(["ip", "-j", "-d", *words], stdout=subprocess.PIPE, check=True,
                         preexec_fn=lambda: enter(node)).stdout
    return json.loads(out or "[]")


def interfaces(node):
    found = {}
    for link in ip(node, "addr", "show"):
        info = link.get("linkinfo", {})
        found[link["ifname"]] = {
            "kind": info.get("info_kind", "lo"),
            "up": "UP" in link["flags"],
            "carrier": "LOWER_UP" in link["flags"],
            "mtu": link["mtu"],
            "master": link.get("master"),
            "bridge": {k: info["info_data"][k] for k in BRIDGE} if info.get("info_kind") == "bridge" else None,
            "addresses": [f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"] if a["family"] == "inet"],
            "ipv6": [a["local"] for a in link["addr_info"] if a["family"] == "inet6" and link["ifname"] != "lo"],
        }
    return found


def routes(node):
    """{prefix: sorted hops}, without those of connected networks."""
    found = {}
    for r in ip(node, "route", "show"):
        if r.get("protocol") == "kernel":
            continue
        hops = r.get("nexthops", [r])
        to = {"default": "0.0.0.0/0"}.get(r["dst"], r["dst"])
        to += "" if "/" in to else "/32"
        found[to] = sorted([h["gateway"], h["dev"]] for h in hops)
    return found


def settings(node):
    found = {}
    enter(node)
    for key in SETTINGS:
        with open(f"/proc/sys/net/{key}", encoding="ascii") as f:
            found[key] = f.read().strip()
    return found


def hosts(node):
    """The names that a process in it finds in its /etc/hosts, besides the machine's own."""
    path = f"/etc/netns/{node}/hosts"
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as f:
        names = {line.split()[1] for line in f if line.strip()}
    return sorted(names - {"localhost"})


def ping(source, address):
    """Whether one reply comes within some time: on a busy machine the first requests of a long path are lost,
    as each hop of it has to find its neighbour's address first, in a table that all namespaces share."""
    return subprocess.run(["ping", "-q", "-c1", "-w90", address], stdout=subprocess.DEVNULL, check=False,
                          preexec_fn=lambda: enter(source)).returncode == 0


def main():
    # Pairs to ping, as node and node: the address is the first that is not 127.0.0.1.
    pairs = [p.split(":") for p in sys.argv[1:]]
    state = {n: {"interfaces": interfaces(n), "routes": routes(n), "hosts": hosts(n)} for n in sorted(os.listdir(NETNS))}
    lost = []
    for a, b in pairs:
        addresses = [x for i in state[b]["interfaces"].values() for x in i["addresses"]]
        to = next(x for x in addresses if not x.startswith("127.")).split("/")[0]
        if not ping(a, to):
            lost.append(f"{a} > {b} ({to})")
    for n in state:  # last, as it goes into each namespace
        state[n]["settings"] = settings(n)
    json.dump({"state": state, "lost": lost}, sys.stdout)


if __name__ == "__main__":
    main()
