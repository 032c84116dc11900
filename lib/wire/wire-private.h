/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WIRE_PRIVATE_H
#define WIRE_PRIVATE_H

#include "base/vec.h"
#include "wire/wire.h"

/* A batch as large as this is sent; more gains nothing (4 KiB loses 6 %). */
#define WIRE_BATCH (64 * 1024)

/* What an idle wire may keep: thousands of them are open at once. */
#define WIRE_KEEP 2048

/* Longest family header or struct in a nest that is asked for. */
#define WIRE_SCRATCH 64

struct wire {
	int fd;
	uint32_t seq; /* of the first request in the buffer; the others follow */
	size_t most;  /* requests in one batch whose failures surely fit the receive buffer */
	bool strict;  /* NETLINK_GET_STRICT_CHK is set */
	unsigned char *buf;
	size_t len, cap;
	size_t open;	    /* where the request that is being built begins */
	VEC(uint32_t) tags; /* of the requests in the buffer */
	wire_explain_fn explain;
	wire_error_fn on_error;
	void *data;
	int code;			    /* first failure since the last flush */
	char message[160];		    /* the kernel's words about it */
	uint64_t scratch[WIRE_SCRATCH / 8]; /* written to in place of the buffer once something failed */
};

/* Send the buffer and hear what failed; the first failure stays in w->code. */
void wire_send(struct wire *w);

/* Remember a failure, if it is the first. */
void wire_failed(struct wire *w, int code, const char *message);

/* Empty the buffer. */
void wire_empty(struct wire *w);

#endif
