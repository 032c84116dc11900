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
	FIELD_BOOL,
	FIELD_UINT,    /* unsigned of `wire_bytes` bytes */
	FIELD_SECONDS, /* whole seconds; hundredths (clock_t, USER_HZ) on the wire */
};

enum {
	FIELD_REQUIRED = 1 << 0, /* must be given */
	FIELD_LIVE = 1 << 1,	 /* can be changed without making the link anew */
	FIELD_FIRST = 1 << 2,	 /* is changed in a request of its own, before the others */
};

struct field {
	const char *key; /* in the topology file */
	uint16_t attr;	 /* IFLA_<KIND>_*, inside IFLA_INFO_DATA */
	enum field_type type;
	uint8_t wire_bytes; /* 1, 2, 4 or 8 */
	uint8_t flags;	    /* FIELD_* */
	uint64_t min, max,
		preset; /* preset: what a link that warren makes has where the file is silent */
	const char *help;
};

#define FIELDS_MOST 16

/* Values of a kind's fields, by their index in the table. */
struct field_values {
	uint32_t given;	 /* bit i: field i has a value */
	uint32_t hidden; /* bit i: field i has one that the kernel does not tell now */
	uint64_t v[FIELDS_MOST];
	struct mark mark[FIELDS_MOST];
};

struct link_kind {
	const char *name;   /* as the kernel says it: IFLA_INFO_KIND */
	const char *config; /* option of the kernel that it takes, "CONFIG_VETH" */
	bool standalone; /* an interface by itself, which has fields only: 'type: NAME' asks for it */
	uint32_t mtu;	 /* standalone: what the kernel gives a new one */
	const struct field *fields; /* ended by a NULL key; may be NULL */
	const char *help;
	/* What is wrong with these values together, and in *field with which; NULL if nothing. May be NULL. */
	const char *(*check)(struct field_values *v, size_t *field);
	/* Which fields the kernel does not tell now, by what else it says. May be NULL. */
	uint32_t (*hidden)(const struct nlattr *data, const struct field_values *v);
	/* What is not a field (the peer of a veth): put into IFLA_INFO_DATA. May be NULL. */
	void (*put_extra)(struct wire *w, const struct model *m, const struct model_iface *i,
			  int peer_ns_fd);
};

/** @return the kind by the kernel's name, or NULL */
const struct link_kind *link_kind_find(const char *name);

/** @return the kind of an interface that warren makes, or NULL for loopback and others */
const struct link_kind *link_kind_of(enum model_iface_kind kind);

/** @return its number in the model */
enum model_iface_kind link_kind_number(const struct link_kind *k);

/** @return the name of standalone kind i, NULL after the last */
const char *link_kind_standalone(size_t i);

/** @return kind i, NULL after the last */
const struct link_kind *link_kind_at(size_t i);

/** @return how many fields a kind has */
size_t link_kind_fields(const struct link_kind *k);

/**
 * Give every field that has no value its preset, and check the values against
 * each other (each against its own limits is the parser's work).
 * @param v           changed; `given` is complete afterwards
 * @param[out] field  index of the field that is wrong; untouched where none is
 * @return NULL, or what is wrong as a sentence
 */
const char *link_kind_complete(const struct link_kind *k, struct field_values *v, size_t *field);

/**
 * Put fields as attributes (into an IFLA_INFO_DATA that is open).
 * @param which  bit i: field i; those without a value are left out
 */
void link_kind_put(struct wire *w, const struct link_kind *k, const struct field_values *v,
		   uint32_t which);

/**
 * Read fields from the kernel's IFLA_INFO_DATA. What is missing or not as long
 * as it should be has no value afterwards.
 * @param data  may be NULL: no field has a value
 * @param[out] ret  written whole
 */
void link_kind_get(const struct link_kind *k, const struct nlattr *data, struct field_values *ret);

#endif
