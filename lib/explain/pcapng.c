/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/pcapng.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Types of blocks and codes of options. */
enum {
	SECTION = 0x0A0D0D0A,
	IFACE = 1,
	STATISTICS = 5,
	PACKET = 6,

	OPT_END = 0,
	OPT_APPLICATION = 4, /* of the section */
	OPT_NAME = 2,	     /* of an interface */
	OPT_RESOLUTION = 9,
	OPT_FLAGS = 2,	  /* of a packet */
	OPT_RECEIVED = 4, /* of statistics */
};

#define BYTE_ORDER_MAGIC 0x1A2B3C4D
#define NANOSECONDS	 9 /* 10^-9 */

int pcapng_flush(struct pcapng *p)
{
	size_t done = 0;

	while (!p->error && done < p->n) {
		const size_t left = p->n - done;
		ssize_t n;

		p->error = p->ready(p->data);
		if (p->error)
			break;
		n = write(p->fd, p->buf + done, left < p->most ? left : p->most);
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR && errno != EAGAIN)
			p->error = -errno;
	}
	p->n = 0;
	return p->error;
}

static void put(struct pcapng *p, const void *data, size_t len)
{
	while (len && !p->error) {
		size_t room = sizeof(p->buf) - p->n, part = len < room ? len : room;

		memcpy(p->buf + p->n, data, part);
		p->n += part;
		data = (const uint8_t *)data + part;
		len -= part;
		if (p->n == sizeof(p->buf))
			pcapng_flush(p);
	}
}

static void put_u16(struct pcapng *p, uint16_t v)
{
	put(p, &v, sizeof(v));
}

static void put_u32(struct pcapng *p, uint32_t v)
{
	put(p, &v, sizeof(v));
}

/* Times are two halves, the higher first, whatever the order of bytes. */
static void put_time(struct pcapng *p, uint64_t ns)
{
	put_u32(p, (uint32_t)(ns >> 32));
	put_u32(p, (uint32_t)ns);
}

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static void pad(struct pcapng *p, size_t len)
{
	put(p, "\0\0\0", padded(len) - len);
}

static void put_option(struct pcapng *p, uint16_t code, const void *data, size_t len)
{
	put_u16(p, code);
	put_u16(p, (uint16_t)len);
	put(p, data, len);
	pad(p, len);
}

static size_t option_size(size_t len)
{
	return 4 + padded(len);
}

/* A block has its length at both ends. */
static uint32_t begin(struct pcapng *p, uint32_t type, size_t body)
{
	uint32_t len = (uint32_t)(12 + body);

	put_u32(p, type);
	put_u32(p, len);
	return len;
}

int pcapng_begin(struct pcapng *p)
{
	static const char application[] = "warren";
	const uint64_t unknown = UINT64_MAX;
	uint32_t len;

	p->error = 0;
	p->n = 0;
	len = begin(p, SECTION, 16 + option_size(sizeof(application) - 1) + 4);
	put_u32(p, BYTE_ORDER_MAGIC);
	put_u16(p, 1); /* version 1.0 */
	put_u16(p, 0);
	put(p, &unknown, sizeof(unknown));
	put_option(p, OPT_APPLICATION, application, sizeof(application) - 1);
	put_option(p, OPT_END, NULL, 0);
	put_u32(p, len);
	return p->error;
}

int pcapng_iface(struct pcapng *p, const char *name, uint16_t link, uint32_t snap_len)
{
	const uint8_t resolution = NANOSECONDS;
	uint32_t len = begin(p, IFACE, 8 + option_size(strlen(name)) + option_size(1) + 4);

	put_u16(p, link);
	put_u16(p, 0);
	put_u32(p, snap_len);
	put_option(p, OPT_NAME, name, strlen(name));
	put_option(p, OPT_RESOLUTION, &resolution, 1);
	put_option(p, OPT_END, NULL, 0);
	put_u32(p, len);
	return p->error;
}

int pcapng_packet(struct pcapng *p, const struct pcapng_packet *packet, const void *head,
		  size_t head_len, const void *data, size_t data_len)
{
	const uint32_t flags = packet->outgoing ? 2 : 1;
	uint32_t len = begin(p, PACKET, 20 + padded(head_len + data_len) + option_size(4) + 4);

	put_u32(p, packet->iface);
	put_time(p, packet->ns);
	put_u32(p, (uint32_t)(head_len + data_len));
	put_u32(p, packet->length);
	put(p, head, head_len);
	put(p, data, data_len);
	pad(p, head_len + data_len);
	put_option(p, OPT_FLAGS, &flags, sizeof(flags));
	put_option(p, OPT_END, NULL, 0);
	put_u32(p, len);
	return p->error;
}

int pcapng_statistics(struct pcapng *p, uint32_t iface, uint64_t ns, uint64_t received)
{
	uint32_t len = begin(p, STATISTICS, 12 + option_size(8) + 4);

	put_u32(p, iface);
	put_time(p, ns);
	put_option(p, OPT_RECEIVED, &received, sizeof(received));
	put_option(p, OPT_END, NULL, 0);
	put_u32(p, len);
	return p->error;
}
