#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON schema that `warren check --schema` prints, beside what `warren check` says: the schema
refuses nothing that the parser accepts (an editor must not mark what is right), and both refuse
mistyped keys and wrong types."""
import copy
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
try:
    import jsonschema_lite as lite
except ImportError as error:
    print(f"1..0 # SKIP {error}")
    sys.exit(bool(os.environ.get("CI")))
import randomnet  # noqa: E402
import zoo  # noqa: E402

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SEEDS = 200


def warren_check(text, folder):
    """What `warren check` has against a text, "" where it is right."""
    path = os.path.join(folder, "lab.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    r = subprocess.run([zoo.WARREN, "check", path], capture_output=True, text=True, check=False)
    return r.stderr if r.returncode else ""


# One place for each mapping of the file: how a value for one of its keys is put into a file.
def put_top(net, key, value):
    net[key] = value


def put_node(net, key, value):
    net["namespaces"]["a"][key] = value


def put_interface(net, key, value):
    """Of an end of a link; but a field of a kind is one of an interface of that kind, and what else that must have."""
    kind, others = KIND_OF.get(key, (None, {}))
    row = {**others, "type": kind, key: value} if kind else {key: value}
    net["namespaces"]["a"]["interfaces"] = {"alone" if "type" in row else "eth0": row}


def put_route(net, key, value):
    hop = {} if key == "type" else {"via": "10.0.0.2", "dev": "eth0"}
    net["namespaces"]["a"]["routes"] = [{"to": "10.9.0.0/16", **hop, key: value}]


def put_rule(net, key, value):
    others = {"from": {"table": 100}, "table": {"from": "10.0.0.0/8"}, "action": {"from": "10.0.0.0/8"}}
    net["namespaces"]["a"]["rules"] = [{**others.get(key, {"from": "10.0.0.0/8", "table": 100}), key: value}]


def put_dns(net, key, value):
    net["namespaces"]["a"]["dns"] = {key: value}


def put_link(net, key, value):
    if key == "addresses":
        del net["links"][0]["subnet"]
    net["links"][0][key] = value


def put_switch(net, key, value):
    net["switches"]["sw"][key] = value


BASE = {"namespaces": {"a": {}, "b": {}}, "links": [{"endpoints": ["a:eth0", "b:eth0"], "subnet": "10.0.0.0/24"}],
        "switches": {"sw": {"ports": ["a:eth1", "b:eth1"], "subnet": "10.1.0.0/24"}}}

# Field of a kind of interface -> the kind, and values of the fields that it must have; found by trying.
KIND_OF = {}

# Values that are right, by mapping and key; what is missing is a number or a switch (see default_of).
RIGHT = {
    "topology": (put_top, {
        "name": ["lab", 5, 1.5], "vars": [{"x": 1, "y": "z", "n": None, "t": True}, None],
        "pool": ["10.64.0.0/10", ["10.64.0.0/10", "fd01::/48"]], "loopbacks": ["10.128.0.0/24"],
        "namespaces": [{"a": None, "b": {}}], "links": [[], None], "switches": [{}, None],
        "routing": ["none", "static"], "expect": ["a -> b", ["a -> b"], None]}),
    "namespace": (put_node, {
        "interfaces": [{"eth0": None, "eth1": {}}, None], "gateway": ["10.0.0.2", ["10.0.0.2"], []],
        "routes": [[], None, [{"to": "default", "via": "10.0.0.2"}]], "rules": [[], None],
        "sysctls": [{"net.ipv4.ip_default_ttl": 99, "net.ipv4.tcp_ecn": "1"}, None],
        "dns": [{}, None], "hosts": [{"printer": "10.0.0.9", "x": ["10.0.0.8", "fd00::8"]}, None],
        "ipv6": ["on", "off", "auto", True, False, "yes", "No", "OFF"]}),
    "interface": (put_interface, {
        "addresses": ["10.0.0.7/24", ["10.0.0.7/24", "10.0.0.8/24"], []],
        "mac": ["02:00:00:00:00:01", "0A:bc:00:00:00:01"], "type": ["dummy", "ifb"]}),
    "route": (put_route, {
        "to": ["10.9.0.0/16"], "via": ["10.0.0.2", ["10.0.0.2", "10.0.0.3"]], "dev": ["eth0"],
        "table": [100, "main", "local", "default"], "src": ["10.0.0.1"],
        "type": ["blackhole", "unreachable", "prohibit"]}),
    "rule": (put_rule, {
        "from": ["10.0.0.0/8", "10.0.0.1"], "to": ["10.0.0.0/8", "10.0.0.1"], "iif": ["eth0", "lo"], "oif": ["eth1"],
        "fwmark": [16, "0x10", "0x10/0xff"], "table": [100, "main"], "action": ["blackhole", "unreachable"]}),
    "dns": (put_dns, {"servers": ["10.0.0.53", ["10.0.0.53"], []], "search": ["lab", ["lab", "x.y"], None],
                      "options": ["ndots:2", ["ndots:2"], None]}),
    "link": (put_link, {
        "endpoints": [["a:eth0", "b:eth0"]], "subnet": ["10.2.0.0/24", ["10.2.0.0/24", "fd02::/64"], "none"],
        "addresses": [["10.2.0.1/24", "10.2.0.2/24"], [["10.2.0.1/24"], ["10.2.0.2/24"]]]}),
    "switch": (put_switch, {
        "type": ["bridge"], "ports": ["a:eth1", ["a:eth1", "b"], None], "subnet": ["10.3.0.0/24", "none"],
        "address": ["10.1.0.9/24", ["10.1.0.9/24"]], "stp": [True, False],
        "group_fwd_mask": [8], "forward_delay": [4]}),
}
# What is wrong everywhere.
WRONG = [[[["x"]]], {"x": {"y": {"z": 1}}}]
# What may be right here and wrong there: where the schema refuses it, so must the parser.
ANY = [None, True, 5, 1.5, -1, 10 ** 12, "", "text", "10.0.0.1", "10.0.0.0/24", [], ["x"], [None], [5], {}, {"x": 1}, {"x": None},
       [{"x": 1}], "0x10", "yes", "${"]


def mappings(schema, title="topology"):
    """Each mapping of the schema: its title and its properties."""
    yield title, schema["properties"]
    titles = {"namespaces": "namespace", "interfaces": "interface", "routes": "route", "rules": "rule", "dns": "dns",
              "links": "link", "switches": "switch"}
    for key, sub in schema["properties"].items():
        inner = sub.get("additionalProperties", sub.get("items", sub))
        if isinstance(inner, dict) and "properties" in inner:
            yield from mappings(inner, titles[key])


def default_of(sub):
    """Right values of a key that RIGHT does not have."""
    if "integer" in sub.get("type", []):
        return [max(sub["minimum"], min(1400, sub["maximum"]))]
    return [True, False] if "boolean" in sub.get("type", []) else []


def spellings(value, spelled=json.dumps):
    """A scalar as people may write it, as YAML; and by a variable."""
    yield spelled(value), None
    if isinstance(value, bool):
        for word in (("yes", "on", "Y", "True", "ON") if value else ("no", "off", "N", "False", "Off")):
            yield word, None
            yield json.dumps(word), None
    elif isinstance(value, int):
        yield f'"{value}"', None
        yield hex(value), None
        yield f'"{hex(value)}"', None
    if isinstance(value, (bool, int, str)):
        yield '"${v}"', spelled(value)


class Test:
    def __init__(self, folder):
        self.tap, self.folder = zoo.Tap(), folder
        r = subprocess.run([zoo.WARREN, "check", "--schema"], capture_output=True, text=True, check=True)
        self.schema = json.loads(r.stdout)
        try:
            import jsonschema
            self.other = jsonschema.Draft202012Validator(self.schema)
        except (ImportError, AttributeError):
            self.other = None
        self.disagree = []

    def refused(self, text):
        """What the schema has against a file, "" where it is right."""
        found = []
        for version, value in lite.readings(text).items():
            mine = list(lite.errors(value, self.schema))
            if self.other and bool(mine) == self.other.is_valid(value):
                self.disagree.append(f"{mine}: {text}")
            found += [f"YAML {version}: {e}" for e in mine]
        return "\n".join(found)

    def compare(self, text):
        """Where the schema refuses what the parser accepts."""
        by_schema = self.refused(text)
        return f"{by_schema}\nof\n{text}" if by_schema and not warren_check(text, self.folder) else ""

    def files(self):
        paths = sorted(glob.glob(TOP + "/examples/*.yaml") + glob.glob(TOP + "/tests/topo/*.yaml"))
        accepted = 0
        for path in paths:
            with open(path, encoding="utf-8", errors="replace") as f:
                text = f.read()
            r = subprocess.run([zoo.WARREN, "check", path], capture_output=True, check=False)
            if r.returncode == 0:
                accepted += 1
                why = self.refused(text)
                self.tap.test(f"{os.path.relpath(path, TOP)} is right", not why, why)
        self.tap.test("there are such files", accepted > 20)

    def random(self):
        wrong, right = [], 0
        randomnet.KINDS = ["dummy", "ifb"]
        for seed in range(SEEDS):
            text = randomnet.Net(random.Random(seed)).text()
            why = self.refused(text)
            good = not warren_check(text, self.folder)
            right += good
            if good and why:
                wrong.append(f"seed {seed}: {why}")
        self.tap.test(f"{right} random networks are right", right > SEEDS // 4 and not wrong, "\n".join(wrong))

    def values(self):
        for title, known in mappings(self.schema):
            put, right = RIGHT[title]
            if title == "interface":
                self.find_kinds(known)
            for key, sub in known.items():
                values = right.get(key) or default_of(sub)
                self.tap.test(f"{title}: {key}: there is a right value to try", values)
                self.one_key(f"{title}: {key}", put, key, values)

    def find_kinds(self, known):
        """Which kind of interface each key is a field of, where it is one of any."""
        for kind in known["type"]["anyOf"][0]["enum"]:
            others = {}
            for _ in known:
                why = warren_check(json.dumps({"namespaces": {"a": {"interfaces": {"x": {"type": kind, **others}}}}}),
                                   self.folder)
                missing = re.search(r"interface x: (\w+) is missing", why)
                if not missing:
                    break
                others[missing.group(1)] = default_of(known[missing.group(1)])[0]
            for key in set(known) - set(RIGHT["interface"][1]) - {"mtu", "up"}:
                row = {"type": kind, **others, key: default_of(known[key])[0]}
                if not warren_check(json.dumps({"namespaces": {"a": {"interfaces": {"x": row}}}}), self.folder):
                    KIND_OF.setdefault(key, (kind, others))

    def one_key(self, what, put, key, values):
        wrong = []
        for value in values:
            for text, var in spellings(value):
                net = copy.deepcopy(BASE)
                put(net, key, "@VALUE@")
                file = json.dumps(net).replace('"@VALUE@"', text)
                if var is not None:
                    file = file[:-1] + ', "vars": {"v": ' + var + "}}"
                for who, why in (("parser", warren_check(file, self.folder)), ("schema", self.refused(file))):
                    if why:
                        wrong.append(f"the {who} refuses {text} (v: {var}): {why}")
        self.tap.test(f"{what}: right values are right to both", not wrong, "\n".join(wrong))
        wrong = []
        for value in WRONG:
            net = copy.deepcopy(BASE)
            put(net, key, value)
            file = json.dumps(net)
            for who, why in (("parser", warren_check(file, self.folder)), ("schema", self.refused(file))):
                if not why:
                    wrong.append(f"the {who} accepts {value}")
        self.tap.test(f"{what}: wrong types are wrong to both", not wrong, "\n".join(wrong))
        wrong = []
        for value in ANY:
            net = copy.deepcopy(BASE)
            put(net, key, value)
            wrong.append(self.compare(json.dumps(net)))
        self.tap.test(f"{what}: what is wrong to the schema is wrong to the parser", not any(wrong), "\n".join(wrong))
        net = copy.deepcopy(BASE)
        put(net, key, [])
        by_parser, by_schema = warren_check(json.dumps(net), self.folder), self.refused(json.dumps(net))
        self.tap.test(f"{what}: an empty list is right to both or to none", bool(by_parser) == bool(by_schema),
                      by_parser or by_schema)

    def keys(self):
        for title, _ in mappings(self.schema):
            net = copy.deepcopy(BASE)
            RIGHT[title][0](net, "adresses", 1)
            file = json.dumps(net)
            self.tap.test(f"{title}: a key that does not exist is wrong to both",
                          warren_check(file, self.folder) and self.refused(file))
            if title in ("interface", "link", "switch"):
                net = copy.deepcopy(BASE)
                RIGHT[title][0](net, "${k}", 1400)
                file = json.dumps(dict(net, vars={"k": "mtu"}))
                why = warren_check(file, self.folder) + self.refused(file)
                self.tap.test(f"{title}: a key may be a variable", not why, why)
        for what, text in (("what must be there", '{"links": [{"subnet": "10.0.0.0/24"}]}'), ("a list", "[]"),
                           ("nothing", "null"), ("a text", '"text"')):
            self.tap.test(f"{what}: missing or wrong to both", warren_check(text, self.folder) and self.refused(text))


def main():
    with tempfile.TemporaryDirectory() as folder:
        test = Test(folder)
        test.files()
        test.random()
        test.values()
        test.keys()
        if test.other:
            test.tap.test("python3-jsonschema says the same each time", not test.disagree, "\n".join(test.disagree[:5]))
    return test.tap.done()


sys.exit(main())
