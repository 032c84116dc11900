# SPDX-License-Identifier: GPL-2.0-or-later
"""Random topologies, and random edits of them, for tests that compare two ways to the same network.

A Net is what a file says, in parts that an edit can get hold of; text() writes the file (JSON is
YAML too). Not every edit gives a file that makes sense: who uses this lets `warren check` decide.
"""
import copy
import json

KINDS = []  # of standalone interfaces; who brings the networks up puts in what the kernel has
LONG = "a-name-of-more-than-fifteen-bytes"


def subnet(k, six):
    return f"fd00:{k:x}::/64" if six else f"10.{k >> 8}.{k & 255}.0/24"


def address(k, host, six):
    return f"fd00:{k:x}::{host:x}/64" if six else f"10.{k >> 8}.{k & 255}.{host}/24"


class Net:
    """nodes: NAME -> what its mapping says; links and switches likewise, as the file has them."""

    def __init__(self, rng):
        self.rng = rng
        self.counter = 1
        self.nodes, self.links, self.switches = {}, [], {}
        self.top = {"routing": rng.choice(["none", "static", "static"])}
        for _ in range(rng.randint(2, 4)):
            self.add_node()
        if rng.random() < 0.5:
            self.nodes[f"h[1-{rng.randint(2, 3)}]"] = {}
        for _ in range(rng.randint(1, 4)):
            self.add_link()
        if rng.random() < 0.7:
            self.add_switch()
        for _ in range(rng.randint(0, 4)):
            self.edit()

    def copy(self):
        other = copy.copy(self)
        for part in ("nodes", "links", "switches", "top"):
            setattr(other, part, copy.deepcopy(getattr(self, part)))
        return other

    def text(self):
        nodes = {n: s for n, s in self.nodes.items() if s is not None}
        return json.dumps(dict(self.top, name="random", namespaces=nodes, links=self.links,
                               switches=self.switches), indent=1)

    # ------------------------------------------------ what there is

    def number(self):
        self.counter += 1
        return self.counter

    def plain(self):
        """Nodes that are neither a range nor the host."""
        return [n for n in self.nodes if "[" not in n and n != "host"]

    def ends(self):
        """Every (node, interface) that is named in the file."""
        found = [e for link in self.links for e in link["endpoints"]]
        found += [p for s in self.switches.values() for p in s["ports"]]
        return [tuple(e.split(":")) for e in found if ":" in e]

    def near(self, node):
        """Addresses of others on links with a node, for routes: (router, six)."""
        found = []
        for link in self.links:
            names = [e.split(":")[0] for e in link["endpoints"]]
            if node not in names or "addresses" not in link:
                continue
            other = link["addresses"][1 - names.index(node)]
            found += [(a.split("/")[0], ":" in a) for a in other]
        return found

    def rename(self, old, new):
        """A word is another one, wherever the file has it."""
        def walk(x):
            if isinstance(x, dict):
                return {walk(k): walk(v) for k, v in x.items()}
            if isinstance(x, list):
                return [walk(v) for v in x]
            if isinstance(x, str):
                return ":".join(new if w == old else w for w in x.split(":"))
            return x
        for part in ("nodes", "links", "switches"):
            setattr(self, part, walk(getattr(self, part)))

    # ------------------------------------------------ edits

    def add_node(self):
        name = f"n{self.number()}"
        self.nodes[name] = {}
        return name

    def free_interface(self, node):
        used = {i for n, i in self.ends() if n == node}
        names = ["eth0", "eth1", "eth2", "up", LONG, "wan"]
        if node == "host":
            names = ["w0", "w1", LONG]
        left = [i for i in names if i not in used]
        return left[0] if self.rng.random() < 0.6 and left else (left or ["x%d" % self.number()])[-1]

    def add_link(self):
        rng = self.rng
        nodes = self.plain() + (["host"] if rng.random() < 0.3 else [])
        if len(nodes) < 2:
            return
        a, b = rng.sample(nodes, 2)
        k = self.number()
        link = {"endpoints": [f"{a}:{self.free_interface(a)}", f"{b}:{self.free_interface(b)}"]}
        kind = rng.random()
        if kind < 0.6:
            six = rng.choice([[False], [False], [False, True], [True]])
            link["addresses"] = [[address(k, host, s) for s in six] for host in (1, 2)]
        elif kind < 0.9:
            link["subnet"] = rng.choice([subnet(k, False), subnet(k, True),
                                         [subnet(k, False), subnet(k, True)], "none"])
        self.links.append(link)

    def add_switch(self):
        rng = self.rng
        k = self.number()
        ports = [n for n in self.nodes if rng.random() < 0.6 and n != "host"]
        if rng.random() < 0.2:
            ports.append("host")
        sw = {"ports": [p if rng.random() < 0.7 or "[" in p else f"{p}:{self.free_interface(p)}"
                        for p in ports], "subnet": subnet(k, rng.random() < 0.3)}
        self.switches[f"s{k}"] = sw

    def node(self, host=0.1):
        """The mapping of a node, mostly an inner one."""
        rng = self.rng
        if rng.random() < host:
            return "host", self.nodes.setdefault("host", {})
        name = rng.choice(list(self.nodes))
        return name, self.nodes[name]

    def edit(self):
        """One random change. @return what it was"""
        edits = [n for n in dir(self) if n.startswith("edit_")]
        name = self.rng.choice(edits)
        getattr(self, name)()
        return name[5:]

    def edit_add_link(self):
        self.add_link()

    def edit_add_switch(self):
        if len(self.switches) < 2:
            self.add_switch()

    def edit_add_leaf(self):
        if len(self.nodes) < 7:
            a = self.rng.choice(self.plain() or ["host"])
            b = self.add_node()
            k = self.number()
            self.links.append({"endpoints": [f"{a}:{self.free_interface(a)}", b],
                               "subnet": subnet(k, False)})

    def edit_remove_link(self):
        if self.links:
            self.links.pop(self.rng.randrange(len(self.links)))

    def edit_remove_switch(self):
        if self.switches:
            self.switches.pop(self.rng.choice(list(self.switches)))

    def edit_remove_node(self):
        name = self.rng.choice(list(self.nodes))
        if len(self.nodes) < 3:
            return
        del self.nodes[name]
        self.links = [k for k in self.links
                      if all(e.split(":")[0] != name for e in k["endpoints"])]
        for s in self.switches.values():
            s["ports"] = [p for p in s["ports"] if p.split(":")[0] != name]

    def edit_rename_node(self):
        if self.plain():
            self.rename(self.rng.choice(self.plain()), f"n{self.number()}")

    def edit_rename_interface(self):
        if not self.ends():
            return
        node, iface = self.rng.choice(self.ends())
        new = self.free_interface(node)
        for link in self.links:
            link["endpoints"] = [f"{node}:{new}" if e == f"{node}:{iface}" else e
                                 for e in link["endpoints"]]
        for s in self.switches.values():
            s["ports"] = [f"{node}:{new}" if e == f"{node}:{iface}" else e for e in s["ports"]]
        spec = self.nodes.get(node) or {}
        if iface in spec.get("interfaces", {}):
            spec["interfaces"][new] = spec["interfaces"].pop(iface)

    def edit_swap_interfaces(self):
        """Two interfaces of one node change places."""
        by_node = {}
        for n, i in self.ends():
            by_node.setdefault(n, []).append(i)
        two = [(n, i) for n, i in by_node.items() if len(i) > 1]
        if not two:
            return
        node, ifaces = self.rng.choice(two)
        a, b = self.rng.sample(ifaces, 2)
        swap = {f"{node}:{a}": f"{node}:{b}", f"{node}:{b}": f"{node}:{a}"}
        for link in self.links:
            link["endpoints"] = [swap.get(e, e) for e in link["endpoints"]]
        for s in self.switches.values():
            s["ports"] = [swap.get(e, e) for e in s["ports"]]

    def edit_replug(self):
        """One end of a cable goes to another node."""
        if self.links and self.plain():
            link = self.rng.choice(self.links)
            node = self.rng.choice(self.plain())
            link["endpoints"][self.rng.randrange(2)] = f"{node}:{self.free_interface(node)}"

    def edit_swap_addresses(self):
        links = [k for k in self.links if "addresses" in k]
        if links:
            link = self.rng.choice(links)
            link["addresses"].reverse()

    def edit_exchange_addresses(self):
        """Two links change their addresses with each other."""
        links = [k for k in self.links if "addresses" in k]
        if len(links) > 1:
            a, b = self.rng.sample(links, 2)
            a["addresses"], b["addresses"] = b["addresses"], a["addresses"]

    def edit_renumber(self):
        where = self.links + list(self.switches.values())
        if where:
            it = self.rng.choice(where)
            if "addresses" in it or ("endpoints" in it and self.rng.random() < 0.5):
                it.pop("subnet", None)
                k = self.number()
                it["addresses"] = [[address(k, h, False)] for h in (1, 2)]
            else:
                it["subnet"] = subnet(self.number(), self.rng.random() < 0.3)
                it.pop("address", None)

    def edit_prefix_length(self):
        links = [k for k in self.links if "addresses" in k]
        if links:
            link = self.rng.choice(links)
            link["addresses"] = [[a.replace("/24", "/25") if "/24" in a else a.replace("/25", "/24")
                                  for a in end] for end in link["addresses"]]

    def edit_one_more_address(self):
        links = [k for k in self.links if "addresses" in k]
        if links:
            link = self.rng.choice(links)
            for end, host in zip(link["addresses"], self.rng.choice([(1, 2), (9, 8)])):
                end.insert(self.rng.randrange(len(end) + 1),
                           address(self.number() if host < 3 else 77, host, False))

    def edit_one_address_less(self):
        links = [k for k in self.links if len(k.get("addresses", [[]])[0]) > 1]
        if links:
            for end in self.rng.choice(links)["addresses"]:
                if end:
                    end.pop(0)

    def edit_switch_address(self):
        """The bridge moves between the host and a namespace of its own."""
        if not self.switches:
            return
        s = self.rng.choice(list(self.switches.values()))
        if s.pop("address", None):
            return
        net = s.get("subnet", "")
        if isinstance(net, str) and "/" in net:
            base, plen = net.split("/")
            s["address"] = base[:-1] + "1/" + plen if ":" not in net else base + "1/" + plen

    def edit_switch_field(self):
        if self.switches:
            s = self.rng.choice(list(self.switches.values()))
            key, value = self.rng.choice([("mtu", 1400), ("mtu", 9000), ("cost", 5), ("stp", True),
                                          ("ageing_time", 10), ("mcast_snooping", False)])
            if s.get(key) == value:
                del s[key]
            else:
                s[key] = value

    def edit_port(self):
        if not self.switches:
            return
        s = self.rng.choice(list(self.switches.values()))
        if s["ports"] and self.rng.random() < 0.5:
            s["ports"].pop(self.rng.randrange(len(s["ports"])))
        else:
            s["ports"].append(self.rng.choice(list(self.nodes)))

    def edit_range(self):
        """A range gets longer or shorter."""
        ranges = [n for n in self.nodes if "[" in n]
        if ranges:
            self.rename(ranges[0], f"h[1-{self.rng.randint(1, 5)}]")
        else:
            self.nodes["h[1-2]"] = {}

    def edit_routing(self):
        self.top["routing"] = "none" if self.top["routing"] == "static" else "static"

    def edit_loopbacks(self):
        if self.top.pop("loopbacks", None) is None:
            self.top["loopbacks"] = self.rng.choice(["192.168.7.0/24",
                                                     ["192.168.7.0/24", "fd77::/64"]])

    def edit_link_field(self):
        if self.links:
            link = self.rng.choice(self.links)
            key, value = self.rng.choice([("mtu", 1300), ("mtu", 9000), ("mtu", 1000), ("cost", 7)])
            if link.get(key) == value:
                del link[key]
            else:
                link[key] = value

    def edit_interface(self):
        """A setting of one interface comes, or goes."""
        if not self.ends():
            return
        node, iface = self.rng.choice(self.ends())
        spec = self.nodes.setdefault(node, {}).setdefault("interfaces", {})
        if iface in spec and self.rng.random() < 0.5:
            del spec[iface]
            return
        k = self.number()
        spec[iface] = dict(spec.get(iface, {}), **self.rng.choice([
            {"mac": f"02:00:00:00:00:{k & 255:02x}"}, {"mtu": 1300}, {"mtu": 9000}, {"up": False},
            {"addresses": [address(k, 5, False)]}, {"addresses": [address(k, 6, True)]}]))

    def edit_standalone(self):
        """An interface of a kind of its own comes, goes, or becomes one of another kind."""
        node, spec = self.node()
        ifaces = spec.setdefault("interfaces", {})
        name = self.rng.choice(["alone", "other", LONG[::-1]])
        if (node, name) in self.ends() or not KINDS:
            return
        if name in ifaces and self.rng.random() < 0.5:
            del ifaces[name]
            return
        k = self.number()
        ifaces[name] = dict(self.rng.choice([
            {}, {"mtu": 1300}, {"up": False}, {"addresses": [address(k, 7, False)]},
            {"addresses": [address(k, 8, True)]}]), type=self.rng.choice(KINDS))

    def edit_lo(self):
        _, spec = self.node(0.05)
        if "lo" in spec.get("interfaces", {}):
            del spec["interfaces"]["lo"]
        else:
            k = self.number()
            spec.setdefault("interfaces", {})["lo"] = {
                "addresses": [f"10.{k >> 8}.{k & 255}.1/32", f"fd00:{k:x}::1/128"][:self.rng.randint(1, 2)]}

    def edit_flag(self):
        _, spec = self.node()
        key, value = self.rng.choice([("forwarding", True), ("forwarding", False), ("ipv6", "on"),
                                      ("ipv6", "off"), ("ipv6", "auto")])
        if spec.get(key) == value:
            del spec[key]
        else:
            spec[key] = value

    def edit_sysctl(self):
        _, spec = self.node()
        key, value = self.rng.choice([("net.ipv4.ip_default_ttl", "99"), ("net.ipv4.tcp_ecn", "1"),
                                      ("net.ipv4.ip_local_port_range", "2000 3000"),
                                      ("net.ipv4.conf.lo.arp_filter", "1")])
        sysctls = spec.setdefault("sysctls", {})
        if sysctls.get(key) == value:
            del sysctls[key]
        else:
            sysctls[key] = value

    def edit_files(self):
        _, spec = self.node(0)
        key, value = self.rng.choice([("dns", {"servers": ["10.9.9.9"]}),
                                      ("dns", {"servers": ["10.9.9.8"], "search": ["lab"]}),
                                      ("hosts", {"printer": "10.9.9.7"})])
        if spec.get(key) == value:
            del spec[key]
        else:
            spec[key] = value

    def edit_route(self):
        """A route comes, goes, or gets other hops or another kind."""
        name, spec = self.node()
        routes = spec.setdefault("routes", [])
        rng = self.rng
        if routes and rng.random() < 0.5:
            if rng.random() < 0.5:
                routes.pop(rng.randrange(len(routes)))
                return
            to = rng.choice(routes)["to"]
        else:
            to = rng.choice(["10.200.0.0/16", "10.201.0.0/24", "default", "fd99::/64",
                             f"10.20{rng.randint(2, 9)}.0.0/24"])
        routes[:] = [r for r in routes if r["to"] != to or "metric" in r]
        via = [r for r, six in self.near(name) if six == (":" in to)]
        if not via or rng.random() < 0.3:
            route = {"to": "10.210.0.0/16" if to == "default" else to,
                     "type": rng.choice(["blackhole", "unreachable", "prohibit"])}
        else:
            route = {"to": to, "via": rng.sample(via, rng.randint(1, min(2, len(via))))}
        if rng.random() < 0.3:
            route["metric"] = rng.choice([10, 1024, 2000])
        if rng.random() < 0.2:
            route["table"] = 100
        routes.append(route)

    def edit_gateway(self):
        name, spec = self.node(0)
        via = [r for r, _ in self.near(name)]
        if not spec.pop("gateway", None) and via:
            spec["gateway"] = self.rng.choice(via)

    def edit_rule(self):
        _, spec = self.node()
        rules = spec.setdefault("rules", [])
        if rules and self.rng.random() < 0.5:
            rules.pop(self.rng.randrange(len(rules)))
        else:
            rule = self.rng.choice([
                {"from": "10.50.0.0/16", "table": 100}, {"fwmark": 7, "table": 101},
                {"to": "fd50::/64", "action": "prohibit"},
                {"from": "10.51.0.0/16", "table": 100, "priority": 500}])
            if "priority" not in rule or rule not in rules:  # that one twice is an error
                rules.insert(0, rule)
