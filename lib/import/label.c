/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/label.h"

#include "base/cleanup.h"

#include <stdint.h>
#include <string.h>

#define ENTITY_MAX 10 /* bytes between '&' and ';' that are looked at */

/* The names that HTML gives to U+00A0 and up. */
static const char *const latin1_entities[] = {
	"nbsp",	  "iexcl",  "cent",   "pound",	"curren", "yen",    "brvbar", "sect",	"uml",
	"copy",	  "ordf",   "laquo",  "not",	"shy",	  "reg",    "macr",   "deg",	"plusmn",
	"sup2",	  "sup3",   "acute",  "micro",	"para",	  "middot", "cedil",  "sup1",	"ordm",
	"raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",	"Atilde",
	"Auml",	  "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",	"Igrave",
	"Iacute", "Icirc",  "Iuml",   "ETH",	"Ntilde", "Ograve", "Oacute", "Ocirc",	"Otilde",
	"Ouml",	  "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
	"szlig",  "agrave", "aacute", "acirc",	"atilde", "auml",   "aring",  "aelig",	"ccedil",
	"egrave", "eacute", "ecirc",  "euml",	"igrave", "iacute", "icirc",  "iuml",	"eth",
	"ntilde", "ograve", "oacute", "ocirc",	"otilde", "ouml",   "divide", "oslash", "ugrave",
	"uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml",
};
#define LATIN1_FIRST 0xa0
#define LATIN1_N     (sizeof(latin1_entities) / sizeof(latin1_entities[0]))

static const struct {
	const char *name;
	uint32_t c;
} other_entities[] = {
	{ "amp", '&' },	     { "lt", '<' },	   { "gt", '>' },	{ "quot", '"' },
	{ "apos", '\'' },    { "ndash", 0x2013 },  { "mdash", 0x2014 }, { "lsquo", 0x2018 },
	{ "rsquo", 0x2019 }, { "hellip", 0x2026 }, { "Scaron", 0x160 }, { "scaron", 0x161 },
	{ "Zcaron", 0x17d }, { "zcaron", 0x17e },  { "Ccaron", 0x10c }, { "ccaron", 0x10d },
};
#define OTHER_N (sizeof(other_entities) / sizeof(other_entities[0]))

/* Letters with accents, in lower case without them. */
static const struct {
	uint16_t first, last;
	char ascii[4];
} plain[] = {
	{ 0xc0, 0xc5, "a" },	{ 0xc6, 0xc6, "ae" },  { 0xc7, 0xc7, "c" },
	{ 0xc8, 0xcb, "e" },	{ 0xcc, 0xcf, "i" },   { 0xd0, 0xd0, "d" },
	{ 0xd1, 0xd1, "n" },	{ 0xd2, 0xd6, "o" },   { 0xd8, 0xd8, "o" },
	{ 0xd9, 0xdc, "u" },	{ 0xdd, 0xdd, "y" },   { 0xde, 0xde, "th" },
	{ 0xdf, 0xdf, "ss" },	{ 0xe0, 0xe5, "a" },   { 0xe6, 0xe6, "ae" },
	{ 0xe7, 0xe7, "c" },	{ 0xe8, 0xeb, "e" },   { 0xec, 0xef, "i" },
	{ 0xf0, 0xf0, "d" },	{ 0xf1, 0xf1, "n" },   { 0xf2, 0xf6, "o" },
	{ 0xf8, 0xf8, "o" },	{ 0xf9, 0xfc, "u" },   { 0xfd, 0xfd, "y" },
	{ 0xfe, 0xfe, "th" },	{ 0xff, 0xff, "y" },   { 0x100, 0x105, "a" },
	{ 0x106, 0x10d, "c" },	{ 0x10e, 0x111, "d" }, { 0x112, 0x11b, "e" },
	{ 0x11c, 0x123, "g" },	{ 0x124, 0x127, "h" }, { 0x128, 0x131, "i" },
	{ 0x132, 0x133, "ij" }, { 0x134, 0x135, "j" }, { 0x136, 0x138, "k" },
	{ 0x139, 0x142, "l" },	{ 0x143, 0x14b, "n" }, { 0x14c, 0x151, "o" },
	{ 0x152, 0x153, "oe" }, { 0x154, 0x159, "r" }, { 0x15a, 0x161, "s" },
	{ 0x162, 0x167, "t" },	{ 0x168, 0x173, "u" }, { 0x174, 0x175, "w" },
	{ 0x176, 0x178, "y" },	{ 0x179, 0x17e, "z" }, { 0x17f, 0x17f, "s" },
	{ 0x1cd, 0x1ce, "a" },	{ 0x218, 0x219, "s" }, { 0x21a, 0x21b, "t" },
};
#define PLAIN_N (sizeof(plain) / sizeof(plain[0]))

#define NO_CHAR UINT32_MAX

/* One character of UTF-8 at *s, which moves on; NO_CHAR (and *s stays) where there is none. */
static uint32_t utf8_get(const char **s, const char *end)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)*s;
	size_t n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
	uint32_t c = n < 2 ? *p : *p & (0x7fU >> n);

	if (!n || n > (size_t)(end - *s))
		return NO_CHAR;
	for (size_t i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return NO_CHAR;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return NO_CHAR;
	*s += n;
	return c;
}

static bool is_utf8(const char *s, const char *end)
{
	while (s < end)
		if (utf8_get(&s, end) == NO_CHAR)
			return false;
	return true;
}

static size_t utf8_put(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t numeric_entity(const char *s, size_t len)
{
	unsigned base = 10;
	uint32_t c = 0;

	if (len && (*s == 'x' || *s == 'X')) {
		base = 16;
		s++;
		len--;
	}
	if (!len)
		return NO_CHAR;
	for (; len; s++, len--) {
		unsigned digit = *s >= '0' && *s <= '9'	  ? (unsigned)(*s - '0')
				 : *s >= 'a' && *s <= 'f' ? (unsigned)(*s - 'a' + 10)
				 : *s >= 'A' && *s <= 'F' ? (unsigned)(*s - 'A' + 10)
							  : 99;

		if (digit >= base)
			return NO_CHAR;
		c = c * base + digit;
		if (c > 0x10ffff)
			return NO_CHAR;
	}
	return c >= 0xd800 && c <= 0xdfff ? NO_CHAR : c;
}

/* The character that the entity at *s (an '&') stands for; NO_CHAR (and *s stays) where it is none. */
static uint32_t entity_get(const char **s, const char *end)
{
	const char *name = *s + 1;
	size_t room = (size_t)(end - name);
	const char *semicolon = memchr(name, ';', room < ENTITY_MAX ? room : ENTITY_MAX);
	size_t len = semicolon ? (size_t)(semicolon - name) : 0;
	uint32_t c = NO_CHAR;

	if (!len)
		return NO_CHAR;
	if (*name == '#')
		c = numeric_entity(name + 1, len - 1);
	for (size_t i = 0; i < LATIN1_N && c == NO_CHAR; i++)
		if (strlen(latin1_entities[i]) == len && !memcmp(latin1_entities[i], name, len))
			c = LATIN1_FIRST + (uint32_t)i;
	for (size_t i = 0; i < OTHER_N && c == NO_CHAR; i++)
		if (strlen(other_entities[i].name) == len &&
		    !memcmp(other_entities[i].name, name, len))
			c = other_entities[i].c;
	if (c != NO_CHAR)
		*s = semicolon + 1;
	return c;
}

/*
 * What may not stand in a comment: YAML refuses control characters even there
 * and ends the line at U+0085, U+2028 and U+2029; characters that turn the
 * direction of text would hide what a reader sees.
 */
static bool is_blank(uint32_t c)
{
	return c <= ' ' || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029 ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       (c & 0xfffe) == 0xfffe;
}

char *label_clean(struct arena *a, const char *s, size_t len, bool entities)
{
	const char *end = s + len;
	bool latin1 = !is_utf8(s, end);
	char buf[LABEL_BYTES_MAX + 8];
	bool blank = false;
	size_t n = 0;

	while (s < end) {
		uint32_t c = entities && *s == '&' ? entity_get(&s, end) : NO_CHAR;

		if (c == NO_CHAR)
			c = latin1 ? (unsigned char)*s++ : utf8_get(&s, end);
		if (is_blank(c)) {
			blank = n > 0;
			continue;
		}
		if (n + 5 > LABEL_BYTES_MAX) {
			memcpy(buf + n, "...", 3);
			n += 3;
			break;
		}
		if (blank)
			buf[n++] = ' ';
		blank = false;
		n += utf8_put(buf + n, c);
	}
	return arena_dup(a, buf, n);
}

/* The ASCII that stands for a character in a name: letters, "" for what is left out, "-" for what parts words. */
static const char *ascii(uint32_t c)
{
	if ((c >= 0x300 && c <= 0x36f) || c == '\'' || c == 0x2019)
		return "";
	for (size_t i = 0; i < PLAIN_N; i++)
		if (c >= plain[i].first && c <= plain[i].last)
			return plain[i].ascii;
	return "-";
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

char *label_slug(struct arena *a, const char *label)
{
	const char *end = label + strlen(label);
	char buf[LABEL_SLUG_MAX + 4];
	size_t n = 0;

	while (label < end && n < LABEL_SLUG_MAX) {
		uint32_t c = utf8_get(&label, end);
		char self[2] = { 0 };
		const char *as = self;

		if (c == NO_CHAR)
			return arena_str(a, "");
		if (c >= 'A' && c <= 'Z')
			self[0] = (char)(c - 'A' + 'a');
		else if (c < 0x80 && (is_alnum((char)c) || c == '_' || c == '.'))
			self[0] = (char)c;
		else
			as = ascii(c);
		if (!*as)
			continue;
		if (is_alnum(*as))
			n += (size_t)(stpcpy(buf + n, as) - (buf + n));
		else if (n && is_alnum(buf[n - 1]))
			buf[n++] = *as;
		else if (n)
			buf[n - 1] = '-';
	}
	while (n && !is_alnum(buf[n - 1]))
		n--;
	return arena_dup(a, buf, n);
}
