/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives every file of the folders named, and every file's first and last half,
 * to a fuzz target, so that what a fuzzer once found stays found.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LARGEST (1 << 20)

static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	size_t n;

	if (!f)
		return -1;
	data = malloc(LARGEST);
	n = data ? fread(data, 1, LARGEST, f) : 0;
	fclose(f);
	if (!data)
		return -1;
	/* A copy of the exact size, so that reading one byte too many is seen. */
	for (int part = 0; part < 3; part++) {
		size_t from = part == 2 ? n / 2 : 0, to = part == 1 ? n / 2 : n;
		uint8_t *exact = malloc(to - from + !(to - from));

		if (!exact)
			abort();
		memcpy(exact, data + from, to - from);
		LLVMFuzzerTestOneInput(exact, to - from);
		free(exact);
	}
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	size_t n = 0;

	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		struct dirent *e;
		char path[4096];

		if (!d) {
			perror(argv[i]);
			return 1;
		}
		while ((e = readdir(d)) != NULL) {
			if (e->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
			if (replay(path) < 0) {
				perror(path);
				closedir(d);
				return 1;
			}
			n++;
		}
		closedir(d);
	}
	printf("%zu inputs\n", n);
	return n == 0;
}
