#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`warren import` of the graphs in tests/data/zoo, and in the folder $WARREN_ZOO if that is set,
compared with what readers of their own find in them. Each must pass `warren check`."""
import os
import platform
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import zoo  # noqa: E402


def warren(*args):
    return subprocess.run([zoo.WARREN, *args], capture_output=True, text=True, check=False,
                          env={**os.environ, 'LC_ALL': 'C'})


def differences(graph, text, warnings):
    """What is wrong with an imported graph, one line each."""
    nodes, links = zoo.read_topology(text)
    loops = sum(a == b for a, b in graph.edges)
    wrong = []
    if len(nodes) != len(graph.nodes):
        return ['%d nodes, not %d' % (len(nodes), len(graph.nodes))]
    if len({name.lower() for name, _ in nodes}) != len(nodes):
        wrong.append('names repeat')
    name_of = {}
    for (name, comment), (node, label) in zip(nodes, graph.nodes):
        name_of[node] = name
        if not re.fullmatch(r'[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?', name) or name == 'host':
            wrong.append('name %s' % name)
        if ' '.join(label.split()) != (comment or (name if label else '')):
            wrong.append('label %s became %s' % (label, comment))
    if links != [(name_of[a], name_of[b]) for a, b in graph.edges if a != b]:
        wrong.append('links differ')
    parts = len(graph.components())
    head = '# %d node%s, %d link%s, %d component%s.' % (
        len(nodes), 's' * (len(nodes) != 1), len(links), 's' * (len(links) != 1), parts,
        's' * (parts != 1))
    if text.splitlines()[1] != head:
        wrong.append('head is "%s", not "%s"' % (text.splitlines()[1], head))
    if len(warnings.splitlines()) != loops:
        wrong.append('%d warnings for %d self-loops' % (len(warnings.splitlines()), loops))
    return wrong


def check_file(tap, path, folder):
    name = os.path.basename(path)
    out = os.path.join(folder, name + '.yaml')
    first, second = warren('import', path), warren('import', path, '-o', out)
    if not tap.test(name + ' is imported', first.returncode == 0, first.stderr):
        return
    with open(out, encoding='utf-8') as f:
        tap.test(name + ': the same each time, to a file too',
                 first.stdout == f.read() and second.stdout == '')
    wrong = differences(zoo.read_graph(path), first.stdout, first.stderr)
    tap.test(name + ' has the nodes, labels, links and components of the graph', not wrong,
             '\n'.join(wrong))
    checked = warren('check', out)
    tap.test(name + ' passes check', checked.returncode == 0, checked.stderr)


def write_random(path, nodes, edges):
    """A graph of a size that no file here has, labels repeated."""
    rng = random.Random(1)
    with open(path, 'w', encoding='utf-8') as f:
        f.write('graph [\n')
        for i in range(nodes):
            f.write('node [ id %d label "City %d" ]\n' % (i, rng.randrange(nodes // 2)))
        for _ in range(edges):
            f.write('edge [ source %d target %d ]\n' % (rng.randrange(nodes), rng.randrange(nodes)))
        f.write(']\n')


def refusals(tap, folder):
    broken = os.path.join(folder, 'broken.gml')
    for what, text, want in [
            ('a string without an end', 'graph [\n  label "x\n', r'broken\.gml:2:9: string'),
            ('an edge to nothing', 'graph [ node [ id 1 ]\n edge [ source 1 target 2 ] ]',
             r'broken\.gml:2:2: edge to'),
            ('XML that is none', '<graphml>\n<a></b>', r'broken\.gml:2:\d+: not well-formed'),
            ('a binary file', 'a\0b', r'broken\.gml:1:2: a zero byte')]:
        with open(broken, 'w', encoding='utf-8') as f:
            f.write(text)
        r = warren('import', broken)
        tap.test('refused with its place: ' + what,
                 r.returncode == 1 and r.stdout == '' and re.search(want, r.stderr), r.stderr)
    with open('/dev/full', 'w', encoding='utf-8') as full:
        r = subprocess.run([zoo.WARREN, 'import', zoo.files(zoo.DATA)[0]], stdout=full,
                           stderr=subprocess.PIPE, text=True, check=False)
    # musl forgets what it could not write, and with it why.
    why = 'No space' if platform.libc_ver()[0] == 'glibc' else 'No space|write error'
    tap.test('a full disk is an error', r.returncode == 1 and re.search(why, r.stderr), r.stderr)


def main():
    tap = zoo.Tap()
    with tempfile.TemporaryDirectory() as folder:
        paths = zoo.files(zoo.DATA)
        if os.environ.get('WARREN_ZOO'):
            paths += zoo.files(os.environ['WARREN_ZOO'])
        large = os.path.join(folder, 'large.gml')
        write_random(large, 754, 899)
        for path in paths + [large]:
            check_file(tap, path, folder)
        refusals(tap, folder)
    return tap.done()


sys.exit(main())
