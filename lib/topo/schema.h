/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_SCHEMA_H
#define TOPO_SCHEMA_H

#include "topo/spec.h"
#include "topo/yaml.h"

#include <jansson.h>

/*
 * Every mapping of the topology file is a table: its keys, what their values
 * are, where they go and what they mean. From the tables come the parser, its
 * errors, the JSON schema and the manual.
 */
enum value_type {
	VALUE_TEXT,	 /* struct text */
	VALUE_TEXTS,	 /* struct texts: a text or a list */
	VALUE_BOOL,	 /* struct number */
	VALUE_UINT,	 /* struct number, from min to max */
	VALUE_WORD,	 /* struct number: the index in words */
	VALUE_KIND,	 /* struct number: the kind of a standalone interface */
	VALUE_TABLE,	 /* struct number: a routing table */
	VALUE_FWMARK,	 /* two struct number: mark and mask */
	VALUE_MAC,	 /* struct mac */
	VALUE_HOST,	 /* struct ips: an address */
	VALUE_HOSTS,	 /* struct ips: addresses */
	VALUE_IFADDRS,	 /* struct ips: addresses with prefix length */
	VALUE_PREFIX,	 /* struct ips: an address or network */
	VALUE_TARGET,	 /* struct ips: an address, network or "default" */
	VALUE_PREFIXES,	 /* struct ips: networks */
	VALUE_SUBNETS,	 /* struct ips: networks, or "none" */
	VALUE_ENDS,	 /* struct ends: for each end of a link, addresses with prefix length */
	VALUE_PAIRS,	 /* struct pairs: a mapping of free names to texts */
	VALUE_ENTRIES,	 /* struct host_entries: a mapping of free names to addresses */
	VALUE_ELSEWHERE, /* read by other means; only for the schema and the manual */
	VALUE_MAP,	 /* the struct of `sub` itself */
	VALUE_ROWS,	 /* struct rows: a list of mappings */
	VALUE_NAMED,	 /* struct rows: a mapping of free names to mappings */
};

struct keys;

struct key {
	const char *key;
	enum value_type type;
	size_t offset;		  /* of the member */
	const char *help;	  /* a half sentence, for the manual and editors */
	const struct keys *sub;	  /* MAP, ROWS, NAMED */
	const char *const *words; /* WORD; ended by NULL */
	uint64_t min, max;	  /* UINT; of a list min is its least length */
	bool required;
};

struct keys {
	const char *object;	    /* what errors call the mapping */
	const char *title;	    /* for the manual */
	size_t size;		    /* of its struct */
	const struct key *key;	    /* ended by NULL */
	enum model_iface_kind kind; /* the fields of this kind of link are keys too, LOOPBACK: none */
	size_t fields;		    /* offset of their struct field_values */
	const char *type;	    /* the key that says the kind, where that is not fixed */
};

extern const struct keys topo_keys;

/* Reading: where, into what, and in which object for errors. */
struct reader {
	struct problems *p;
	struct arena *arena;
	char path[160]; /* "namespace red: interface eth0: " */
};

/** Record a problem, the object before it. */
void reader_problem(struct reader *r, struct mark at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** Read a mapping by its table into a zeroed struct. @return 0, also with problems, or -ENOMEM */
int schema_read(struct reader *r, const struct yaml *map, const struct keys *keys, void *out);

/** Read a value that is no mapping of its own by its type. The same returns. */
int value_read(struct reader *r, const struct key *key, const struct yaml *v, void *out);

/** The value of a link kind's field. The same returns. */
int value_read_field(struct reader *r, const struct field *f, const struct yaml *v, uint64_t *ret,
		     bool *given);

/** What a type is called in errors and the manual. */
const char *value_type_words(enum value_type type);

/*
 * The schema sees a file as an editor reads it: before variables are replaced, and by YAML's own
 * idea of what is a number or a boolean, where the parser takes every scalar as text. Patterns of
 * the texts that the parser accepts for such, as JSON schema has them. Without backslashes: where
 * memory ends within an escape, jansson's reader (2.14) aborts.
 */
#define SCHEMA_VARIABLE "[$][{]"
#define SCHEMA_NUMBER	"^(0[xX][0-9a-fA-F]+|[0-9]+)$"
#define SCHEMA_YES_NO                                                                              \
	"^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy]([Ee][Ss])?|[Nn][Oo]?|[Oo]([Nn]|[Ff][Ff]))$"

/** The JSON schema of a type that has no table of its own: a new reference, or NULL without memory. */
json_t *value_type_schema(enum value_type type);

#endif
