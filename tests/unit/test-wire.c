/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/wire-private.h"

#include "box.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

/* An ifindex that no link has. */
#define NOBODY 999999

static int open_wire(void **state)
{
	struct wire *w;

	box_root();
	*state = NULL;
	if (box_network() >= 0) {
		assert_int_equal(wire_open(&w, NULL), 0);
		*state = w;
	}
	return 0;
}

static int close_wire(void **state)
{
	wire_close(*state);
	return 0;
}

static struct wire *the_wire(void **state)
{
	if (!*state)
		skip();
	wire_on_error(*state, NULL, NULL);
	wire_reset(*state);
	return *state;
}

static void delete_nobody(struct wire *w, uint32_t tag)
{
	struct ifinfomsg *i = wire_begin(w, RTM_DELLINK, 0, sizeof(*i), tag);

	i->ifi_index = NOBODY;
	wire_end(w);
}

struct heard {
	size_t n;
	uint32_t last;
	bool in_order;
	int answer;
};

static int hear(void *data, uint32_t tag, int code, const char *message)
{
	struct heard *h = data;

	(void)message;
	assert_int_equal(code, -ENODEV);
	h->in_order = h->n == 0 || tag == h->last + 1;
	h->last = tag;
	h->n++;
	return h->answer;
}

static void nothing_to_send(void **state)
{
	struct wire *w = the_wire(state);

	assert_int_equal(wire_flush(w, NULL), 0);
}

static void failure_without_a_listener_is_the_error(void **state)
{
	struct wire *w = the_wire(state);
	struct warren_err err = WARREN_ERR_INIT;

	delete_nobody(w, 0);
	assert_int_equal(wire_flush(w, &err), -ENODEV);
	assert_string_equal(err.text, "No such device");
	assert_int_equal(wire_flush(w, &err), 0);
}

static void the_kernels_words_come_along(void **state)
{
	struct wire *w = the_wire(state);
	struct warren_err err = WARREN_ERR_INIT;
	struct ifaddrmsg *a = wire_begin(w, RTM_NEWADDR, NLM_F_CREATE, sizeof(*a), 0);

	a->ifa_family = AF_INET;
	a->ifa_prefixlen = 33;
	a->ifa_index = 1;
	wire_put_u32(w, IFA_LOCAL, 1);
	wire_end(w);
	assert_int_equal(wire_flush(w, &err), -EINVAL);
	assert_int_equal(strncmp(err.text, "Invalid argument: ", 18), 0);
	assert_true(strlen(err.text) > 18);
}

static void explain(const struct nlmsghdr *request, int code, char *words, size_t size)
{
	const struct ifinfomsg *i = NLMSG_DATA(request);

	snprintf(words, size, "%d of %d is refused with %d", request->nlmsg_type, i->ifi_index,
		 -code);
}

static void a_refusal_is_explained_by_its_own_request(void **state)
{
	struct wire *w = the_wire(state);
	struct warren_err err = WARREN_ERR_INIT;
	struct ifinfomsg *i = wire_begin(w, RTM_NEWLINK, 0, sizeof(*i), 0);
	char want[80];

	i->ifi_index = 1; /* lo, and nothing to change */
	wire_end(w);
	delete_nobody(w, 1);
	wire_on_refusal(w, explain);
	assert_int_equal(wire_flush(w, &err), -ENODEV);
	wire_on_refusal(w, NULL);
	snprintf(want, sizeof(want), "No such device: %d of %d is refused with %d", RTM_DELLINK,
		 NOBODY, ENODEV);
	assert_string_equal(err.text, want);
}

static void tags_find_every_failure_of_many_batches(void **state)
{
	struct wire *w = the_wire(state);
	struct heard h = { .answer = 0 };

	wire_on_error(w, hear, &h);
	for (uint32_t i = 0; i < 20000; i++)
		delete_nobody(w, 100 + i);
	assert_int_equal(wire_flush(w, NULL), 0);
	assert_int_equal(h.n, 20000);
	assert_int_equal(h.last, 20099);
	assert_true(h.in_order);
}

static void after_a_failed_batch_no_other_is_sent(void **state)
{
	struct wire *w = the_wire(state);
	struct heard h = { .answer = -ENODEV };

	wire_on_error(w, hear, &h);
	for (uint32_t i = 0; i < 20000; i++)
		delete_nobody(w, i);
	assert_int_equal(wire_flush(w, NULL), -ENODEV);
	assert_int_equal(h.n, w->most);
}

static void lost_failures_are_a_failure(void **state)
{
	struct wire *w;
	struct heard h = { .answer = 0 };
	int small = 4096;

	the_wire(state);
	assert_int_equal(wire_open(&w, NULL), 0);
	wire_on_error(w, hear, &h);
	assert_int_equal(setsockopt(w->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	for (uint32_t i = 0; i < 500; i++)
		delete_nobody(w, i);
	assert_int_equal(wire_flush(w, NULL), -ENOBUFS);
	assert_true(h.n < 500);
	wire_close(w);
}

static void too_long_is_told_at_the_flush(void **state)
{
	struct wire *w = the_wire(state);
	static char big[70000];
	size_t nest;

	wire_begin(w, RTM_NEWLINK, 0, sizeof(struct ifinfomsg), 0);
	wire_put(w, IFLA_IFALIAS, big, sizeof(big));
	wire_end(w);
	delete_nobody(w, 1);
	assert_int_equal(wire_flush(w, NULL), -EMSGSIZE);

	wire_begin(w, RTM_NEWLINK, 0, sizeof(struct ifinfomsg), 0);
	nest = wire_nest(w, IFLA_LINKINFO);
	wire_put(w, 1, big, 40000);
	wire_put(w, 2, big, 40000);
	wire_nest_end(w, nest);
	wire_end(w);
	assert_int_equal(wire_flush(w, NULL), -EMSGSIZE);
	assert_int_equal(wire_flush(w, NULL), 0);
}

static void an_idle_wire_is_small(void **state)
{
	struct wire *w = the_wire(state);
	struct heard h = { .answer = 0 };

	wire_on_error(w, hear, &h);
	for (uint32_t i = 0; i < 3000; i++)
		delete_nobody(w, i);
	assert_int_equal(wire_flush(w, NULL), 0);
	assert_true(w->cap <= WIRE_KEEP);
}

static void ask_links(struct wire *w)
{
	wire_begin(w, RTM_GETLINK, 0, sizeof(struct ifinfomsg), 0);
	wire_end(w);
}

struct count {
	size_t messages, restarts;
	int answer;
};

static int count(void *data, const struct nlmsghdr *h)
{
	struct count *c = data;

	if (!h) {
		c->restarts++;
		c->messages = 0;
		return 0;
	}
	c->messages++;
	return c->answer;
}

static void a_dump_tells_all(void **state)
{
	struct wire *w = the_wire(state);
	struct count c = { 0 };

	ask_links(w);
	assert_int_equal(wire_dump(w, count, &c, NULL), 0);
	assert_int_equal(c.messages, 1); /* lo */
}

static void a_dump_that_is_stopped_leaves_nothing_behind(void **state)
{
	struct wire *w = the_wire(state);
	struct count stop = { .answer = -ECANCELED }, c = { 0 };

	ask_links(w);
	assert_int_equal(wire_dump(w, count, &stop, NULL), -ECANCELED);
	ask_links(w);
	assert_int_equal(wire_dump(w, count, &c, NULL), 0);
	assert_int_equal(c.messages, 1);
}

static void a_call_gives_the_object_or_the_error(void **state)
{
	struct wire *w = the_wire(state);
	struct count c = { 0 };
	struct ifinfomsg *i = wire_begin(w, RTM_GETLINK, 0, sizeof(*i), 0);

	i->ifi_index = 1;
	wire_end(w);
	assert_int_equal(wire_call(w, count, &c, NULL), 0);
	assert_int_equal(c.messages, 1);
	i = wire_begin(w, RTM_GETLINK, 0, sizeof(*i), 0);
	i->ifi_index = NOBODY;
	wire_end(w);
	assert_int_equal(wire_call(w, count, &c, NULL), -ENODEV);
	assert_int_equal(c.messages, 1);
}

static void a_question_stands_alone(void **state)
{
	struct wire *w = the_wire(state);

	delete_nobody(w, 0);
	ask_links(w);
	assert_int_equal(wire_dump(w, count, NULL, NULL), -EINVAL);
	wire_reset(w);
	assert_int_equal(wire_dump(w, count, NULL, NULL), -EINVAL);
}

/* A wire whose other end is the test's: what the kernel does seldom can be played. */
static struct wire *played(int *kernel)
{
	struct wire *w;
	int pair[2];

	assert_int_equal(wire_open(&w, NULL), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
	close(w->fd);
	w->fd = pair[0];
	*kernel = pair[1];
	return w;
}

/* One datagram: `links` link messages and the end of the dump. */
static void play_dump(int kernel, uint32_t seq, unsigned links, uint16_t flags, int code)
{
	_Alignas(struct nlmsghdr) char buf[65536];
	size_t len = 0;

	memset(buf, 0, sizeof(buf));
	for (unsigned i = 0; i <= links; i++) {
		bool end = i == links;
		struct nlmsghdr *h = (void *)(buf + len);

		h->nlmsg_type = end ? NLMSG_DONE : RTM_NEWLINK;
		h->nlmsg_flags = NLM_F_MULTI | flags;
		h->nlmsg_seq = seq;
		h->nlmsg_len = (uint32_t)(sizeof(*h) +
					  (end ? sizeof(code) : sizeof(struct ifinfomsg)));
		if (end)
			memcpy(h + 1, &code, sizeof(code));
		len += NLMSG_ALIGN(h->nlmsg_len);
	}
	assert_int_equal(send(kernel, buf, len, 0), len);
}

static void a_dump_that_was_interrupted_starts_over(void **state)
{
	struct count c = { 0 };
	struct wire *w;
	int kernel;

	(void)state;
	w = played(&kernel);
	play_dump(kernel, 1, 3, NLM_F_DUMP_INTR, 0);
	play_dump(kernel, 2, 5, 0, 0);
	ask_links(w);
	assert_int_equal(wire_dump(w, count, &c, NULL), 0);
	assert_int_equal(c.restarts, 1);
	assert_int_equal(c.messages, 5);
	wire_close(w);
	close(kernel);
}

static void a_dump_that_is_always_interrupted_fails(void **state)
{
	struct warren_err err = WARREN_ERR_INIT;
	struct count c = { 0 };
	struct wire *w;
	int kernel;

	(void)state;
	w = played(&kernel);
	for (uint32_t seq = 1; seq <= 24; seq++)
		play_dump(kernel, seq, 1, NLM_F_DUMP_INTR, 0);
	ask_links(w);
	assert_int_equal(wire_dump(w, count, &c, &err), -EAGAIN);
	assert_non_null(strstr(err.text, "changes faster"));
	wire_close(w);
	close(kernel);
}

static void a_piece_that_does_not_fit_is_asked_for_again(void **state)
{
	struct count c = { 0 };
	struct wire *w;
	int kernel;

	(void)state;
	w = played(&kernel);
	play_dump(kernel, 1, 1500, 0, 0); /* 48 KB */
	ask_links(w);
	/* The second question finds nothing, which is an error, not a wait. */
	assert_int_equal(wire_dump(w, count, &c, NULL), -EIO);
	assert_int_equal(c.restarts, 1);
	play_dump(kernel, w->seq, 2, 0, 0);
	ask_links(w);
	assert_int_equal(wire_dump(w, count, &c, NULL), 0);
	assert_int_equal(c.messages, 2);
	wire_close(w);
	close(kernel);
}

static void the_code_at_the_end_of_a_dump_counts(void **state)
{
	struct wire *w;
	int kernel;

	(void)state;
	w = played(&kernel);
	play_dump(kernel, 1, 1, 0, -ENOMEM);
	ask_links(w);
	assert_int_equal(wire_dump(w, NULL, NULL, NULL), -ENOMEM);
	wire_close(w);
	close(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_send),
		cmocka_unit_test(failure_without_a_listener_is_the_error),
		cmocka_unit_test(the_kernels_words_come_along),
		cmocka_unit_test(a_refusal_is_explained_by_its_own_request),
		cmocka_unit_test(tags_find_every_failure_of_many_batches),
		cmocka_unit_test(after_a_failed_batch_no_other_is_sent),
		cmocka_unit_test(lost_failures_are_a_failure),
		cmocka_unit_test(too_long_is_told_at_the_flush),
		cmocka_unit_test(an_idle_wire_is_small),
		cmocka_unit_test(a_dump_tells_all),
		cmocka_unit_test(a_dump_that_is_stopped_leaves_nothing_behind),
		cmocka_unit_test(a_call_gives_the_object_or_the_error),
		cmocka_unit_test(a_question_stands_alone),
		cmocka_unit_test(a_dump_that_was_interrupted_starts_over),
		cmocka_unit_test(a_dump_that_is_always_interrupted_fails),
		cmocka_unit_test(a_piece_that_does_not_fit_is_asked_for_again),
		cmocka_unit_test(the_code_at_the_end_of_a_dump_counts),
	};

	return cmocka_run_group_tests(tests, open_wire, close_wire);
}
