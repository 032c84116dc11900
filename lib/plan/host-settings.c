/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's settings that networks change, with what they were before. */
#include "plan/state-private.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define SYSCTLS "host-sysctls"
#define VALUE	256

/* A setting that a network changed: a line "KEY=OLD" and one "KEY:=OURS". */
struct host_note {
	char old[VALUE], ours[VALUE];
};

static bool value_of_line(const char *line, const char *key, const char *sign, char value[VALUE])
{
	size_t n = strlen(key), m = strlen(sign);

	if (strncmp(line, key, n) || strncmp(line + n, sign, m))
		return false;
	snprintf(value, VALUE, "%s", line + n + m);
	return true;
}

/* All notes of a network; NULL where it has none. */
static int read_notes(const char *path, char **ret, struct warren_err *err)
{
	int r = path ? fd_read_file(AT_FDCWD, path, STATE_LARGEST, ret, NULL) : -ENOMEM;

	return r < 0 && r != -ENOENT ? state_fail(err, r, "read", path ? path : SYSCTLS) : 0;
}

/* What a network noted of a key. @return 0, found or not, or a negative errno */
static int read_note(struct warren *w, const char *network, const char *key, struct host_note *ret,
		     bool *found, struct warren_err *err)
{
	auto_free char *path = state_path(w, network, SYSCTLS), *text = NULL;
	char *rest = NULL;
	int r = read_notes(path, &text, err);

	*ret = (struct host_note){ 0 };
	*found = false;
	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		if (!value_of_line(line, key, ":=", ret->ours))
			*found |= value_of_line(line, key, "=", ret->old);
	return r;
}

/* Write the notes anew, with this one for `key`, or with none where it is NULL. */
static int write_note(struct warren *w, const char *network, const char *key,
		      const struct host_note *note, struct warren_err *err)
{
	auto_free char *path = state_path(w, network, SYSCTLS), *text = NULL, *made = NULL;
	size_t n = strlen(key), len = 0;
	char *rest = NULL;
	FILE *f = path ? open_memstream(&made, &len) : NULL;
	int r;

	if (!f)
		return state_no_memory(err);
	r = read_notes(path, &text, err);
	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		if (strncmp(line, key, n) || (line[n] != '=' && line[n] != ':'))
			fprintf(f, "%s\n", line);
	if (note)
		fprintf(f, "%s=%s\n%s:=%s\n", key, note->old, key, note->ours);
	if (text_close(f, &made) < 0)
		return state_no_memory(err);
	if (r < 0)
		return r;
	r = fd_replace_file(AT_FDCWD, path, made, len, 0644);
	/* A note too many does no harm: what it would give back is there already. */
	if (!note && (r == -ENOSPC || r == -EDQUOT))
		r = 0;
	return r < 0 ? state_fail(err, r, "write", path) : 0;
}

int state_keeps_sysctl(struct warren *w, const char *network, const char *key, bool *ret,
		       struct warren_err *err)
{
	struct host_note note;

	return read_note(w, network, key, &note, ret, err);
}

/* Before a setting gets `value`: note what it has, unless that was noted before. */
static int keep(struct warren *w, const char *network, const char *key, const char *value, int proc,
		struct warren_err *err)
{
	struct host_note note;
	bool noted;
	int r = read_note(w, network, key, &note, &noted, err);

	if (r == 0 && !noted)
		r = net_sysctl_read(proc, key, note.old, sizeof(note.old), err);
	if (r < 0)
		return r;
	snprintf(note.ours, sizeof(note.ours), "%s", value);
	return write_note(w, network, key, &note, err);
}

/*
 * A change of forwarding makes the kernel set accept_redirects of `all` to its
 * opposite (inet_forward_change(), net/ipv4/devinet.c), also in a host that is
 * told to refuse redirects in any case.
 */
static const char *swept_by(const char *key)
{
	return !strcmp(key, "net.ipv4.ip_forward") || !strcmp(key, "net.ipv4.conf.all.forwarding")
		       ? "net.ipv4.conf.all.accept_redirects"
		       : NULL;
}

int state_set_sysctl(struct warren *w, const char *network, const char *key, const char *value,
		     int proc, struct warren_err *err)
{
	const char *swept = swept_by(key);
	char now[VALUE], will[VALUE];
	int r = 0;

	if (swept) {
		r = net_sysctl_read(proc, key, now, sizeof(now), err);
		if (r == 0)
			r = net_sysctl_read(proc, swept, will, sizeof(will), err);
		if (r == 0 && !net_sysctl_same(now, value))
			snprintf(will, sizeof(will), "%d", net_sysctl_same(value, "0"));
		if (r == 0)
			r = keep(w, network, swept, will, proc, err);
	}
	if (r == 0)
		r = keep(w, network, key, value, proc, err);
	return r < 0 ? r : net_sysctl_write(proc, key, value, err);
}

/*
 * What other networks noted of a key. One that found our value when it came
 * gives back ours instead; one that wants the value that is there keeps it.
 */
static int tell_others(struct warren *w, const char *network, const char *key,
		       const struct host_note *mine, const char *now, bool *stays,
		       struct warren_err *err)
{
	auto_free char *nets = state_common_path(w, "net");
	auto_closedir DIR *d = nets ? opendir(nets) : NULL;
	struct host_note other;
	struct dirent *e;
	bool noted;
	int r = 0;

	if (!d)
		return state_fail(err, nets ? -errno : -ENOMEM, "read", nets ? nets : "net");
	while (r == 0 && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || !strcmp(e->d_name, network))
			continue;
		r = read_note(w, e->d_name, key, &other, &noted, err);
		if (r < 0 || !noted)
			continue;
		*stays |= net_sysctl_same(other.ours, now);
		if (!net_sysctl_same(other.old, mine->ours))
			continue;
		memcpy(other.old, mine->old, sizeof(other.old));
		r = write_note(w, e->d_name, key, &other, err);
	}
	return r;
}

static int restore(struct warren *w, const char *network, const char *key, int proc,
		   struct warren_err *err)
{
	struct host_note mine;
	char now[VALUE] = "";
	bool stays = false, noted;
	int r = read_note(w, network, key, &mine, &noted, err);

	if (r < 0 || !noted)
		return r;
	r = net_sysctl_read(proc, key, now, sizeof(now), err);
	if (r < 0 && r != -ENOENT)
		return r;
	stays = r < 0; /* it went with its interface */
	r = tell_others(w, network, key, &mine, now, &stays, err);
	if (r == 0 && !stays && net_sysctl_same(now, mine.ours))
		r = net_sysctl_write(proc, key, mine.old, err);
	return r < 0 ? r : write_note(w, network, key, NULL, err);
}

int state_restore_sysctl(struct warren *w, const char *network, const char *key, int proc,
			 struct warren_err *err)
{
	const char *swept = swept_by(key);
	char was[VALUE], now[VALUE];
	int r = swept ? net_sysctl_read(proc, swept, was, sizeof(was), err) : 0;

	if (r == 0)
		r = restore(w, network, key, proc, err);
	/* as if that had changed nothing, so that what others want of it shows */
	if (r == 0 && swept)
		r = net_sysctl_read(proc, swept, now, sizeof(now), err);
	if (r == 0 && swept && strcmp(now, was) != 0)
		r = net_sysctl_write(proc, swept, was, err);
	return r < 0 || !swept ? r : restore(w, network, swept, proc, err);
}
