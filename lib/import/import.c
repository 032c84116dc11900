/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <warren/import.h>

#include "base/cleanup.h"
#include "base/context.h"
#include "base/fd.h"
#include "base/text.h"
#include "import/graph.h"
#include "import/label.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

/* Beyond these many, wider prefixes than the usual ones are needed. */
#define NODES_IN_SLASH_16 65000
#define LINKS_IN_SLASH_15 65000 /* the default pool, a /31 a link */
#define FILE_MAX	  (256u << 20)

static const struct {
	const char *word, *name;
	int (*parse)(const struct graph_source *s, struct graph *ret, struct warren_err *err);
} formats[] = {
	[WARREN_IMPORT_GML] = { "gml", "GML", gml_parse },
	[WARREN_IMPORT_GRAPHML] = { "graphml", "GraphML", graphml_parse },
};
#define FORMATS_N (sizeof(formats) / sizeof(formats[0]))

int warren_import_format(const char *word, enum warren_import_format *ret)
{
	for (size_t i = WARREN_IMPORT_GML; i < FORMATS_N; i++)
		if (!strcmp(word, formats[i].word)) {
			*ret = (enum warren_import_format)i;
			return 0;
		}
	return -EINVAL;
}

static enum warren_import_format guess(const char *text, size_t len)
{
	size_t i = 0;

	/* UTF-16 begins with a mark of its byte order; only XML is ever written in it. */
	if (len >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2)))
		return WARREN_IMPORT_GRAPHML;
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		i = 3;
	while (i < len && (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r')))
		i++;
	return i < len && text[i] == '<' ? WARREN_IMPORT_GRAPHML : WARREN_IMPORT_GML;
}

/* The file's name without folders. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What the topology file takes as `name`. */
static bool network_name_ok(const char *s)
{
	size_t len = strlen(s);

	return len && len <= 64 && !strchr("._-", *s) &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

static const char *network_name(struct graph *g, const struct warren_import_options *o)
{
	const char *base = o->file ? base_name(o->file) : "";
	const char *dot = strrchr(base, '.');
	size_t len = dot && dot > base ? (size_t)(dot - base) : strlen(base);
	const char *clean = label_clean(&g->arena, base, len, false);
	const char *name = clean ? label_slug(&g->arena, clean) : NULL;

	if (name && !*name && g->self.field[GRAPH_LABEL])
		name = label_slug(&g->arena, g->self.field[GRAPH_LABEL]);
	return name && !*name ? "imported" : name;
}

/* Whether YAML may take a plain word for something else than text. */
static bool needs_quotes(const char *s)
{
	static const char *const words[] = { "y",   "n",    "yes",   "no",  "on",
					     "off", "true", "false", "null" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(s, words[i]))
			return true;
	return *s >= '0' && *s <= '9';
}

static void put_name(FILE *f, const char *s)
{
	const char *quote = needs_quotes(s) ? "\"" : "";

	fprintf(f, "%s%s%s", quote, s, quote);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static const char *shown_label(const struct graph_node *n)
{
	return n->item.field[GRAPH_LABEL] ? n->item.field[GRAPH_LABEL] : n->name;
}

static void put_head(FILE *f, struct graph *g, const struct warren_import_options *o,
		     const char *format)
{
	const char *label = g->self.field[GRAPH_LABEL];
	const char *base = o->file ? base_name(o->file) : "-";
	const char *shown = label_clean(&g->arena, base, strlen(base), false);

	fprintf(f, "# %s%sImported from %s (%s) by warren import:\n", label ? label : "",
		label ? ". " : "", shown && strcmp(base, "-") ? shown : "standard input", format);
	fprintf(f, "# %zu node%s, %zu link%s, %zu component%s.\n", g->nodes.n, plural(g->nodes.n),
		g->edges.n - g->loops, plural(g->edges.n - g->loops), g->components,
		plural(g->components));
	vec_foreach(e, &g->edges)
		if (e->ends[0] == e->ends[1])
			fprintf(f, "# Left out: the edge from %s to itself (line %d).\n",
				shown_label(&g->nodes.v[e->ends[0]]), e->item.line);
}

static void put_nodes(FILE *f, struct graph *g)
{
	fputs("\nnamespaces:\n", f);
	vec_foreach(n, &g->nodes) {
		const char *label = n->item.field[GRAPH_LABEL];

		fputs("  ", f);
		put_name(f, n->name);
		if (label && *label && strcmp(label, n->name))
			fprintf(f, ":  # %s\n", label);
		else
			fputs(":\n", f);
	}
}

static void put_links(FILE *f, struct graph *g)
{
	if (g->edges.n > g->loops)
		fputs("\nlinks:\n", f);
	vec_foreach(e, &g->edges) {
		const char *label = e->item.field[GRAPH_LABEL];

		if (e->ends[0] == e->ends[1])
			continue;
		fputs("  - {endpoints: [", f);
		put_name(f, g->nodes.v[e->ends[0]].name);
		fputs(", ", f);
		put_name(f, g->nodes.v[e->ends[1]].name);
		fprintf(f, "]}%s%s\n", label && *label ? "  # " : "", label && *label ? label : "");
	}
}

static int write_yaml(struct graph *g, const struct warren_import_options *o, const char *format,
		      char **ret)
{
	const char *network = o->network ? o->network : network_name(g, o);
	auto_free char *text = NULL;
	size_t len;
	FILE *f = network ? open_memstream(&text, &len) : NULL;

	if (!f)
		return -ENOMEM;
	put_head(f, g, o, format);
	fputs("name: ", f);
	put_name(f, network);
	fputs("\nrouting: static\n", f);
	fprintf(f, "loopbacks: %s\n",
		g->nodes.n > NODES_IN_SLASH_16 ? "10.252.0.0/14" : "10.255.0.0/16");
	if (g->edges.n > LINKS_IN_SLASH_15)
		fputs("pool: 172.16.0.0/12\n", f);
	put_nodes(f, g);
	put_links(f, g);
	if (text_close(f, &text))
		return -ENOMEM;
	*ret = take_ptr(text);
	return 0;
}

static void warn_of_loops(struct warren *w, struct graph *g, const char *file)
{
	vec_foreach(e, &g->edges)
		if (e->ends[0] == e->ends[1])
			context_log(w, WARREN_LOG_WARNING,
				    "%s:%d:%d: edge from '%s' to itself left out: a cable with both "
				    "ends in one namespace carries nothing",
				    file, e->item.line, e->item.column,
				    shown_label(&g->nodes.v[e->ends[0]]));
}

/* Text has no zero bytes (UTF-16 apart, which expat reads): say so where the file is of another kind. */
static int check_text(const struct graph_source *s, enum warren_import_format format,
		      struct warren_err *err)
{
	const char *zero = memchr(s->text, 0, s->len);
	int line = 1, column = 1;

	if (!s->len)
		return warren_fail_at(err, -EINVAL, s->file, 0, 0, "empty: want GML or GraphML");
	if (!zero || (format == WARREN_IMPORT_GRAPHML && (unsigned char)s->text[0] >= 0xfe))
		return 0;
	for (const char *c = s->text; c < zero; c++) {
		line += *c == '\n';
		column = *c == '\n' ? 1 : column + 1;
	}
	return warren_fail_at(err, -EINVAL, s->file, line, column,
			      "a zero byte: this is no text; want GML or GraphML");
}

static int read_graph(const struct graph_source *s, enum warren_import_format format,
		      struct graph *ret, struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r = check_text(s, format, &err);

	if (!r)
		r = formats[format].parse(s, ret, &err);
	if (r < 0)
		return warren_errs_add(errs, &err);
	r = graph_join(ret, s, errs);
	if (r < 0)
		return r;
	r = graph_name_nodes(ret);
	if (r < 0) {
		warren_fail(&err, r, "out of memory");
		warren_errs_add(errs, &err);
	}
	return r;
}

int warren_import(struct warren *w, const char *text, size_t len,
		  const struct warren_import_options *o, char **ret, struct warren_errs *errs)
{
	const struct graph_source s = { o->file ? o->file : "-", text, len };
	enum warren_import_format format = o->format ? o->format : guess(text, len);
	auto_(graph_fini) struct graph g = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	int r;

	if (o->network && !network_name_ok(o->network)) {
		warren_fail(&err, -EINVAL,
			    "network name '%s': want letters, digits and ._-, at most 64, "
			    "the first a letter or digit",
			    o->network);
		return warren_errs_add(errs, &err);
	}
	r = read_graph(&s, format, &g, errs);
	if (r < 0)
		return r;
	r = write_yaml(&g, o, formats[format].name, ret);
	if (r < 0) {
		warren_fail(&err, r, "out of memory");
		return warren_errs_add(errs, &err);
	}
	warn_of_loops(w, &g, s.file);
	return 0;
}

int warren_import_load(struct warren *w, const struct warren_import_options *o, char **ret,
		       struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;
	const char *name = strcmp(o->file, "-") ? o->file : "<stdin>";
	auto_free char *text = NULL;
	size_t len;
	int r;

	r = fd_read_named(w, o->file, FILE_MAX, &text, &len);
	if (r == -EFBIG)
		warren_fail_at(&err, r, name, 0, 0, "larger than %u MiB", FILE_MAX >> 20);
	else if (r == -EISDIR || r == -EINVAL)
		warren_fail_at(&err, r, name, 0, 0,
			       "is %s; give a file in GML or GraphML, or '-' for standard input",
			       r == -EISDIR ? "a directory" : "not a regular file");
	else if (r == -ENOENT)
		warren_fail_at(&err, r, name, 0, 0,
			       "there is no such file; give the path of a graph in GML or GraphML");
	else if (r < 0 && r != -ECANCELED)
		warren_fail_at(&err, r, name, 0, 0, "cannot be read: %s%s", strerror(-r),
			       fd_read_remedy(r));
	if (r == -ECANCELED)
		return r;
	if (r < 0)
		return warren_errs_add(errs, &err);
	return warren_import(w, text, len, o, ret, errs);
}
