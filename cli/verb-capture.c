/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <warren/capture.h>

struct capture_options {
	const char *write;
	unsigned long packets, seconds, snap_len;
};

static const struct option capture_options[] = {
	{ "write", 'w', OPTION_TEXT, OPTION_VALUE_FILE, offsetof(struct capture_options, write),
	  "write to this file, which is replaced; - or nothing for standard output" },
	{ "count", 'c', OPTION_NUMBER, "N", offsetof(struct capture_options, packets),
	  "end after so many packets" },
	{ "time", 't', OPTION_NUMBER, "SECONDS", offsetof(struct capture_options, seconds),
	  "end after so long" },
	{ "snapshot-length", 's', OPTION_NUMBER, "BYTES",
	  offsetof(struct capture_options, snap_len), "keep so much of each packet (all of it)" },
	{ NULL },
};

static bool to_stdout(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

/* @return 0, or what the verb shall return */
static int open_output(const char *path, struct warren_capture_options *o, struct warren_errs *errs)
{
	if (to_stdout(path)) {
		o->fd = STDOUT_FILENO;
		o->name = "standard output";
		if (!isatty(STDOUT_FILENO))
			return 0;
		return cli_fail(
			errs, -EINVAL,
			"packets are nothing for a terminal: --write FILE keeps them, '| tcpdump -n -r -' "
			"shows them, '| wireshark -k -i -' does, too");
	}
	if (!*path)
		return cli_usage(errs, "--write: a file's name is missing");
	o->name = path;
	o->replace = true;
	o->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (o->fd >= 0)
		return 0;
	if (errno == EINTR)
		return -ECANCELED; /* a FIFO that nobody reads */
	return cli_fail(errs, -errno, "%s: cannot be written: %s", path, strerror(errno));
}

static int capture(struct cli *c, const struct warren_capture_options *o, struct warren_errs *errs)
{
	struct warren_capture_result result = { 0 };
	struct warren_err err = WARREN_ERR_INIT;

	if (warren_capture(c->warren, o, &result, &err) < 0)
		return warren_errs_add(errs, &err);
	if (c->verbosity >= 0)
		fprintf(stderr, "%" PRIu64 " packet%s of %zu interface%s%s", result.packets,
			result.packets == 1 ? "" : "s", result.interfaces,
			result.interfaces == 1 ? "" : "s", result.dropped ? "" : "\n");
	if (c->verbosity >= 0 && result.dropped)
		fprintf(stderr,
			"; %" PRIu64 " more came faster than they could be written; name fewer "
			"interfaces, or keep less of each packet (-s)\n",
			result.dropped);
	return EXIT_OK;
}

static int capture_run(struct cli *c, const void *opts, int argc, char **argv,
		       struct warren_errs *errs)
{
	const struct capture_options *opt = opts;
	struct warren_capture_options o = {
		.what = argc ? (const char *const *)argv : NULL,
		.n_what = (size_t)argc,
		.packets = opt->packets,
		.seconds = opt->seconds,
		.snap_len = opt->snap_len > UINT32_MAX ? UINT32_MAX : (uint32_t)opt->snap_len,
	};
	bool is_new;
	int r = cli_enter_up(c, errs);

	if (r < 0)
		return r;
	is_new = !to_stdout(opt->write) && access(opt->write, F_OK) < 0;
	r = open_output(opt->write, &o, errs);
	if (r)
		return r;
	r = capture(c, &o, errs);
	if (!to_stdout(opt->write))
		close(o.fd);
	if (r < 0 && is_new)
		(void)unlink(opt->write);
	return r;
}

const struct verb verb_capture = {
	.name = "capture",
	.arguments = "[NODE|NODE:INTERFACE]...",
	.summary = "write the packets of many interfaces into one file",
	.details =
		"Captures in many namespaces at once: on all interfaces of each NODE but lo, on each INTERFACE, or on "
		"those of all namespaces with names. The file is pcapng, in which each packet has the "
		"interface that it was on, NODE:INTERFACE, and its direction; tcpdump, tshark and Wireshark "
		"read it. A packet on a cable is there twice, as it leaves and as it arrives; what was on several interfaces at once may not be in order of time. "
		"An interface that comes later is not captured.\n\n"
		"Ends after --count packets, after --time seconds, when nobody reads any more, or by Ctrl-C.",
	.options = capture_options,
	.options_size = sizeof(struct capture_options),
	.max_args = -1,
	.complete = COMPLETE_NODE,
	.complete_rest = COMPLETE_NODE,
	.run = capture_run,
};
