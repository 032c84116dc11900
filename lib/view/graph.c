/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <warren/view.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "process/run.h"
#include "view/picture.h"

#include <string.h>

int warren_graph_format(const char *word, enum warren_graph_format *ret)
{
	static const struct {
		const char *word;
		enum warren_graph_format format;
	} words[] = {
		{ "text", WARREN_GRAPH_TEXT },	     { "dot", WARREN_GRAPH_DOT },
		{ "svg", WARREN_GRAPH_SVG },	     { "json", WARREN_GRAPH_JSON },
		{ "mermaid", WARREN_GRAPH_MERMAID }, { "mmd", WARREN_GRAPH_MERMAID },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i].word)) {
			*ret = words[i].format;
			return 0;
		}
	return -EINVAL;
}

static int draw(const struct picture *p, enum warren_graph_format format, unsigned flags, FILE *f)
{
	switch (format) {
	case WARREN_GRAPH_TEXT:
		return graph_text(p, flags, f);
	case WARREN_GRAPH_DOT:
	case WARREN_GRAPH_SVG:
		return graph_dot(p, f);
	case WARREN_GRAPH_JSON:
		return graph_json(p, f);
	case WARREN_GRAPH_MERMAID:
		return graph_mermaid(p, f);
	}
	return -EINVAL;
}

/* The DOT text names the layout that suits it, so `dot` is right for all. */
static int render(const char *dot, size_t dot_len, char **ret, size_t *len, struct warren_err *err)
{
	static const char *const argv[] = { "dot", "-Tsvg", NULL };
	int r = process_filter(argv, dot, dot_len, ret, len, err);

	if (r == -ENOENT)
		return warren_fail(err, r,
				   "there is no 'dot' to draw with: install the package "
				   "graphviz, or ask for another format");
	/* Debian has some layouts in packages of their own, since Graphviz 14 */
	if (r < 0 && err && strstr(err->text, "Layout type"))
		return warren_fail(err, r,
				   "this Graphviz lacks a layout: install the plugin that has neato and "
				   "sfdp (libgvplugin-neato-layout8), or ask for another format");
	return r;
}

int warren_graph(const struct warren_topo *t, enum warren_graph_format format, unsigned flags,
		 char **ret, size_t *len, struct warren_err *err)
{
	auto_(picture_fini) struct picture p = { 0 };
	auto_free char *text = NULL;
	size_t n = 0;
	int r = picture_init(&p, t);
	FILE *f = r ? NULL : open_memstream(&text, &n);

	if (f)
		r = draw(&p, format, flags, f);
	if (text_close(f, &text) || r < 0)
		return warren_fail(err, -ENOMEM, "out of memory");
	if (format == WARREN_GRAPH_SVG)
		return render(text, n, ret, len, err);
	*ret = take_ptr(text);
	if (len)
		*len = n;
	return 0;
}
