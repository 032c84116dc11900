#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line itself: help, options, mistakes, odd surroundings.
. "$(dirname "$0")/lib.sh"

exits 0 '--help' warren --help
like '--help lists the verbs' "$out" '^  help '
exits 0 '--version' warren --version
like '--version names the program' "$out" '^warren [0-9]+\.[0-9]+\.[0-9]+$'
exits 2 'without a verb' warren
is 'usage goes to standard error then' "$out" ''
exits 2 'unknown verb' warren hlep
like 'the verb that may be meant' "$err" "did you mean 'help'"
exits 2 'verbs are not abbreviated' warren hel
exits 2 'unknown option' warren --jsn help
like 'the option that may be meant' "$err" 'did you mean --json'
exits 2 'too many arguments' warren help help help
exits 2 'an option that this verb does not take' warren --json help
exits 0 '--help of a verb' warren help --help
like 'says how it is used' "$out" '^usage: warren help '
exits 0 '-h, clustered' warren -qvh help
exits 2 'a flag takes no value' warren --help=yes
exits 2 'a name with an escape sequence' warren "$(printf 'a\033[2Jb')"
unlike 'does not reach the terminal' "$err" "$(printf '\033')"

# A broken standard output is a failure.
exits 1 'full standard output' sh -c '"$WARREN" --help >/dev/full'
like 'is named' "$err" 'standard output: No space left'
exits 1 'closed standard output' sh -c '"$WARREN" --help >&-'
exits 0 'closed standard input and error' sh -c '"$WARREN" --help <&- 2>&-'
exits 141 'a reader that went away' bash -c 'exec 3> >(:); wait $!; exec "$WARREN" --help >&3'

# Each line of errors is written at once, so that those of two programs stand below each other.
printf 'links: [{endpoints: [a%d, b]}]\n' 1 | sed 's/]$/, {endpoints: [c, d]}]/' >wrong.yaml
is 'a line is one write' "$(python3 -c 'import os, subprocess, sys
r, w = os.pipe2(os.O_DIRECT)  # what each write wrote is read by itself
program = subprocess.Popen(sys.argv[1:], stderr=w, stdout=subprocess.DEVNULL)
os.close(w)
writes = list(iter(lambda: os.read(r, 65536), b""))
print(len(writes) > 1, all(x.endswith(b"\n") and x.count(b"\n") == 1 for x in writes))' "$WARREN" check wrong.yaml)" 'True True'

# Odd surroundings.
mkdir gone
exits 0 'a working directory that is gone' sh -c 'cd gone && rmdir ../gone && "$WARREN" --help'
exits 0 'no environment' env -i "$WARREN" --help
exits 0 'few descriptors' sh -c 'ulimit -n 4; "$WARREN" --help'

done_testing
