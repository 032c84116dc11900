/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building requests: nothing here makes a system call but wire_end() with a full buffer. */
#include "wire/wire-private.h"

#include <assert.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

/* Attribute lengths are 16 bits wide, nests included. */
#define LONGEST_ATTR UINT16_MAX

void wire_failed(struct wire *w, int code, const char *message)
{
	size_t n = strnlen(message, sizeof(w->message) - 1);

	if (w->code)
		return;
	w->code = code;
	memcpy(w->message, message, n);
	w->message[n] = 0;
}

void wire_empty(struct wire *w)
{
	w->seq += (uint32_t)w->tags.n;
	w->len = w->open = 0;
	w->tags.n = 0;
	if (w->cap <= WIRE_KEEP)
		return;
	free(w->buf);
	w->buf = NULL;
	w->cap = 0;
	vec_fini(&w->tags);
}

/* Zeroed room at the end of the buffer; NULL after a failure. */
static void *room(struct wire *w, size_t len)
{
	size_t aligned = NLMSG_ALIGN(len);
	void *p;

	if (w->code)
		return NULL;
	if (w->len + aligned > w->cap && vec_grow(&w->buf, &w->cap, w->len + aligned, 1) < 0) {
		wire_failed(w, -ENOMEM, "");
		return NULL;
	}
	p = w->buf + w->len;
	memset(p, 0, aligned);
	w->len += aligned;
	return p;
}

void *wire_room(struct wire *w, size_t len)
{
	void *p = room(w, len);

	assert(len <= sizeof(w->scratch));
	return p ? p : memset(w->scratch, 0, sizeof(w->scratch));
}

void *wire_begin(struct wire *w, uint16_t type, uint16_t flags, size_t header, uint32_t tag)
{
	struct nlmsghdr *h;

	w->open = w->len;
	h = room(w, sizeof(*h));
	if (h) {
		h->nlmsg_type = type;
		h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
		h->nlmsg_seq = w->seq + (uint32_t)w->tags.n;
		if (vec_push(&w->tags, tag) < 0)
			wire_failed(w, -ENOMEM, "");
	}
	return wire_room(w, header);
}

void wire_put(struct wire *w, uint16_t attr, const void *data, size_t len)
{
	struct nlattr *a;

	if (len > LONGEST_ATTR - NLA_HDRLEN) {
		wire_failed(w, -EMSGSIZE, "an attribute is longer than 64 KiB");
		return;
	}
	a = room(w, NLA_HDRLEN + len);
	if (!a)
		return;
	a->nla_type = attr;
	a->nla_len = (uint16_t)(NLA_HDRLEN + len);
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
}

void wire_put_u8(struct wire *w, uint16_t attr, uint8_t v)
{
	wire_put(w, attr, &v, sizeof(v));
}

void wire_put_u16(struct wire *w, uint16_t attr, uint16_t v)
{
	wire_put(w, attr, &v, sizeof(v));
}

void wire_put_u32(struct wire *w, uint16_t attr, uint32_t v)
{
	wire_put(w, attr, &v, sizeof(v));
}

void wire_put_str(struct wire *w, uint16_t attr, const char *s)
{
	wire_put(w, attr, s, strlen(s) + 1);
}

size_t wire_nest(struct wire *w, uint16_t attr)
{
	size_t at = w->len;

	wire_put(w, attr, NULL, 0);
	return at;
}

void wire_nest_end(struct wire *w, size_t nest)
{
	size_t len = w->len - nest;
	struct nlattr *a;

	if (len > LONGEST_ATTR)
		wire_failed(w, -EMSGSIZE, "a list of attributes is longer than 64 KiB");
	if (w->code)
		return;
	a = (struct nlattr *)(w->buf + nest);
	a->nla_len = (uint16_t)len;
}

void wire_end(struct wire *w)
{
	if (w->code)
		return;
	((struct nlmsghdr *)(w->buf + w->open))->nlmsg_len = (uint32_t)(w->len - w->open);
	if (w->len >= WIRE_BATCH || w->tags.n >= w->most)
		wire_send(w);
}
