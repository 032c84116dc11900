/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EXPLAIN_PCAPNG_H
#define EXPLAIN_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The blocks of a pcapng file (IETF draft-ietf-opsawg-pcapng), in the byte
 * order of the machine. Each is put whole into a buffer and written at once when
 * that is full, or flushed. Errors stay: the first is told by each later call.
 */
struct pcapng {
	int fd;
	/* Asked before each write: 0 where one would not wait, else a negative errno to end with. */
	int (*ready)(void *data);
	void *data;
	size_t most; /* bytes that may be written after it */
	int error;   /* negative errno; 0: none yet */
	size_t n;
	uint8_t buf[1 << 16];
};

/* Of a captured packet. */
struct pcapng_packet {
	uint32_t iface;	 /* number, in the order in which they were described */
	uint64_t ns;	 /* since 1970 */
	uint32_t length; /* on the wire; may be more than is kept */
	bool outgoing;
};

/** Begin a file; fd, ready, data and most are set. */
int pcapng_begin(struct pcapng *p);

/** Of an interface; `link` is a LINKTYPE_* number. */
int pcapng_iface(struct pcapng *p, const char *name, uint16_t link, uint32_t snap_len);

/** A packet of two parts, which follow each other in it; the first may be empty. */
int pcapng_packet(struct pcapng *p, const struct pcapng_packet *packet, const void *head,
		  size_t head_len, const void *data, size_t len);

/** How many packets there were of an interface, at the end. */
int pcapng_statistics(struct pcapng *p, uint32_t iface, uint64_t ns, uint64_t received);

/** Write what is in the buffer. @return 0 or the first error */
int pcapng_flush(struct pcapng *p);

#endif
