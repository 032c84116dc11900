/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets: sending batches, hearing failures, dumps. */
#include "base/cleanup.h"
#include "wire/attr.h"
#include "wire/wire-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif

/* The kernel makes the pieces of a dump as large as the largest buffer offered so far, up to this. */
#define PIECE (32 * 1024)

/* What a failure with the kernel's words takes of the receive buffer; short ones take 960. */
#define FAILURE_SIZE 1280

#define RECEIVE_BUFFER (1024 * 1024)
#define DUMP_TRIES     24

static void set_option(int fd, int level, int option, int v)
{
	/* All of them are improvements that older kernels lack. */
	(void)setsockopt(fd, level, option, &v, sizeof(v));
}

/* How many failures the socket can hold: a batch is never larger, so that none is lost. */
static size_t room_for_failures(int fd)
{
	int v = RECEIVE_BUFFER;
	socklen_t len = sizeof(v);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &v, sizeof(v)) < 0)
		set_option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &v, &len) < 0 || v < 2 * FAILURE_SIZE)
		return 1;
	return (size_t)v / FAILURE_SIZE;
}

int wire_open_family(int family, struct wire **ret, struct warren_err *err)
{
	auto_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family);
	struct wire *w;

	if (fd < 0)
		return warren_fail(err, -errno, "open a netlink socket: %s", strerror(errno));
	set_option(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
	set_option(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
	w = calloc(1, sizeof(*w));
	if (!w)
		return warren_fail(err, -ENOMEM, "out of memory");
	w->most = room_for_failures(fd);
	w->fd = take_fd(&fd);
	w->seq = 1;
	*ret = w;
	return 0;
}

int wire_open(struct wire **ret, struct warren_err *err)
{
	return wire_open_family(NETLINK_ROUTE, ret, err);
}

void wire_close(struct wire *w)
{
	if (!w)
		return;
	close(w->fd);
	free(w->buf);
	vec_fini(&w->tags);
	free(w);
}

int wire_fd(const struct wire *w)
{
	return w->fd;
}

uint32_t wire_requests(const struct wire *w)
{
	return w->seq + (uint32_t)w->tags.n;
}

bool wire_pending(const struct wire *w)
{
	return w->tags.n > 0;
}

void wire_on_error(struct wire *w, wire_error_fn fn, void *data)
{
	w->on_error = fn;
	w->data = data;
}

void wire_on_refusal(struct wire *w, wire_explain_fn fn)
{
	w->explain = fn;
}

/* The kernel's own words in an NLMSG_ERROR, or "". */
static const char *words(const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = wire_payload(h);
	size_t skip = sizeof(*e);
	const struct nlattr *a;

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return "";
	/* Without NLM_F_CAPPED the request is quoted whole, before the attributes. */
	if (!(h->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > sizeof(e->msg))
		skip += NLMSG_ALIGN(e->msg.nlmsg_len - sizeof(e->msg));
	if (skip > wire_payload_len(h))
		return "";
	attr_foreach(a, h, skip) {
		if (attr_type(a) == NLMSGERR_ATTR_MSG && attr_str(a))
			return attr_str(a);
	}
	return "";
}

/* Codes are negative errnos. */
static int sane(int code)
{
	return code > 0 || code < -4095 ? -EBADMSG : code;
}

/* The code of an NLMSG_ERROR; 0 is an acknowledgement. */
static int error_code(const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = wire_payload(h);

	if (wire_payload_len(h) < sizeof(*e))
		return -EBADMSG;
	return sane(e->error);
}

/* Messages of a datagram. */
struct datagram {
	const char *at;
	size_t left;
};

static const struct nlmsghdr *next_message(struct datagram *d)
{
	const struct nlmsghdr *h = (const void *)d->at;
	size_t step;

	if (d->left < sizeof(*h) || h->nlmsg_len < sizeof(*h) || h->nlmsg_len > d->left)
		return NULL;
	step = NLMSG_ALIGN((size_t)h->nlmsg_len);
	if (step > d->left)
		step = d->left;
	d->at += step;
	d->left -= step;
	return h;
}

/* Request i of the buffer. */
static const struct nlmsghdr *request_at(const struct wire *w, uint32_t i)
{
	struct datagram d = { (const char *)w->buf, w->len };
	const struct nlmsghdr *h = next_message(&d);

	while (h && i-- > 0)
		h = next_message(&d);
	return h;
}

static void hear_failure(struct wire *w, const struct nlmsghdr *h)
{
	const struct nlmsghdr *request;
	char text[sizeof(w->message)];
	uint32_t i = h->nlmsg_seq - w->seq;
	int code = h->nlmsg_type == NLMSG_ERROR ? error_code(h) : 0;
	const char *message;

	if (code == 0 || i >= w->tags.n)
		return;
	message = code == -EBADMSG ? "" : words(h);
	request = w->explain ? request_at(w, i) : NULL;
	if (request) {
		snprintf(text, sizeof(text), "%s", message);
		w->explain(request, code, text, sizeof(text));
		message = text;
	}
	if (w->on_error)
		code = w->on_error(w->data, w->tags.v[i], code, message);
	if (code < 0)
		wire_failed(w, code, message);
}

/*
 * One datagram from the kernel. Never waits: the kernel answers inside send(),
 * and makes the next piece of a dump inside recv().
 * @return its length, which may be more than size, or a negative errno
 */
static ssize_t receive(int fd, void *buf, size_t size)
{
	struct sockaddr_nl from = { 0 };
	socklen_t len;
	ssize_t n;

	do {
		len = sizeof(from);
		n = recvfrom(fd, buf, size, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from,
			     &len);
	} while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	return n < 0 ? -errno : n;
}

static void hear_failures(struct wire *w)
{
	_Alignas(struct nlmsghdr) char buf[8192];

	for (;;) {
		ssize_t got = receive(w->fd, buf, sizeof(buf));
		const struct nlmsghdr *h;
		struct datagram d;

		if (got == -EAGAIN)
			return;
		if (got == -ENOBUFS) {
			wire_failed(w, -ENOBUFS, "more requests failed than the socket could hold");
			continue; /* what it did hold is still to be read */
		}
		if (got < 0) {
			wire_failed(w, (int)got, "");
			return;
		}
		d = (struct datagram){ buf, got > (ssize_t)sizeof(buf) ? sizeof(buf) : (size_t)got };
		while ((h = next_message(&d)) != NULL)
			hear_failure(w, h);
	}
}

static int try_send(struct wire *w)
{
	ssize_t n;

	do
		n = send(w->fd, w->buf, w->len, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int send_buffer(struct wire *w)
{
	int size = (int)w->len + WIRE_BATCH;
	int r = try_send(w);

	if (r != -EMSGSIZE)
		return r;
	/* net.core.wmem_default is small here, or one request is long. */
	if (setsockopt(w->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		set_option(w->fd, SOL_SOCKET, SO_SNDBUF, size);
	return try_send(w);
}

void wire_send(struct wire *w)
{
	int r;

	if (w->code || !w->len)
		return;
	r = send_buffer(w);
	if (r < 0)
		wire_failed(w, r, "");
	else
		hear_failures(w);
	wire_empty(w);
}

void wire_reset(struct wire *w)
{
	wire_empty(w);
	w->code = 0;
	w->message[0] = 0;
}

/* Say what failed, and begin anew. */
static int report(struct wire *w, struct warren_err *err)
{
	int code = w->code;

	if (code && w->message[0])
		warren_fail(err, code, "%s: %s", strerror(-code), w->message);
	else if (code)
		warren_fail(err, code, "%s", strerror(-code));
	wire_reset(w);
	return code;
}

int wire_flush(struct wire *w, struct warren_err *err)
{
	wire_send(w);
	return report(w, err);
}

/* A question that is answered by messages: a dump, or one object and an acknowledgement. */
struct question {
	struct wire *w;
	uint32_t seq;
	wire_dump_fn fn; /* NULL once it wants no more */
	void *data;
	char *buf;
	size_t size; /* of buf */
	bool is_dump;
	bool spoilt; /* to be asked again: the table changed, or buf was too small */
	int code;    /* what fn or the kernel said */
};

/* @return true where this was the last message */
static bool hear_answer(struct question *q, const struct nlmsghdr *h)
{
	int code = 0;

	if (h->nlmsg_seq != q->seq)
		return false;
	if (q->is_dump && (h->nlmsg_flags & NLM_F_DUMP_INTR))
		q->spoilt = true;
	if (h->nlmsg_type == NLMSG_ERROR) {
		code = error_code(h);
		if (code < 0)
			wire_failed(q->w, code, code == -EBADMSG ? "" : words(h));
		return true;
	}
	if (h->nlmsg_type == NLMSG_DONE) {
		if (wire_payload_len(h) >= sizeof(code))
			memcpy(&code, wire_payload(h), sizeof(code));
		if (code < 0)
			wire_failed(q->w, sane(code), "");
		return true;
	}
	if (h->nlmsg_type < NLMSG_MIN_TYPE || q->spoilt || q->code || !q->fn)
		return false;
	q->code = q->fn(q->data, h);
	return false;
}

static int enlarge(struct question *q, size_t need)
{
	char *bigger = realloc(q->buf, NLMSG_ALIGN(need));

	if (!bigger) {
		wire_failed(q->w, -ENOMEM, "");
		return -ENOMEM;
	}
	q->buf = bigger;
	q->size = NLMSG_ALIGN(need);
	return 0;
}

/* Hear all answers, also those that nobody wants any more: the next question needs an empty socket. */
static void hear_answers(struct question *q)
{
	for (;;) {
		ssize_t got = receive(q->w->fd, q->buf, q->size);
		const struct nlmsghdr *h;
		struct datagram d;

		if (got == -EAGAIN && q->spoilt)
			return; /* the end was in what did not fit */
		if (got < 0) {
			wire_failed(q->w, got == -EAGAIN ? -EIO : (int)got, "");
			return;
		}
		if ((size_t)got > q->size) {
			if (enlarge(q, (size_t)got) < 0)
				return;
			q->spoilt = true;
			continue;
		}
		d = (struct datagram){ q->buf, (size_t)got };
		while ((h = next_message(&d)) != NULL)
			if (hear_answer(q, h))
				return;
	}
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ 0, ms * 1000000 }, NULL);
}

/* Ask until the answer is whole. */
static void ask(struct question *q, uint16_t flags)
{
	struct wire *w = q->w;
	struct nlmsghdr *h = (struct nlmsghdr *)w->buf;
	int r;

	h->nlmsg_flags |= flags;
	for (int tries = 0; tries < DUMP_TRIES; tries++) {
		/* another one is busy with the table: for milliseconds, or seconds with a thousand links */
		if (tries > 0)
			pause_ms(tries < 7 ? 1 << tries : 128);
		q->spoilt = false;
		h->nlmsg_seq = q->seq;
		r = send_buffer(w);
		if (r < 0)
			wire_failed(w, r, "");
		else
			hear_answers(q);
		if (w->code || q->code || !q->spoilt)
			return;
		if (q->fn)
			q->code = q->fn(q->data, NULL);
		if (q->code)
			return;
		q->seq++;
	}
	wire_failed(w, -EAGAIN, "the kernel's table changes faster than it can be read");
}

static int converse(struct wire *w, wire_dump_fn fn, void *data, uint16_t flags,
		    struct warren_err *err)
{
	struct question q = { .w = w, .seq = w->seq, .fn = fn, .data = data, .size = PIECE };

	if (w->code || w->tags.n != 1)
		return w->code ? report(w, err)
			       : warren_fail(err, -EINVAL, "a question must stand alone");
	q.is_dump = flags & NLM_F_DUMP;
	q.buf = malloc(q.size);
	if (!q.buf) {
		wire_reset(w);
		return warren_fail(err, -ENOMEM, "out of memory");
	}
	if (!w->strict) {
		set_option(w->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
		w->strict = true;
	}
	ask(&q, flags);
	free(q.buf);
	w->seq = q.seq;
	if (!w->code && q.code)
		wire_failed(w, q.code, "");
	return report(w, err);
}

int wire_dump(struct wire *w, wire_dump_fn fn, void *data, struct warren_err *err)
{
	return converse(w, fn, data, NLM_F_DUMP, err);
}

int wire_call(struct wire *w, wire_dump_fn fn, void *data, struct warren_err *err)
{
	return converse(w, fn, data, NLM_F_ACK, err);
}
