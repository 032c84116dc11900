#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`warren netns` against the installed `ip netns`, side by side.

Two fresh sandboxes; each step runs in both: the same arguments, hostile names
included, the same strange files in /run/netns. Compared are the bytes on
standard output, the exit code, and what stands in the directory afterwards.
First a random sequence, where nothing may differ, then DIFFERENCES: each thing
that Warren does in another way, with the reason. Prints TAP. SEED=n repeats a
sequence; its number of steps is STEPS.
"""

import errno
import json
import os
import random
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import time

TOP = os.environ.get("SOURCE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WARREN = os.environ.get("WARREN") or os.path.join(TOP, "build", "warren")
NETNS = "/run/netns"
NSFS_MAGIC = 0x6E736673
RTM_GETNSID, NETNSA_NSID, NETNSA_FD = 90, 1, 3

# ---------------------------------------------------------------- the agent, one in each sandbox


def is_nsfs(path):
    """Whether a file of the nsfs is mounted there: all of them are on one device."""
    try:
        return os.stat(path).st_dev == os.stat("/proc/self/ns/net").st_dev
    except OSError:
        return False


def nsids(fd=None):
    """The ids that the kernel has for other namespaces, or that of one of them."""
    flags = 0x301 if fd is None else 1  # NLM_F_REQUEST, and NLM_F_DUMP
    body = struct.pack("=B3x", socket.AF_UNSPEC)
    if fd is not None:
        body += struct.pack("=HHI", 8, NETNSA_FD, fd)
    found = set()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
        s.send(struct.pack("=IHHII", 16 + len(body), RTM_GETNSID, flags, 1, 0) + body)
        while True:
            data = s.recv(65536)
            while data:
                length, kind = struct.unpack_from("=IH", data)
                if kind < 16:  # an error, or the end
                    return found
                at = 20
                while at < length:
                    size, attribute = struct.unpack_from("=HH", data, at)
                    if attribute == NETNSA_NSID:
                        found.add(struct.unpack_from("=i", data, at + 4)[0])
                    at += (size + 3) & ~3
                data = data[(length + 3) & ~3:]
            if fd is not None:
                return found


class Agent:
    """Runs steps; speaks JSON, one object a line."""

    def __init__(self, tool):
        self.tool = tool
        self.sleepers = {}
        self.labels = {}

    def command(self, options, argv):
        if self.tool == "ip":
            return ["ip"] + options + ["netns"] + argv
        return [WARREN, "netns"] + options + argv

    def run(self, options, argv, timeout=60, stdout=None):
        """Words like @P1 stand for the pid of a process that `spawn` made."""
        argv = [self.sleepers[a][0] if a in self.sleepers else a for a in argv]
        argv = [str(a) for a in argv]
        target = subprocess.PIPE
        if stdout:
            target = open(stdout, "wb")  # pylint: disable=consider-using-with
        with subprocess.Popen(self.command(options, argv), stdin=subprocess.DEVNULL,
                              stdout=target, stderr=subprocess.PIPE,
                              start_new_session=True) as p:
            try:
                out, err = p.communicate(timeout=timeout)
                code = p.returncode
            except subprocess.TimeoutExpired:
                os.killpg(p.pid, signal.SIGKILL)
                out, err = p.communicate()
                code = "hangs"
        out = os.fsdecode(out or b"")
        for name, (pid, _) in self.sleepers.items():
            out = "\n".join(name if line == str(pid) else line for line in out.split("\n"))
        return {"code": code, "out": out, "err": os.fsdecode(err)}

    def spawn(self, name, namespace=None):
        """A process in a namespace of its own, or in a named one."""
        argv = ["unshare", "-n"] if namespace is None else ["nsenter", f"--net={NETNS}/{namespace}"]
        # pylint: disable=consider-using-with
        p = subprocess.Popen(argv + ["sh", "-c", "echo; exec sleep 1000"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        p.stdout.read(1)
        self.sleepers[name] = (p.pid, p)
        return {}

    @staticmethod
    def make(kind, path, text=""):
        """A file of some kind; a path that is not absolute is one in the directory of names."""
        path = os.path.join(NETNS, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if kind == "file":
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        elif kind == "dir":
            os.makedirs(path, exist_ok=True)
        elif kind == "fifo":
            os.mkfifo(path)
        elif kind == "link":
            os.symlink(text, path)
        return {}

    @staticmethod
    def shell(script):
        subprocess.run(["sh", "-c", script], check=False, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return {}

    def label(self, path):
        inode = os.stat(path).st_ino
        return self.labels.setdefault(inode, f"ns{len(self.labels)}")

    def describe(self, name):
        path = os.path.join(NETNS, name)
        st = os.lstat(path)
        kind = stat.filemode(st.st_mode)
        if stat.S_ISLNK(st.st_mode):
            return kind + " -> " + os.readlink(path)
        return kind + (" " + self.label(path) if is_nsfs(path) else "")

    def state(self):
        """What is in the directory, in its order, and how many mounts there are on each."""
        names = []
        mounts = {}
        # Numbered anew each time, as the kernel gives the inode number of one that is gone to the next.
        self.labels = {os.stat("/proc/self/ns/net").st_ino: "host"}
        try:
            names = [[n, self.describe(n)] for n in os.listdir(NETNS)]
        except OSError as e:
            names = [str(e.errno)]
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as f:
            for line in f:
                point = line.split(" ")[4]
                if point.startswith(NETNS + "/"):
                    mounts[point] = mounts.get(point, 0) + 1
        return {"names": names, "mounts": mounts, "outside": sorted(os.listdir("/run"))}

    def reset(self):
        for pid, p in self.sleepers.values():
            os.kill(pid, signal.SIGKILL)
            p.wait()
        self.sleepers = {}
        subprocess.run(["umount", "-R", "-l", NETNS], check=False, stderr=subprocess.DEVNULL)
        while os.path.ismount(NETNS):
            subprocess.run(["umount", "-l", NETNS], check=False, stderr=subprocess.DEVNULL)
        if os.path.isdir(NETNS):
            shutil.rmtree(NETNS)
        elif os.path.lexists(NETNS):
            os.unlink(NETNS)
        while os.path.lexists("/run/outside"):  # ip's -all add and -all attach of a path
            subprocess.run("umount -l /run/outside || rm /run/outside", shell=True, check=False,
                           stderr=subprocess.DEVNULL)
        shutil.rmtree("/etc/netns", ignore_errors=True)
        for name in ("hosts", "resolv.conf"):
            path = os.path.join("/etc", name)
            if os.path.lexists(path):
                os.unlink(path)
            self.make("file", path, f"{name} of the host\n")
        return {}

    def settle(self):
        """The kernel lets go of a namespace, and of its id, a moment later; so wait a little."""
        paths = [f"/proc/{pid}/ns/net" for pid, _ in self.sleepers.values()]
        try:
            paths += [os.path.join(NETNS, n) for n in os.listdir(NETNS)]
        except OSError:
            pass
        known = set()
        for path in filter(is_nsfs, paths):
            with open(path, "rb") as f:
                known |= nsids(f.fileno())
        for _ in range(500):
            if nsids() <= known:
                return
            time.sleep(0.01)

    def serve(self):
        for line in sys.stdin:
            step = json.loads(line)
            answer = getattr(self, step.pop("op"))(**step)
            self.settle()
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


# ---------------------------------------------------------------- the driver


class Pair:
    """Both sandboxes."""

    def __init__(self):
        self.agents = [
            # pylint: disable=consider-using-with
            subprocess.Popen([os.path.join(TOP, "tools", "sandbox"), sys.executable,
                              os.path.abspath(__file__), "--agent", tool],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for tool in ("ip", "warren")
        ]

    def both(self, op, **arguments):
        """@return what ip's and warren's sandbox say"""
        for a in self.agents:
            a.stdin.write(json.dumps({"op": op, **arguments}) + "\n")
            a.stdin.flush()
        return [json.loads(a.stdout.readline()) for a in self.agents]

    def close(self):
        for a in self.agents:
            a.stdin.close()
            a.wait()


class Tap:
    """Counts and prints."""

    def __init__(self):
        self.n = self.failed = 0

    def result(self, good, what, detail=""):
        self.n += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {what}", flush=True)
        if not good:
            for line in detail.split("\n"):
                print("# " + line.encode("ascii", "backslashreplace").decode())


LONG = "x" * 255
NAMES = ["a", "b", "c", "d", "-x", "sp ace", "n\nl", "ünï", LONG, 'q"uo\'te\\', "tab\t", "1", "stale"]
BAD_NAMES = ["", ".", "..", "x/y", "../z", "/", "x" * 256]
STRANGE = ["stale", "dir", "dangling"]
ANY = NAMES * 2 + BAD_NAMES + STRANGE

EXEC = [
    ["true"], ["false"], ["sh", "-c", "exit 42"], ["sh", "-c", "kill -9 $$"], ["/nonexistent"],
    ["/etc/passwd"], [""], ["-x"], ["echo", "hi", "-n"], ["cat", "/etc/hosts", "/etc/resolv.conf"],
    ["ls", "/sys/class/net"], ["sh", "-c", "ip -o link | wc -l"], ["pwd"],
    ["sh", "-c", "cat /etc/netns/*/hosts"],
]
NUMBERS = ["0", "1", "7", "0x10", "017", " 5", "+6", "-1", "-2", "auto", "au", "", "x", "5.",
           "2147483647", "2147483648", "99999999999999999999"]
PIDS = ["@P1", "@P2", "0", "-1", "", "self", "12x", "99999999", "1.5", "99999999999999999999"]
COMMANDS = ["list", "show", "lst", "l", "s", "li", "list-id", "list-", "add", "a", "ad", "attach", "at",
            "set", "se", "delete", "del", "d", "identify", "i", "pids", "p", "exec", "e", "monitor/",
            "bogus", "", "LIST", "lists", "help", "h"]


def random_step(rng):
    """@return (options, arguments)"""
    name = rng.choice(ANY)
    options = rng.choice([[], [], [], [], ["-j"], ["-json"], ["-j", "-p"], ["--json", "-pretty"], ["-p"],
                          ["-o"], ["-d"]])
    if rng.random() < 0.2:
        options = options + [rng.choice(["-n", "-netns"]),
                             rng.choice(["a", "a", "b", "sp ace", "nope", "stale", "dir", "", "x/y"])]
    if rng.random() < 0.1:
        options = options + [rng.choice(["-all", "-a"])]
        if rng.random() < 0.5:
            return options, rng.choice([
                ["exec"] + rng.choice(EXEC), ["exec"], ["exec", "echo", "hi"], ["delete"], ["pids"],
                ["identify"], ["list"], ["list-id"], ["set"], ["attach"], ["add"]])
    reads_only = rng.random() < 0.4
    if reads_only:
        return options, rng.choice([
            ["list"], ["list", name], ["l", "x", "y"], [], ["list-id"], ["show"],
            ["list-id", "nsid", rng.choice(NUMBERS)],
            ["list-id", "target-nsid", rng.choice(NUMBERS)],
            ["list-id", "target-nsid", rng.choice(NUMBERS), "nsid", rng.choice(NUMBERS)],
            ["list-id", "nsid", "1", "nsid", "1"], ["list-id", rng.choice(["nsid", "target-nsid", "x"])],
            ["identify"], ["identify", rng.choice(PIDS)], ["identify", "1", "2"],
            ["pids", rng.choice(["a", "b", "c", "nope", "", "x/y"])], ["pids"], ["pids", "a", "b"],
            [rng.choice(COMMANDS)], ["bogus", name], ["set", name], ["attach", name],
        ])
    return options, rng.choice([
        ["add", name], ["add", name], ["add", name], ["add", name, "extra"], ["a", name],
        ["delete", name], ["delete", name, "x"], ["d", name],
        ["set", name, rng.choice(NUMBERS)], ["set", name, rng.choice(NUMBERS)],
        ["attach", name, rng.choice(PIDS)],
        ["exec", name] + rng.choice(EXEC), ["exec", name] + rng.choice(EXEC),
        ["exec", name], ["exec"],
    ])


VERBS = ["list", "show", "lst", "list-id", "help", "add", "set", "delete", "identify", "pids", "exec",
         "monitor", "attach"]
# What ends well everywhere, so that it is seen to run everywhere
SUCCEEDS = [["true"], ["echo"], ["cat"], ["ls"], ["pwd"], ["sh", "-c", "ip -o link | wc -l"]]


def known(options, argv, names):
    """@return the row of DIFFERENCES below that says why this step differs, or None. `names` is what
    `state` says of the directory before it."""
    verb = next((v for v in VERBS if argv and v.startswith(argv[0])), "")
    name = argv[1] if len(argv) > 1 else None
    every = "-all" in options or "-a" in options
    odd = [n for n in names if not isinstance(n, list) or " ns" not in n[1]]
    if verb in ("add", "attach") and ("-n" in options or "-netns" in options):
        return f"-netns NAME {verb}"
    if verb == "attach" and names == [str(errno.ENOENT)]:
        return "attach of no process, before the first name"
    if verb == "pids" and name in STRANGE:
        return "pids of a stale file"
    if not every:
        return None
    if verb == "exec" and odd:
        return "a stale file among those of -all exec"
    if verb == "exec" and argv[1:] and not [s for s in SUCCEEDS if argv[1:1 + len(s)] == s]:
        return "a failing member of -all exec"
    if verb == "delete" and odd:
        return "a directory among those of -all delete"
    if verb == "pids" and name is None:
        return "pids of all"
    if verb in ("add", "attach", "set", "pids") and name in BAD_NAMES:
        return f"-all {verb} of a path"
    return None


def surround(pair, rng):
    """Files and processes that a sequence starts with."""
    pair.both("reset")
    if rng.random() < 0.3:
        return
    pair.both("run", options=[], argv=["add", "a"])
    pair.both("spawn", name="@P1", namespace="a")
    pair.both("spawn", name="@P2")
    if rng.random() < 0.5:
        pair.both("make", kind="file", path="stale")
        pair.both("make", kind="link", path="dangling", text="/nowhere")
        pair.both("make", kind="dir", path="dir")
    pair.both("make", kind="file", path="/etc/netns/a/hosts", text="hosts of a\n")
    pair.both("make", kind="file", path="/etc/netns/sp ace/resolv.conf", text="resolv.conf of space\n")


def compare(answers, states):
    """@return what differs, as text"""
    ip, warren = answers
    found = []
    for key in ("out", "code"):
        if ip[key] != warren[key]:
            found.append(f"{key}: ip {ip[key]!r}, warren {warren[key]!r}")
    if states[0] != states[1]:
        found.append(f"state: ip {states[0]}, warren {states[1]}")
    if warren["code"] != 0 and not warren["err"] and warren["out"] == "" and \
            ip["err"]:
        found.append("warren fails without a word, ip says: " + ip["err"])
    return "\n".join(found)


def random_sequence(pair, tap, seed, steps):
    rng = random.Random(seed)
    wrong = []
    skipped = set()
    for i in range(steps):
        if i % 40 == 0:
            surround(pair, rng)
        options, argv = random_step(rng)
        why = known(options, argv, pair.both("state")[1]["names"])
        if why:
            skipped.add(why)
            continue
        answers = pair.both("run", options=options, argv=argv)
        if answers[1]["out"].startswith("["):  # "JSON of an apostrophe" below
            answers[0]["out"] = answers[0]["out"].replace("\\'", "'")
        difference = compare(answers, pair.both("state"))
        if difference:
            wrong.append(f"step {i}: {options} netns {argv}\n{difference}\n{answers[1]['err']}")
            surround(pair, rng)
    tap.result(not wrong, f"{steps} random steps, seed {seed}, are the same", "\n".join(wrong))
    nameless = sorted(skipped - {row[0] for row in DIFFERENCES})
    tap.result(not nameless, "what is left out of them is among the known differences", "\n".join(nameless))


def step(op, **arguments):
    return (op, arguments)


def ns(*argv, options=()):
    return step("run", options=list(options), argv=list(argv), timeout=60)


def file(path, text=""):
    return step("make", kind="file", path=path, text=text)


# What Warren does in another way. `test` runs in both; `wants` judges warren's answer and the names
# that are left. `ip` is short where ip hangs.
DIFFERENCES = [
    ("a failing member of -all exec",
     "ip reports success; warren the first failure, after running all",
     [ns("add", "a"), ns("add", "b")],
     ns("exec", "sh", "-c", "exit 3", options=["-all"]),
     lambda r, names: r["code"] == 3 and r["out"] == "\nnetns: b\n\nnetns: a\n"),
    ("a command that -all exec cannot find",
     "ip reports success",
     [ns("add", "a"), ns("add", "b")],
     ns("exec", "/nonexistent", options=["-all"]),
     lambda r, names: r["code"] == 1 and r["out"] == "\nnetns: b\n\nnetns: a\n"),
    ("a stale file among those of -all exec",
     "in ip the child that could not enter goes on with the rest of the list, and so does its "
     "parent: the command runs twice everywhere behind it, with two such files four times, ...",
     [ns("add", "a"), file("stale")],
     ns("exec", "echo", "hi", options=["-all"]),
     lambda r, names: r["code"] == 255 and r["out"] == "\nnetns: stale\n\nnetns: a\nhi\n"),
    ("a directory among those of -all delete",
     "ip stops there, leaves the rest and reports success",
     [ns("add", "a"), step("make", kind="dir", path="dir")],
     ns("delete", options=["-all"]),
     lambda r, names: r["code"] == 1 and names == ["dir"]),
    ("-all add of a path",
     "ip does not check names after -all and makes files anywhere",
     [ns("add", "a")],
     ns("add", "../outside", options=["-all"]),
     lambda r, names: r["code"] == 1 and names == ["a"]),
    ("-all attach of a path",
     "ip does not check names after -all and makes files anywhere",
     [ns("add", "a"), step("spawn", name="@P1", namespace="a")],
     ns("attach", "../outside", "@P1", options=["-all"]),
     lambda r, names: r["code"] == 1 and names == ["a"]),
    ("-all set of a path",
     "ip does not check names after -all; to the kernel the directory is no namespace",
     [ns("add", "a")],
     ns("set", "", "7", options=["-all"]),
     lambda r, names: r["code"] == 1),
    ("-all pids of a path",
     "ip does not check names after -all and finds no process in the directory",
     [ns("add", "a")],
     ns("pids", "..", options=["-all"]),
     lambda r, names: r["code"] == 1 and r["out"] == ""),
    ("-netns NAME add",
     "ip mounts it in a mount namespace that ends with the command: a stale file stays",
     [ns("add", "a")],
     ns("add", "b", options=["-n", "a"]),
     lambda r, names: r["code"] == 0 and names == ["b", "a"]),
    ("-netns NAME attach",
     "ip mounts it in a mount namespace that ends with the command: a stale file stays",
     [ns("add", "a"), step("spawn", name="@P1", namespace="a")],
     ns("attach", "b", "@P1", options=["-n", "a"]),
     lambda r, names: r["code"] == 0 and names == ["b", "a"]),
    ("attach of no process, before the first name",
     "ip makes the directory all the same",
     [],
     ns("attach", "a", "99999999"),
     lambda r, names: r["code"] == 1 and names == ["2"]),
    ("delete of a file with content",
     "ip deletes whatever has the name, without a question; this is no namespace",
     [ns("add", "a"), file("full", "of data\n")],
     ns("delete", "full"),
     lambda r, names: r["code"] == 1 and names == ["full", "a"]),
    ("delete of a link to another name",
     "ip goes down the link and unmounts the other namespace",
     [ns("add", "a"), step("make", kind="link", path="link", text="a")],
     ns("delete", "link"),
     lambda r, names: r["code"] == 0 and names == ["a"]),
    ("delete of a link to something else",
     "it is not ours",
     [ns("add", "a"), step("make", kind="link", path="link", text="/etc/passwd")],
     ns("delete", "link"),
     lambda r, names: r["code"] == 1 and names == ["link", "a"]),
    ("delete under several mounts",
     "ip takes one away and fails; every delete takes one more",
     [ns("add", "a")] + 3 * [step("shell", script=f"mount --bind {NETNS}/a {NETNS}/a")],
     ns("delete", "a"),
     lambda r, names: r["code"] == 0 and names == []),
    ("delete in a read-only directory",
     "ip unmounts first, so that only a stale file is left",
     [ns("add", "a"), step("shell", script=f"mount -o remount,bind,ro {NETNS}")],
     ns("delete", "a"),
     lambda r, names: r["code"] == 1 and names == ["a"]),
    ("pids of a stale file",
     "ip reports success: no process is in what is no namespace",
     [ns("add", "a"), file("stale")],
     ns("pids", "stale"),
     lambda r, names: r["code"] == 1 and r["out"] == ""),
    ("pids of all",
     "ip wants a name",
     [ns("add", "a"), step("spawn", name="@P1", namespace="a")],
     ns("pids", options=["-all"]),
     lambda r, names: r["code"] == 0 and r["out"] == "\nnetns: a\n@P1\n"),
    ("JSON of a control character",
     "ip prints what no JSON parser takes",
     [ns("add", "\x01")],
     ns("list", options=["-j"]),
     lambda r, names: r["out"] == '[{"name":"\\u0001"}]\n'),
    ("JSON of bytes that are no UTF-8",
     "ip prints what no JSON parser takes",
     [ns("add", "\udcff")],
     ns("list", options=["-j"]),
     lambda r, names: r["out"] == '[{"name":"\\ufffd"}]\n'),
    ("JSON of an apostrophe",
     "ip 5.9 puts a backslash before it, which no JSON parser takes",
     [ns("add", "it's")],
     ns("list", options=["-j"]),
     lambda r, names: r["out"] == '[{"name":"it\'s"}]\n'),
    ("list to a full disk",
     "ip reports success",
     [ns("add", "a")],
     step("run", options=[], argv=["list"], stdout="/dev/full"),
     lambda r, names: r["code"] == 1),
    ("list-id to a full disk",
     "ip reports success",
     [ns("add", "a"), ns("set", "a", "4")],
     step("run", options=["-j"], argv=["list-id"], stdout="/dev/full"),
     lambda r, names: r["code"] == 1),
    ("list of what is no directory",
     "ip reports success",
     [file("/run/netns")],
     ns("list"),
     lambda r, names: r["code"] == 1),
    ("exec with a file for /etc that the host lacks",
     "ip shows nothing in its place",
     [ns("add", "a"), file("/etc/netns/a/hosts", "hosts of a\n"), step("shell", script="rm /etc/hosts")],
     ns("exec", "a", "cat", "/etc/hosts"),
     lambda r, names: r["code"] == 0 and r["out"] == "hosts of a\n"),
    ("exec with a dangling link for /etc/resolv.conf",
     "ip shows nothing in its place",
     [ns("add", "a"), file("/etc/netns/a/resolv.conf", "resolv.conf of a\n"),
      step("shell", script="ln -sf /nowhere /etc/resolv.conf")],
     ns("exec", "a", "cat", "/etc/resolv.conf"),
     lambda r, names: r["code"] == 0 and r["out"] == "resolv.conf of a\n"),
    ("exec with something mounted below /sys",
     "ip hides control groups, bpf and tracefs",
     [ns("add", "a"), step("shell", script="mount -t tmpfs t /sys/fs/cgroup; echo x >/sys/fs/cgroup/mark")],
     ns("exec", "a", "cat", "/sys/fs/cgroup/mark"),
     lambda r, names: r["code"] == 0 and r["out"] == "x\n"),
]

# A FIFO in the directory: ip hangs in each of these.
FIFO = [
    (["list"], lambda r: r["code"] == 0 and r["out"] == "fifo\na\n"),
    (["exec", "fifo", "true"], lambda r: r["code"] == 255),
    (["pids", "fifo"], lambda r: r["code"] == 1),
    (["set", "fifo", "3"], lambda r: r["code"] == 2),
    (["delete", "fifo"], lambda r: r["code"] == 1),
]


def known_difference(pair, tap, row):
    what, reason, before, test, wants = row
    pair.both("reset")
    for op, arguments in before:
        pair.both(op, **arguments)
    answers = pair.both(test[0], **test[1])
    states = pair.both("state")
    pair.both("shell", script="umount -l /sys/fs/cgroup/mark /sys/fs/cgroup 2>/dev/null || :"
              if "/sys" in what else "mount -o remount,bind,rw /run/netns 2>/dev/null || :")
    names = [n[0] if isinstance(n, list) else n for n in states[1]["names"]]
    same = not compare(answers, states)
    tap.result(wants(answers[1], names),
               f"{what}: {'here ip does so, too' if same else reason}",
               f"warren: {answers[1]} {states[1]}\nip: {answers[0]} {states[0]}")


def with_a_fifo(pair, tap):
    pair.both("reset")
    pair.both("run", options=[], argv=["add", "a"])
    pair.both("make", kind="fifo", path="fifo")
    for argv, wants in FIFO:
        warren = pair.agents[1]
        warren.stdin.write(json.dumps({"op": "run", "options": [], "argv": argv}) + "\n")
        warren.stdin.flush()
        answer = json.loads(warren.stdout.readline())
        tap.result(wants(answer), f"{argv[0]} with a FIFO in the directory, where ip hangs",
                   str(answer))


def main():
    if sys.argv[1:2] == ["--agent"]:
        Agent(sys.argv[2]).serve()
        return 0
    probe = subprocess.run([os.path.join(TOP, "tools", "sandbox"), "ip", "netns", "list"],
                           check=False, capture_output=True, text=True)
    if probe.returncode:
        print(f"1..0 # SKIP no sandbox or no ip here: {probe.stderr.strip()[-200:]}")
        return 1 if os.environ.get("CI") else 0
    tap = Tap()
    pair = Pair()
    random_sequence(pair, tap, int(os.environ.get("SEED", "1")), int(os.environ.get("STEPS", "800")))
    for row in DIFFERENCES:
        known_difference(pair, tap, row)
    with_a_fifo(pair, tap)
    pair.close()
    print(f"1..{tap.n}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
