#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make-page.sh WARREN SCDOC PAGE.scd: print a manual page. The parts that come
# from tables of the program are put in where the page names them.
set -eu
warren=$1 scdoc=$2 page=$3
text=$(while IFS= read -r line; do
	case $line in
	@VERBS@) "$warren" help --manual ;;
	@REFERENCE@) "$warren" check --reference ;;
	*) printf '%s\n' "$line" ;;
	esac
done <"$page")
printf '%s\n' "$text" | "$scdoc"
