# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of imported graphs share: readers of GML, GraphML and of the topology file that
`warren import` writes. Made apart from the program's own readers, to compare them with."""
import html
import json
import os
import re
import sys
import xml.etree.ElementTree

WARREN = os.environ.get('WARREN', 'build/warren')
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'data', 'zoo')


class Graph:
    """nodes: list of (id, label); edges: list of (source id, target id)."""

    def __init__(self, nodes, edges):
        self.nodes, self.edges = nodes, edges

    def components(self):
        """Sets of ids that edges join."""
        near = {node: [] for node, _ in self.nodes}
        for a, b in self.edges:
            near[a].append(b)
            near[b].append(a)
        left, found = set(near), []
        for start in near:
            if start not in left:
                continue
            part, todo = set(), [start]
            while todo:
                node = todo.pop()
                if node in left:
                    left.discard(node)
                    part.add(node)
                    todo += near[node]
            found.append(part)
        return found


def read_gml(path):
    with open(path, encoding='utf-8') as f:
        tokens = re.findall(r'"[^"]*"|[][]|[^][\s"]+', f.read())
    nodes, edges, stack = [], [], [('file', {})]
    i = 0
    while i < len(tokens):
        if tokens[i] == ']':
            kind, fields = stack.pop()
            if kind == 'node':
                nodes.append((fields['id'], html.unescape(fields.get('label', ''))))
            elif kind == 'edge':
                edges.append((fields['source'], fields['target']))
            i += 1
        else:
            if tokens[i + 1] == '[':
                stack.append((tokens[i], {}))
            else:
                stack[-1][1].setdefault(tokens[i], tokens[i + 1].strip('"'))
            i += 2
    return Graph(nodes, edges)


def read_graphml(path):
    ns = '{http://graphml.graphdrawing.org/xmlns}'
    root = xml.etree.ElementTree.parse(path).getroot()
    labels = [k.get('id') for k in root.iter(ns + 'key')
              if k.get('for') == 'node' and k.get('attr.name') == 'label']
    nodes = [(n.get('id'), ''.join(d.text or '' for d in n.iter(ns + 'data') if d.get('key') in labels))
             for n in root.iter(ns + 'node')]
    return Graph(nodes, [(e.get('source'), e.get('target')) for e in root.iter(ns + 'edge')])


def read_graph(path):
    return read_graphml(path) if path.endswith('.graphml') else read_gml(path)


def read_topology(text):
    """Names with their comments, and pairs of names, from what `warren import` wrote."""
    nodes, links = [], []
    for line in text.splitlines():
        node = re.fullmatch(r'  ("?)([^":]+)\1:(?:  # (.*))?', line)
        link = re.fullmatch(r'  - \{endpoints: \["?([^",]+)"?, "?([^"\]]+)"?\]\}(?:  # .*)?', line)
        if node:
            nodes.append((node.group(2), node.group(3)))
        elif link:
            links.append(link.groups())
        elif line.startswith(' '):
            raise ValueError('line of another form: ' + line)
    return nodes, links


def files(folder):
    return sorted(os.path.join(folder, f) for f in os.listdir(folder)
                  if f.endswith(('.gml', '.graphml')))


class Tap:
    """Prints test lines; done() gives the exit code."""

    def __init__(self):
        self.n = self.failed = 0

    def test(self, what, good, detail=''):
        self.n += 1
        self.failed += not good
        print('%sok %d - %s' % ('' if good else 'not ', self.n, what), flush=True)
        if not good:
            for line in str(detail).splitlines():
                print('# ' + line)
        return good

    def done(self):
        print('1..%d' % self.n)
        return 1 if self.failed else 0


def reach_differences(graph, yaml, ping):
    """How a `warren ping --json` differs from what the components of the graph say."""
    names = [name for name, _ in read_topology(yaml)[0]]
    name_of = {node: name for (node, _), name in zip(graph.nodes, names)}
    want = {(a, b): False for a in names for b in names if a != b}
    for part in graph.components():
        together = [name_of[node] for node in part]
        want.update({(a, b): True for a in together for b in together if a != b})
    got = {(pair['from'], pair['to']): pair for pair in ping['pairs']}
    lines = []
    for (a, b), ok in sorted(want.items()):
        pair = got.get((a, b), {'status': 'not there'})
        if (pair['status'] == 'ok') != ok:
            lines.append('%s -> %s, which the graph %s: %s' % (
                a, b, 'joins' if ok else 'does not join', json.dumps(pair)))
    return lines + ['%s -> %s is no pair of the graph' % pair for pair in sorted(set(got) - set(want))]


def main(args):
    """zoo.py GRAPH TOPOLOGY PING: prints where what ping found differs; 0 if nowhere."""
    with open(args[1], encoding='utf-8') as topology, open(args[2], encoding='utf-8') as ping:
        lines = reach_differences(read_graph(args[0]), topology.read(), json.load(ping))
    print('\n'.join(lines[:20]))
    return 1 if lines else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
