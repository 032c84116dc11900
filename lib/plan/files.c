/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/leftover.h"
#include "plan/plan.h"
#include "plan/state-private.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "netns/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/*
 * What programs in a namespace see as /etc/hosts and /etc/resolv.conf. ETC/NAME
 * is a symbolic link to a directory in the network's state: the common one,
 * with one hosts file for all, or the node's own. So a thousand nodes cost a
 * thousand links and one file, and whose it is can be told from where it leads.
 * The common one is a read-only mount: what is written by one node would come to all.
 * Contents are written in place: a file that is bound into running programs'
 * mount namespaces must stay the same file.
 */

static bool has_own_files(const struct model_ns *ns)
{
	return ns->resolv || ns->hosts;
}

/* Directory that ETC/NAME leads to. */
static char *target_of(const struct plan *p, const struct model_ns *ns)
{
	char *t = NULL;

	if (!has_own_files(ns))
		return state_path(p->w, p->network, STATE_ETC);
	return asprintf(&t, "%s/net/%s/nodes/%s", warren_state_dir(p->w), p->network, ns->name) < 0
		       ? NULL
		       : t;
}

static bool wants_files(const struct model *m, const struct model_ns *ns)
{
	return ns->kind == MODEL_NS_NODE && (has_own_files(ns) || m->hosts);
}

static bool file_is(const char *dir, const char *name, const char *text)
{
	auto_free char *path = NULL, *have = NULL;
	size_t len = 0;
	bool there;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return false;
	there = fd_read_file(AT_FDCWD, path, (size_t)64 << 20, &have, &len) == 0;
	if (!text)
		return !there;
	return there && len == strlen(text) && !memcmp(have, text, len);
}

/* Noted where the common directory cannot be mounted, so that it is not tried each time. */
static char *unprotected(const struct plan *p)
{
	return state_path(p->w, p->network, STATE_ETC "-writable");
}

static bool is_ours(const char *name)
{
	static const char *const ours[] = { ".", "..", "hosts", NULL };
	const char *const *o = ours;

	while (*o && strcmp(*o, name) != 0)
		o++;
	return *o;
}

/* The next in a common directory that is none of ours, or NULL. */
static const char *next_other(DIR *d)
{
	const struct dirent *e;

	do
		e = readdir(d);
	while (e && is_ours(e->d_name));
	return e ? e->d_name : NULL;
}

/* Nothing can come to a directory that is read-only. */
static bool is_protected(const struct plan *p, const char *dir)
{
	auto_free char *note = NULL;
	auto_closedir DIR *d = NULL;

	if (netns_dir_is_protected(dir))
		return true;
	note = unprotected(p);
	if (!note || access(note, F_OK) < 0)
		return false;
	d = fd_opendir(AT_FDCWD, dir);
	return d && !next_other(d);
}

/* What somebody put there for one node is seen in all. */
static void clear_others(const struct plan *p, int at, const char *dir)
{
	auto_closedir DIR *d = fd_opendir(at, ".");
	const char *name;

	while (d && (name = next_other(d)) != NULL)
		context_log(p->w, WARREN_LOG_WARNING,
			    "'%s/%s', which warren did not make, and all nodes without files of their "
			    "own see, %s",
			    dir, name,
			    unlinkat(at, name, 0) == 0 ? "is removed"
						       : "cannot be removed, and stays");
}

static void protect(const struct plan *p, const char *dir)
{
	auto_free char *note = NULL;
	auto_close int fd = -1;
	int r = netns_dir_protect(dir);

	if (r == 0)
		return;
	context_log(p->w, WARREN_LOG_INFO,
		    "'%s' cannot be made read-only (%s): what a program writes to a file in it "
		    "changes that of all nodes without files of their own",
		    dir, strerror(-r));
	note = unprotected(p);
	if (note)
		fd = open(note, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
}

static const char *hosts_of(const struct model *m, const struct model_ns *ns)
{
	return ns->hosts ? ns->hosts : m->hosts;
}

static enum plan_files compare(struct plan *p, uint32_t i, const char *link)
{
	const struct model_ns *ns = &p->desired.ns.v[i];
	auto_free char *target = NULL;
	bool right;

	if (!p->ns.v[i].desired || !wants_files(&p->desired, ns))
		return PLAN_FILES_WRONG;
	target = target_of(p, ns);
	if (!target || strcmp(target, link))
		return PLAN_FILES_WRONG;
	if (!has_own_files(ns) && p->common != PLAN_FILES_NONE)
		return p->common;
	right = file_is(target, "hosts", hosts_of(&p->desired, ns)) &&
		(has_own_files(ns) ? file_is(target, "resolv.conf", ns->resolv)
				   : is_protected(p, target));
	if (!has_own_files(ns))
		p->common = right ? PLAN_FILES_RIGHT : PLAN_FILES_WRONG;
	return right ? PLAN_FILES_RIGHT : PLAN_FILES_WRONG;
}

/* What is at ETC/NAME of each namespace. */
struct links {
	uint64_t *inode;     /* of a symbolic link; 0: nothing is there; UNSURE; NULL: all are */
	uint64_t last;	     /* the one that was read last */
	char text[PATH_MAX]; /* where that leads */
};

#define UNSURE UINT64_MAX

/*
 * Many links that have one inode lead to the same place, so one is read for all
 * that the network made before. Other names of a union of file systems (overlayfs)
 * may be in a lower layer, whose numbers are others; what is made is in the upper one.
 */
static int list_links(const struct plan *p, struct links *ret)
{
	auto_closedir DIR *d = NULL;
	struct dirent *e;

	if (p->ns.n < 32)
		return 0;
	d = fd_opendir(p->etc, ".");
	ret->inode = d ? calloc(p->ns.n, sizeof(*ret->inode)) : NULL;
	if (!ret->inode)
		return d ? -ENOMEM : -errno;
	while ((errno = 0, e = readdir(d)) != NULL) {
		uint32_t i = map_get_str(&p->names, e->d_name);

		if (i != MAP_NONE)
			ret->inode[i] = e->d_type == DT_LNK && plan_was_ours(p, i) ? e->d_ino
										   : UNSURE;
	}
	return -errno;
}

/* @return whether there is something; its text is empty where that is no link */
static bool read_link(const struct plan *p, uint32_t i, struct links *l)
{
	const uint64_t inode = l->inode ? l->inode[i] : UNSURE;
	ssize_t n;

	if (p->etc < 0 || inode == 0)
		return false;
	if (inode != UNSURE && inode == l->last)
		return true;
	n = readlinkat(p->etc, p->ns.v[i].name, l->text, sizeof(l->text) - 1);
	l->text[n < 0 ? 0 : n] = 0;
	l->last = n < 0 ? UNSURE : inode;
	return n >= 0 || errno != ENOENT;
}

static bool leads_to_ours(const struct plan *p, const char *text)
{
	return strncmp(text, p->etc_ours, strlen(p->etc_ours)) == 0;
}

static enum plan_files look(struct plan *p, uint32_t i, struct links *links)
{
	if (read_link(p, i, links)) {
		if (leads_to_ours(p, links->text))
			return compare(p, i, links->text);
		return leftover_is_stale(p->w, links->text) ? PLAN_FILES_WRONG : PLAN_FILES_ALIEN;
	}
	/* where none is wanted, none is right */
	return p->ns.v[i].desired && !wants_files(&p->desired, &p->desired.ns.v[i])
		       ? PLAN_FILES_RIGHT
		       : PLAN_FILES_NONE;
}

int files_observe(struct plan *p, struct warren_err *err)
{
	struct links links = { .last = UNSURE };
	int r = 0;

	cleanup_close(&p->etc);
	free(p->etc_ours);
	p->etc_ours = NULL;
	p->etc = open(warren_etc_dir(p->w), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->etc < 0 && errno != ENOENT)
		r = -errno;
	if (p->etc >= 0)
		r = list_links(p, &links);
	if (r == 0 && asprintf(&p->etc_ours, "%s/net/%s/", warren_state_dir(p->w), p->network) < 0) {
		p->etc_ours = NULL;
		r = -ENOMEM;
	}
	for (uint32_t i = 1; r == 0 && i < p->ns.n; i++)
		p->ns.v[i].files = look(p, i, &links);
	free(links.inode);
	return r < 0 ? warren_fail(err, r, "cannot read '%s': %s", warren_etc_dir(p->w),
				   strerror(-r))
		     : 0;
}

static int write_in_place(int at, const char *dir, const char *name, const char *text,
			  struct warren_err *err)
{
	auto_close int fd = -1;
	int r;

	if (!text) {
		if (unlinkat(at, name, 0) < 0 && errno != ENOENT)
			return warren_fail(err, -errno, "cannot remove '%s/%s': %s", dir, name,
					   strerror(errno));
		return 0;
	}
	fd = openat(at, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	r = fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
	/* readable for every program inside, whatever the umask was */
	if (r == 0 && (ftruncate(fd, (off_t)strlen(text)) < 0 || fchmod(fd, 0644) < 0))
		r = -errno;
	return r < 0 ? warren_fail(err, r, "cannot write '%s/%s': %s", dir, name, strerror(-r)) : 0;
}

static int write_files(struct plan *p, const struct model_ns *ns, const char *dir,
		       struct warren_err *err)
{
	const bool common = !has_own_files(ns);
	auto_close int at = -1;
	int r;

	if (common && p->common == PLAN_FILES_RIGHT)
		return 0;
	r = fd_mkdir_all(dir);
	if (r < 0)
		return warren_fail(err, r, "cannot make '%s': %s", dir, strerror(-r));
	at = common ? netns_dir_open_protected(dir) : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return warren_fail(err, common ? at : -errno, "cannot open '%s': %s", dir,
				   strerror(common ? -at : errno));
	r = write_in_place(at, dir, "hosts", hosts_of(&p->desired, ns), err);
	if (r == 0 && !common)
		r = write_in_place(at, dir, "resolv.conf", ns->resolv, err);
	if (r < 0 || !common)
		return r;
	clear_others(p, at, dir);
	protect(p, dir); /* before any link leads there */
	p->common = PLAN_FILES_RIGHT;
	return 0;
}

static int prepare_etc(struct plan *p, struct warren_err *err)
{
	int r = p->etc_ready ? 0 : leftover_make_dir(p->w, warren_etc_dir(p->w), err);

	p->etc_ready = r == 0;
	return r;
}

/* One inode for all that lead to the common files; see list_links(). */
static int make_link(struct plan *p, const char *target, const char *link, bool common)
{
	if (common && p->first_link && linkat(AT_FDCWD, p->first_link, AT_FDCWD, link, 0) == 0)
		return 0;
	/* the first, or the file system makes no more of that (EMLINK, EPERM …) */
	if (symlink(target, link) < 0)
		return -errno;
	if (common) {
		free(p->first_link);
		p->first_link = strdup(link);
	}
	return 0;
}

/* Remove the link at ETC/NAME, if it is still the network's, or nobody's. @return 0 or a negative errno; -EEXIST: it is not */
static int remove_link(const struct plan *p, uint32_t i)
{
	const char *name = p->ns.v[i].name;
	char text[PATH_MAX];
	ssize_t n = readlinkat(p->etc, name, text, sizeof(text) - 1);

	if (n < 0 && errno != EINVAL)
		return errno == ENOENT ? 0 : -errno;
	text[n < 0 ? 0 : n] = 0;
	if (!leads_to_ours(p, text) && !leftover_is_stale(p->w, text))
		return -EEXIST;
	return unlinkat(p->etc, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int files_set(struct plan *p, uint32_t i, struct warren_err *err)
{
	const struct model_ns *ns = &p->desired.ns.v[i];
	auto_free char *target = NULL, *link = NULL;
	int r;

	if (!wants_files(&p->desired, ns))
		return files_delete(p, i, err);
	target = target_of(p, ns);
	if (!target || asprintf(&link, "%s/%s", warren_etc_dir(p->w), ns->name) < 0)
		return warren_fail(err, -ENOMEM, "out of memory");
	r = prepare_etc(p, err);
	if (r == 0)
		r = write_files(p, ns, target, err);
	if (r < 0)
		return r;
	r = make_link(p, target, link, !has_own_files(ns));
	if (r == -EEXIST && p->ns.v[i].files == PLAN_FILES_WRONG) {
		r = remove_link(p, i);
		if (r == 0)
			r = make_link(p, target, link, !has_own_files(ns));
	}
	/* the last network of before took the empty directory with it just now */
	p->etc_ready = r != -ENOENT;
	if (!p->etc_ready && prepare_etc(p, NULL) == 0)
		r = make_link(p, target, link, !has_own_files(ns));
	return r < 0 ? warren_fail(err, r, "cannot make '%s': %s", link, strerror(-r)) : 0;
}

int files_delete(struct plan *p, uint32_t i, struct warren_err *err)
{
	const char *name = p->ns.v[i].name, *etc = warren_etc_dir(p->w);
	int r = p->etc >= 0 ? remove_link(p, i) : 0;

	if (r == -EEXIST)
		context_log(p->w, WARREN_LOG_WARNING,
			    "'%s/%s' was replaced by somebody else just now; it stays", etc, name);
	else if (r < 0)
		return warren_fail(err, r, "cannot remove '%s/%s': %s", etc, name, strerror(-r));
	return 0;
}

void files_unprotect(const struct plan *p)
{
	auto_free char *dir = state_path(p->w, p->network, STATE_ETC);

	if (dir)
		netns_dir_unprotect(dir);
}
