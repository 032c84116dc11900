/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINK_LINK_KIND_H
#define LINK_LINK_KIND_H

#include "model/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire;
struct nlattr;

/*
 * A kind of link is a table of fields. From the table come reading the
 * topology file with places in errors, validation, encoding to netlink,
 * decoding, comparing, the JSON schema and the manual.
 */
enum field_type {
	FIELD_BOOL, /* u8 on the wire unless wire_bytes says else */
	FIELD_UINT, /* unsigned of `wire_bytes` bytes */
	FIELD_SECONDS, /* a time in seconds, as the kernel's clock_t hundredths on the wire (USER_HZ) */
};

enum {
	FIELD_REQUIRED = 1 << 0, /* must be given */
	FIELD_LIVE = 1 << 1,	 /* can be changed without making the link anew */
};

struct field {
	const char *key; /* in the topology file */
	uint16_t attr;	 /* IFLA_<KIND>_*, inside IFLA_INFO_DATA */
	enum field_type type;
	uint8_t wire_bytes; /* 1, 2, 4 or 8 */
	uint8_t flags;	    /* FIELD_* */
	uint64_t min, max, preset; /* preset: what a link that warren makes has where the file is silent */
	const char *help;
};

#define FIELDS_MOST 16

/* Values of a kind's fields, by their index in the table. */
struct field_values {
	uint32_t given; /* bit i: field i has a value */
	uint64_t v[FIELDS_MOST];
	struct mark mark[FIELDS_MOST];
};

struct link_kind {
	const char *name;	    /* as the kernel says it: IFLA_INFO_KIND */
	enum model_iface_kind kind; /* in the model */
	const struct field *fields; /* ended by a NULL key; may be NULL */
	const char *help;
	/* What is not a field (the peer of a veth): put into IFLA_INFO_DATA. May be NULL. */
	void (*put_extra)(struct wire *w, const struct model *m, const struct model_iface *i,
			  int peer_ns_fd, bool peer_up);
};

/** @return the kind by the kernel's name, or NULL */
const struct link_kind *link_kind_find(const char *name);

/** @return the kind of an interface that warren makes, or NULL for loopback and others */
const struct link_kind *link_kind_of(enum model_iface_kind kind);

/** @return kind i, NULL after the last */
const struct link_kind *link_kind_at(size_t i);

#endif
