/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's settings that networks change, with what they were before. Who
 * changes one may change other networks' notes of it, too: he holds the host's
 * lock (state_lock_host()), as whoever has or had a part in the host does.
 */
#include "plan/state-private.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "net/net.h"
#include "netns/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SYSCTLS "host-sysctls"

/* A setting that a network changed. NULL: not noted. */
struct host_note {
	char *old;  /* what was there before */
	char *ours; /* what was there when we had written `text` */
	char *text;
	char *next; /* what is to be written, or given back; only meanwhile, or where that was killed */
	char *apart; /* "INTERFACE=VALUE ..." where it was not as `old`, see per_interface() */
};

/* A line of the file is KEY, such a sign, and the value. */
static const struct note_field {
	const char *sign;
	size_t at;
} fields[] = {
	{ "=", offsetof(struct host_note, old) },    { ":=", offsetof(struct host_note, ours) },
	{ "~=", offsetof(struct host_note, text) },  { "?=", offsetof(struct host_note, next) },
	{ "&=", offsetof(struct host_note, apart) },
};
#define N_FIELDS (sizeof(fields) / sizeof(*fields))

/* Before all others: "host ID" of the namespace that they are about. */
#define HOST "host "

static char **field_of(struct host_note *n, size_t i)
{
	return (char **)((char *)n + fields[i].at);
}

static void note_fini(struct host_note *n)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		free(*field_of(n, i));
	*n = (struct host_note){ 0 };
}

static int set_text(char **at, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*at);
	*at = copy;
	return 0;
}

/* Where a line is about a key, what follows that; else NULL. */
static const char *after_key(const char *line, const char *key)
{
	size_t n = strlen(key);

	return !strncmp(line, key, n) && line[n] && strchr("=:~?&", line[n]) ? line + n : NULL;
}

/* ---- the file ---- */

/* Of another host they say nothing here: of a killed holder, or of another namespace. */
static bool is_of_here(const char *text)
{
	uint64_t here = netns_current_id();

	return strncmp(text, HOST, strlen(HOST)) != 0 || !here ||
	       strtoull(text + strlen(HOST), NULL, 10) == here;
}

/* All notes of a network about this host; NULL where it has none. */
static int read_notes(const char *path, char **ret, struct warren_err *err)
{
	auto_free char *text = NULL;
	int r;

	*ret = NULL;
	if (!path)
		return state_no_memory(err);
	r = state_read_file(path, &text, NULL);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return state_fail(err, r, "read", path);
	if (text && is_of_here(text))
		*ret = take_ptr(text);
	return 0;
}

/* What a network noted of a key. @return 0, with `old` NULL where it has none, or an errno */
static int read_note(struct warren *w, const char *network, const char *key, struct host_note *ret,
		     struct warren_err *err)
{
	auto_free char *path = state_path(w, network, SYSCTLS), *text = NULL;
	char *rest = NULL;
	int r = read_notes(path, &text, err);

	*ret = (struct host_note){ 0 };
	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; r == 0 && line;
	     line = strtok_r(NULL, "\n", &rest)) {
		const char *at = after_key(line, key);

		for (size_t i = 0; r == 0 && at && i < N_FIELDS; i++)
			if (!strncmp(at, fields[i].sign, strlen(fields[i].sign)))
				r = set_text(field_of(ret, i), at + strlen(fields[i].sign));
		if (r < 0)
			state_no_memory(err);
	}
	if (r < 0)
		note_fini(ret);
	return r;
}

/* Notes anew, with this one for `key`, or with none where it is NULL. @return 0 or -ENOMEM */
static int edit_notes(char *old, const char *key, struct host_note *note, char **ret, size_t *len)
{
	FILE *f = open_memstream(ret, len);
	char *rest = NULL;
	size_t lines = 0;

	if (!f)
		return -ENOMEM;
	if (!old)
		fprintf(f, HOST "%" PRIu64 "\n", netns_current_id());
	for (char *line = old ? strtok_r(old, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (after_key(line, key))
			continue;
		fprintf(f, "%s\n", line);
		lines += strncmp(line, HOST, strlen(HOST)) != 0;
	}
	for (size_t i = 0; note && i < N_FIELDS; i++)
		if (*field_of(note, i))
			fprintf(f, "%s%s%s\n", key, fields[i].sign, *field_of(note, i));
	if (text_close(f, ret) < 0)
		return -ENOMEM;
	if (!note && lines == 0)
		*len = 0;
	return 0;
}

static int write_note(struct warren *w, const char *network, const char *key,
		      struct host_note *note, struct warren_err *err)
{
	auto_free char *path = state_path(w, network, SYSCTLS), *text = NULL, *made = NULL;
	size_t len = 0;
	int r = read_notes(path, &text, err);

	if (r < 0)
		return r;
	if (edit_notes(text, key, note, &made, &len) < 0)
		return state_no_memory(err);
	/* the last one goes with the file, for which a full disk has room */
	if (len == 0)
		r = unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR ? -errno : 0;
	else
		r = fd_replace_file(AT_FDCWD, path, made, len, 0644);
	/* A note too many does no harm: what it would give back is there already. */
	if (!note && (r == -ENOSPC || r == -EDQUOT))
		r = 0;
	return r < 0 ? state_fail(err, r, "write", path) : 0;
}

/* ---- other networks ---- */

static bool is_of(const struct host_note *n, const char *value)
{
	return (n->ours && net_sysctl_same(n->ours, value)) ||
	       (n->next && net_sysctl_same(n->next, value));
}

/* One other network; *stays where it wants the value that is there. */
static int tell_one(struct warren *w, const char *network, const char *key,
		    const struct host_note *mine, const char *to, const char *now, bool *stays,
		    struct warren_err *err)
{
	auto_(note_fini) struct host_note other = { 0 };
	int r = read_note(w, network, key, &other, err);

	if (r < 0 || !other.old)
		return r;
	*stays |= is_of(&other, now);
	if (!is_of(mine, other.old))
		return 0;
	r = set_text(&other.old, to);
	if (r == 0)
		r = set_text(&other.apart, mine->apart ? mine->apart : "");
	return r < 0 ? state_no_memory(err) : write_note(w, network, key, &other, err);
}

/* What lies with this process, and not with the setting: another run can do it. */
static bool is_shortage(int code)
{
	return code == -ENOMEM || code == -EMFILE || code == -ENFILE;
}

/*
 * What other networks noted of a key. One that found our value when it came
 * gives back `to` instead. What cannot be told does not hold us up.
 */
static int tell_others(struct warren *w, const char *network, const char *key,
		       const struct host_note *mine, const char *to, const char *now, bool *stays,
		       struct warren_err *err)
{
	auto_free char *nets = state_common_path(w, "net");
	auto_closedir DIR *d = nets ? opendir(nets) : NULL;
	struct dirent *e;
	int r = 0;

	if (!d)
		return nets && errno == ENOENT ? 0
					       : state_fail(err, nets ? -errno : -ENOMEM, "read",
							    nets ? nets : "net");
	while (r == 0 && (errno = 0, e = readdir(d)) != NULL) {
		struct warren_err why;

		if (e->d_name[0] == '.' || !strcmp(e->d_name, network))
			continue;
		r = tell_one(w, e->d_name, key, mine, to, now, stays, &why);
		if (is_shortage(r))
			return warren_fail(err, r, "%s", why.text);
		if (r < 0)
			context_log(w, WARREN_LOG_WARNING,
				    "network '%s' may give back a wrong value of sysctl %s when it "
				    "goes: %s",
				    e->d_name, key, why.text);
		r = 0;
	}
	return errno ? state_fail(err, -errno, "read", nets) : 0;
}

/* ---- what is done with them ---- */

int state_has_sysctl(struct warren *w, const char *network, const char *key, const char *value,
		     const char *now, bool *ret, struct warren_err *err)
{
	auto_(note_fini) struct host_note note = { 0 };
	int r = read_note(w, network, key, &note, err);

	/* with `next`, a run was killed at it, which setting it once more puts right */
	*ret = r == 0 && note.old && !note.next &&
	       (net_sysctl_same(value, now) ||
		(note.ours && note.text && !strcmp(note.text, value) &&
		 net_sysctl_same(note.ours, now)));
	return r;
}

/* ---- what the kernel changes along with a setting ---- */

/*
 * Writing one of these sets `forwarding` of every interface, and of `default`
 * (inet_forward_change(), net/ipv4/devinet.c; addrconf_fixup_forwarding(),
 * net/ipv6/addrconf.c), also where it was another than that of most.
 * @return where the interfaces are, or NULL
 */
static const char *per_interface(const char *key)
{
	if (!strcmp(key, "net.ipv4.ip_forward") || !strcmp(key, "net.ipv4.conf.all.forwarding"))
		return "net/ipv4/conf";
	return !strcmp(key, "net.ipv6.conf.all.forwarding") ? "net/ipv6/conf" : NULL;
}

/* The key of an interface's forwarding: in a key, a name's dots are written as '/'. */
static int key_of(const char *conf, const char *iface, char ret[128])
{
	const size_t start = strlen(conf) + 1, n = strlen(iface);

	if (snprintf(ret, 128, "%s/%s/forwarding", conf, iface) >= 128)
		return -ENAMETOOLONG;
	for (size_t i = 0; ret[i]; i++)
		if (i >= start && i < start + n)
			ret[i] = ret[i] == '.' ? '/' : ret[i];
		else
			ret[i] = ret[i] == '/' ? '.' : ret[i];
	return 0;
}

/* Which interfaces are not as the setting that is about to change them all. */
static int note_apart(struct host_note *note, const char *key, const char *was, int proc)
{
	const char *dir = per_interface(key);
	auto_closedir DIR *d = dir ? fd_opendir(proc, dir) : NULL;
	auto_free char *text = NULL;
	char each[128], value[64];
	struct dirent *e;
	size_t len;
	FILE *f;

	if (!d)
		return 0;
	f = open_memstream(&text, &len);
	if (!f)
		return -ENOMEM;
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && strcmp(e->d_name, "all") != 0 &&
		    key_of(dir, e->d_name, each) == 0 &&
		    net_sysctl_read(proc, each, value, sizeof(value), NULL) == 0 &&
		    !net_sysctl_same(value, was))
			fprintf(f, "%s=%s ", e->d_name, value);
	if (text_close(f, &text) < 0)
		return -ENOMEM;
	return *text ? set_text(&note->apart, text) : 0;
}

/* What cannot be given back has gone. */
static void restore_apart(struct host_note *note, const char *key, int proc)
{
	char each[128], *rest = NULL;

	for (char *at = note->apart ? strtok_r(note->apart, " ", &rest) : NULL; at;
	     at = strtok_r(NULL, " ", &rest)) {
		char *value = strrchr(at, '=');

		if (!value)
			continue;
		*value++ = 0;
		if (key_of(per_interface(key), at, each) == 0)
			net_sysctl_write(proc, each, value, NULL);
	}
}

/* A setting that is being changed. */
struct change {
	const char *key;
	char *was; /* NULL: not begun */
	struct host_note note;
	bool noted; /* before, too */
};

static void change_fini(struct change *c)
{
	free(c->was);
	note_fini(&c->note);
}

/* A run that was killed wrote what it noted as next, or did not. */
static int adopt(struct host_note *note, const char *now)
{
	if (!note->next || !net_sysctl_same(note->next, now))
		return 0;
	free(note->text);
	note->text = take_ptr(note->next);
	return set_text(&note->ours, now);
}

/* Before it gets `value`, which the note says beside what it has. */
static int begin(struct warren *w, const char *network, struct change *c, const char *value,
		 int proc, struct warren_err *err)
{
	auto_free char *was = NULL;
	int r = read_note(w, network, c->key, &c->note, err);

	if (r == 0)
		r = net_sysctl_get(proc, c->key, &was, err);
	if (r < 0 || !was)
		return r;
	c->noted = c->note.old;
	if (adopt(&c->note, was) < 0 ||
	    (!c->noted &&
	     (set_text(&c->note.old, was) < 0 || note_apart(&c->note, c->key, was, proc) < 0)) ||
	    set_text(&c->note.next, value) < 0)
		return state_no_memory(err);
	r = write_note(w, network, c->key, &c->note, err);
	if (r == 0)
		c->was = take_ptr(was);
	return r;
}

/* The kernel refused a value: of several numbers it may have taken the first ones. */
static void take_back(struct warren *w, const char *network, struct change *c, int proc)
{
	auto_free char *now = NULL;

	if (!c->was)
		return;
	if (net_sysctl_get(proc, c->key, &now, NULL) == 0 && strcmp(now, c->was) != 0)
		net_sysctl_write(proc, c->key, c->was, NULL);
	free(take_ptr(c->note.next));
	write_note(w, network, c->key, c->noted ? &c->note : NULL, NULL);
}

/* Written: the note says what came of it. */
static int confirm(struct warren *w, const char *network, struct change *c, int proc,
		   struct warren_err *err)
{
	struct host_note *note = &c->note;
	auto_free char *now = NULL;
	bool ignored = false;
	int r = net_sysctl_get(proc, c->key, &now, err);

	/* who came upon our last value gives back this one */
	if (r == 0 && note->ours && !net_sysctl_same(note->ours, now)) {
		struct host_note before = { .ours = note->ours };

		r = tell_others(w, network, c->key, &before, now, now, &ignored, err);
	}
	if (r < 0)
		return r;
	free(note->ours);
	free(note->text);
	note->ours = take_ptr(now);
	note->text = take_ptr(note->next);
	return write_note(w, network, c->key, note, err);
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

/* Before `key` gets `value`. */
static int begin_swept(struct warren *w, const char *network, struct change *swept, const char *key,
		       const char *value, int proc, struct warren_err *err)
{
	auto_free char *now = NULL, *will = NULL;
	int r = net_sysctl_get(proc, key, &now, err);

	if (r == 0)
		r = net_sysctl_get(proc, swept->key, &will, err);
	if (r == 0 && !net_sysctl_same(now, value) &&
	    set_text(&will, net_sysctl_same(value, "0") ? "1" : "0") < 0)
		r = state_no_memory(err);
	return r < 0 || !will ? r : begin(w, network, swept, will, proc, err);
}

int state_set_sysctl(struct warren *w, const char *network, const char *key, const char *value,
		     int proc, struct warren_err *err)
{
	auto_(change_fini) struct change c = { .key = key }, swept = { .key = swept_by(key) };
	int r = 0;

	if (strchr(value, '\n'))
		return warren_fail(err, -EINVAL, "sysctl %s: a value is one line", key);
	if (swept.key)
		r = begin_swept(w, network, &swept, key, value, proc, err);
	if (r == 0)
		r = begin(w, network, &c, value, proc, err);
	if (r == 0)
		r = net_sysctl_write(proc, key, value, err);
	if (r < 0) {
		take_back(w, network, &c, proc);
		take_back(w, network, &swept, proc);
		return r;
	}
	r = confirm(w, network, &c, proc, err);
	return r == 0 && swept.key ? confirm(w, network, &swept, proc, err) : r;
}

/* With all that is needed to do it by hand, as the note goes. */
static void warn_of(struct warren *w, const char *network, const char *key, const char *old,
		    const char *why)
{
	if (strlen(old) > 512)
		old = "…";
	context_log(w, WARREN_LOG_WARNING,
		    "host: %.256s; it stays as it is, and is not what it was before network '%s' "
		    "came; once that is possible: sysctl -w '%s=%s'",
		    why, network, key, old);
}

/* A full disk is no reason to stay: only who goes on after a kill reads it. */
static void note_next(struct warren *w, const char *network, const char *key,
		      struct host_note *note, const char *value)
{
	if (set_text(&note->next, value) == 0)
		write_note(w, network, key, note, NULL);
}

/* Before `key` changes from `now` to `old`: what the kernel then makes of the other one is ours, too. */
static void note_swept(struct warren *w, const char *network, const char *key, const char *now,
		       const char *old, int proc)
{
	auto_(note_fini) struct host_note note = { 0 };
	const char *swept = swept_by(key);
	auto_free char *is = NULL;

	if (swept && !net_sysctl_same(now, old) && read_note(w, network, swept, &note, NULL) == 0 &&
	    note.old && net_sysctl_get(proc, swept, &is, NULL) == 0 && is_of(&note, is))
		note_next(w, network, swept, &note, net_sysctl_same(old, "0") ? "1" : "0");
}

/* With notes first where more than the value itself changes: a run that goes on after a kill must know it. */
static int give_back(struct warren *w, const char *network, const char *key, struct host_note *mine,
		     const char *now, int proc, struct warren_err *err)
{
	bool many = per_interface(key) != NULL;
	int r;

	note_swept(w, network, key, now, mine->old, proc);
	if (many)
		note_next(w, network, key, mine, mine->old);
	r = net_sysctl_write(proc, key, mine->old, err);
	if (r == 0 && many)
		restore_apart(mine, key, proc);
	return r;
}

static int restore(struct warren *w, const char *network, const char *key, int proc,
		   struct warren_err *err)
{
	auto_(note_fini) struct host_note mine = { 0 };
	auto_free char *now = NULL;
	struct warren_err why = WARREN_ERR_INIT;
	bool stays = false;
	int r = read_note(w, network, key, &mine, err);

	if (r < 0 || !mine.old)
		return r;
	r = net_sysctl_get(proc, key, &now, &why);
	if (r == 0) {
		r = tell_others(w, network, key, &mine, mine.old, now, &stays, &why);
		if (r == 0 && !stays && is_of(&mine, now))
			r = give_back(w, network, key, &mine, now, proc, &why);
	}
	if (is_shortage(r))
		return warren_fail(err, r, "%s", why.text);
	if (r < 0 && r != -ENOENT) /* that went with its interface */
		warn_of(w, network, key, mine.old, why.text);
	return write_note(w, network, key, NULL, err);
}

int state_restore_sysctl(struct warren *w, const char *network, const char *key, int proc,
			 struct warren_err *err)
{
	const char *swept = swept_by(key);
	auto_free char *was = NULL, *now = NULL;
	struct warren_err why = WARREN_ERR_INIT;
	int r = swept ? net_sysctl_get(proc, swept, &was, &why) : 0;

	if (is_shortage(r))
		return warren_fail(err, r, "%s", why.text);
	r = restore(w, network, key, proc, err);
	if (r < 0 || !swept)
		return r;
	/* as if that had changed nothing, so that what others want of it shows */
	r = was ? net_sysctl_get(proc, swept, &now, &why) : 0;
	if (r == 0 && now && strcmp(now, was) != 0)
		r = net_sysctl_write(proc, swept, was, &why);
	if (is_shortage(r))
		return warren_fail(err, r, "%s", why.text);
	if (r < 0)
		warn_of(w, network, swept, was, why.text);
	return restore(w, network, swept, proc, err);
}
