# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures as a table, and which of them are out of bounds."""

import os
import platform
import statistics
from collections import namedtuple

import cases

# One row: a figure of warren beside another one. `bound`: at most this many times the other's median,
# plus `plus` milliseconds; less than 1 says how much faster. `by`: the contender whose figure it is.
Row = namedtuple("Row", "what case step other bound plus by")


# Of the C program's time, that warren may take for the same.
RAW_UP = 1.25


def rows():
    found = []

    def against(what, case, step, other, bound, plus=0.0, by="warren"):
        found.append(Row(what, case, step, other, bound, plus, by))

    for n in (10, 100, 500, 1000):
        against(f"up, star of {n}", f"star{n}", "up", ("raw", "up"), RAW_UP)
    for n in (10, 100, 1000, 2000):
        against(f"up, chain of {n}", f"chain{n}", "up", ("raw", "up"), RAW_UP)
    for n, factor in ((100, 2.5), (1000, 4)):
        against(f"up, star of {n}", f"star{n}", "up", ("ip -batch", "up"), 1 / factor)
    for n in (10, 100, 1000):
        against(f"up, chain of {n}", f"chain{n}", "up", ("ip -batch", "up"), 1 / 5)
    for name in ("star10", "star100", "star1000", "chain10"):
        against(f"up, {name}", name, "up", ("article loop", "up"), 1 / 50)
    against("up, mesh of 200, 400 links", "mesh200", "up", ("raw", "up"), 1.3)
    against("up, mesh of 200, 400 links", "mesh200", "up", ("ip -batch", "up"), 1 / 3.5)
    against("up, mesh of 750, 900 links", "mesh750", "up", ("raw", "up"), 1.3)
    against("up, mesh of 750, 900 links", "mesh750", "up", ("ip -batch", "up"), 1 / 3.5)
    against("up, mesh of 20", "mesh20", "up", ("raw", "up"), None)
    against("up, 2 nodes", "pair", "up", ("raw", "up"), 1.5)
    against("up, 2 nodes", "pair", "up", ("article loop", "up"), 1 / 10)
    for n in (1000, 2000):
        against(f"up, {n} namespaces with settings", f"namespaces{n}", "up", ("raw", "up"), RAW_UP)
    for net in ("star1000", "chain1000"):
        against(f"up again, nothing to do, {net}", net, "again", ("warren", "up"), 0.25)
        against(f"one link added, {net}", net, "more", ("warren", "up"), 0.3)
        against(f"status, {net}", net, "status", ("warren", "up"), 0.5)
    for net in ("star100", "star1000", "chain1000"):
        against(f"down, {net}, until it returns", net, "returned", ("raw", "returned"), 1.5)
        against(f"down, {net}, until it returns", net, "returned", ("raw as", "returned"), 1.5)
        against(f"down, {net}, until all is released", net, "released", ("raw", "released"), 1.15)
        against(f"down, {net}, until it returns", net, "returned", ("ip -batch", "returned"), 1 / 10)
    for n in (1, 10, 100, 1000):
        against(f"exec, {n} namespaces", f"exec{n}", "exec", ("raw", "exec"), 1.0, 0.1)
        against(f"exec, {n} namespaces", f"exec{n}", "exec", ("raw as", "exec"), 1.1)
        against(f"exec, {n} namespaces", f"exec{n}", "exec", ("ip", "exec"), 1 / 1.5)
        against(f"exec --net-only, {n} namespaces", f"exec{n}", "exec", ("raw", "exec"), 1.0, 0.1, "net-only")
        against(f"exec --net-only, {n} namespaces", f"exec{n}", "exec", ("ip", "exec"), 1 / 1.5, by="net-only")
    for n in (10, 1000):
        for step in ("add", "delete", "list", "pids"):
            against(f"netns {step}, {n} namespaces", f"netns{n}", step, ("ip", step), 1.0)
        against(f"netns pids of all, {n} namespaces", f"netns{n}", "pids all", ("ip", "pids all"), 1 / 50)
    for n in (10, 30, 100):
        against(f"ping, all pairs of {n}", f"ping{n}", "all pairs", *(
            (("Mininet", "all pairs"), 1 / 10) if n <= 30 else (None, None)))
    for n in (10, 100, 1000):
        against(f"up, star of {n}", f"star{n}", "up", ("pyroute2", "up"), None)
    return found


Growth = namedtuple("Growth", "what contender step small large bound")

GROWTH = [
    Growth("up, chain, 1000 to 2000", "warren", "up", "chain1000", "chain2000", 2.3),
    Growth("up, namespaces with settings, 1000 to 2000", "warren", "up", "namespaces1000", "namespaces2000", 2.3),
    Growth("up again, chain, 1000 to 2000", "warren", "again", "chain1000", "chain2000", 2.3),
    Growth("up again, star, 500 to 1000", "warren", "again", "star500", "star1000", 2.3),
    # A bridge takes longer for each port the more it has; 1023 are its limit (BR_MAX_PORTS).
    Growth("up, star, 500 to 1000", "warren", "up", "star500", "star1000", None),
    Growth("the same, raw", "raw", "up", "star500", "star1000", None),
]

# KiB at most, at the peak of up.
MEMORY = [("star1000", 64 << 10), ("chain1000", 64 << 10), ("mesh200", 128 << 10)]


def figure(ms):
    return {"median": statistics.median(ms), "min": min(ms), "n": len(ms)}


def noise(*figures):
    """How far the median of a series is above its least, at most: what a ratio may be off by."""
    return max(f["median"] / f["min"] - 1 for f in figures)


def row(bench, what, mine, other, bound, plus=0.0):
    """A row of the table, or None where it was not measured."""
    got = bench.figures
    if mine not in got or (other and other not in got):
        return None
    a = figure(got[mine])
    r = {"what": what, "case": mine[0], "warren": a, "bound": bound, "plus_ms": plus}
    if other:
        b = figure(got[other])
        r.update(other=other[1] if other[0] == mine[0] else other[0], step=other[2], base=b,
                 ratio=a["median"] / b["median"], noise=noise(a, b))
        mine, base = (statistics.median(bench.cpu[k]) for k in (mine, other))
        r["cpu_ratio"] = mine / base if base else None
    return r


def attainable(bench, r):
    """The bound of a row. How much faster than others it shall be is asked as far as the C program gets there itself."""
    if r.bound is None or not r.other or r.other[1] != "up" or r.other[0] in ("raw", "raw as", "warren"):
        return r.bound
    raw, other = (bench.figures.get((r.case, who, "up")) for who in ("raw", r.other[0]))
    if not raw or not other:
        return r.bound
    return max(r.bound, RAW_UP * statistics.median(raw) / statistics.median(other))


def make(bench):
    found = [row(bench, r.what, (r.case, r.by, r.step), r.other and (r.case, *r.other), attainable(bench, r), r.plus)
             for r in rows()]
    found += [row(bench, g.what, (g.large, g.contender, g.step), (g.small, g.contender, g.step), g.bound)
              for g in GROWTH]
    memory = [{"case": c, "kib": bench.memory[(c, "warren", "up")], "bound": bound}
              for c, bound in MEMORY if (c, "warren", "up") in bench.memory]
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        cpu = next((l.split(":")[1].strip() for l in f if l.startswith("model name")), platform.machine())
    return {"machine": f"{os.cpu_count()} x {cpu}", "kernel": f"{platform.release()} {platform.version()}",
            "load": os.getloadavg(), "reps": bench.reps, "differs": cases.DIFFERS,
            "rows": [r for r in found if r], "memory": memory,
            "all": [{"case": c, "contender": w, "step": s, **figure(ms),
                     "cpu_median": statistics.median(bench.cpu[(c, w, s)])}
                    for (c, w, s), ms in bench.figures.items() if ms]}


def allowed(r):
    return r["bound"] + r["plus_ms"] / r["base"]["median"]


def verdict(r):
    """One run says nothing of how far figures scatter: of one, nothing is said."""
    if r.get("bound") is None or "ratio" not in r or min(r["warren"]["n"], r["base"]["n"]) < 2:
        return ""
    if r["ratio"] <= allowed(r):
        return "ok"
    return "noise" if r["ratio"] <= allowed(r) * (1 + r["noise"]) else "OUT"


def text(result):
    lines = [f"{result['machine']}, {result['kernel']}, load {result['load'][0]:.2f}, {result['reps']} runs, ms", "",
             f"{'what':44} {'warren':>9} {'min':>9}  {'other':30} {'median':>9} {'min':>9} {'ratio':>7} {'bound':>6} {'of cpu':>7}"]
    for r in result["rows"]:
        line = f"{r['what']:44} {r['warren']['median']:9.2f} {r['warren']['min']:9.2f}"
        if "ratio" in r:
            other = f"{r['other']}, {r['step']}" if r["step"] not in r["what"] else r["other"]
            bound = f"{allowed(r):6.2f}" if r["bound"] is not None else " " * 6
            cpu = f"{r['cpu_ratio']:7.2f}" if r["cpu_ratio"] else " " * 7
            line += f"  {other:30} {r['base']['median']:9.2f} {r['base']['min']:9.2f} {r['ratio']:7.2f} {bound} {cpu} {verdict(r)}"
        lines.append(line)
    lines += [f"{'peak memory of up, ' + m['case']:44} {m['kib'] / 1024:9.1f} MiB of at most {m['bound'] / 1024:.0f}"
              for m in result["memory"]]
    lines += ["", "What the others leave out or do besides: "
              + "; ".join(f"{k}: {v}" for k, v in result["differs"].items()) + "."]
    return "\n".join(lines)


def out_of_bounds(result):
    found = [f"{r['what']}: {r['ratio']:.2f} times {r['other']}, at most {allowed(r):.2f} allowed, noise {r['noise']:.2f}"
             for r in result["rows"] if verdict(r) == "OUT"]
    return found + [f"peak memory of up, {m['case']}: {m['kib']} KiB, at most {m['bound']} allowed"
                    for m in result["memory"] if m["kib"] > m["bound"]]
