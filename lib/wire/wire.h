/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <warren/error.h>

/*
 * The netlink transport: the only code that knows sockets and sequence
 * numbers. A wire is a NETLINK_ROUTE socket, which stays bound to the network
 * namespace that it was opened in, with a buffer of requests.
 *
 * Requests are put into the buffer one after the other and go to the kernel in
 * one sendmsg() when the buffer is full or at wire_flush(). The kernel works
 * them off inside that call (netlink_rcv_skb() is synchronous), each whether
 * or not the one before failed; without NLM_F_ACK it answers failures only, so
 * success costs nothing. Each request carries a tag, by which a failure finds
 * the object that it was for.
 *
 *   struct ifinfomsg *i = wire_begin(w, RTM_NEWLINK, 0, sizeof(*i), tag);
 *   i->ifi_index = 2;
 *   wire_put_u32(w, IFLA_MTU, 1400);
 *   wire_end(w);
 *   return wire_flush(w, err);
 *
 * Building never fails on the spot: lack of room or memory is remembered and
 * comes out of the next wire_flush().
 */
struct wire;

/**
 * What to do with a request that failed.
 * @param data     given with the callback
 * @param tag      of the request
 * @param code     negative errno from the kernel
 * @param message  the kernel's own words (extended acknowledgement), or ""
 * @return 0 to go on as if it had not failed, or the code to report
 */
typedef int (*wire_error_fn)(void *data, uint32_t tag, int code, const char *message);

/**
 * Told every message of a dump.
 * @param data  given with the callback
 * @param h     the message; NULL where the dump starts over: forget what came before
 * @return 0 to go on, or a negative errno to stop
 */
typedef int (*wire_dump_fn)(void *data, const struct nlmsghdr *h);

/**
 * Open a wire in the calling thread's network namespace.
 * @param[out] ret  release with wire_close(); untouched on failure
 * @param err       filled on failure
 * @return 0, -EMFILE, -ENOMEM, …
 */
int wire_open(struct wire **ret, struct warren_err *err);

/** The same for another family of netlink: NETLINK_SOCK_DIAG. */
int wire_open_family(int family, struct wire **ret, struct warren_err *err);

/** Close. w may be NULL. Requests that were not flushed are dropped. */
void wire_close(struct wire *w);

/** @return the socket, borrowed */
int wire_fd(const struct wire *w);

/** @return how many requests were begun since the wire was opened (modulo 2^32) */
uint32_t wire_requests(const struct wire *w);

/** Whether requests are in the buffer that were not sent. */
bool wire_pending(const struct wire *w);

/** Say who decides about failed requests; with NULL the first failure becomes the error. */
void wire_on_error(struct wire *w, wire_error_fn fn, void *data);

/**
 * Told of a request that was refused, before wire_error_fn is: it may know more than the kernel says.
 * @param request  as it was sent
 * @param code     negative errno
 * @param words    the kernel's own, or ""; may be written anew, to `size` bytes
 */
typedef void (*wire_explain_fn)(const struct nlmsghdr *request, int code, char *words, size_t size);

/** Say who explains refusals; NULL: nobody. */
void wire_on_refusal(struct wire *w, wire_explain_fn fn);

/**
 * Begin a request.
 * @param type    RTM_*
 * @param flags   NLM_F_* beside NLM_F_REQUEST
 * @param header  bytes of the family header, which are zeroed
 * @param tag     comes back with its failure
 * @return the family header, valid until the next call; never NULL
 */
void *wire_begin(struct wire *w, uint16_t type, uint16_t flags, size_t header, uint32_t tag);

void wire_put(struct wire *w, uint16_t attr, const void *data, size_t len);
void wire_put_u8(struct wire *w, uint16_t attr, uint8_t v);
void wire_put_u16(struct wire *w, uint16_t attr, uint16_t v);
void wire_put_u32(struct wire *w, uint16_t attr, uint32_t v);
void wire_put_str(struct wire *w, uint16_t attr, const char *s);

/** Begin an attribute that holds others. @return what wire_nest_end() wants */
size_t wire_nest(struct wire *w, uint16_t attr);
void wire_nest_end(struct wire *w, size_t nest);

/** Room for a struct inside a nest (VETH_INFO_PEER holds an ifinfomsg before its attributes). @return zeroed */
void *wire_room(struct wire *w, size_t len);

/** The request is complete. Sends the buffer where it is full. */
void wire_end(struct wire *w);

/**
 * Send what is in the buffer and gather the failures since the last flush.
 * @param err  filled on failure: the kernel's own words and the errno's
 * @return 0 or the first failure that was not waved through
 */
int wire_flush(struct wire *w, struct warren_err *err);

/** Drop what is in the buffer and what failed. */
void wire_reset(struct wire *w);

/**
 * Ask for a dump; the request is what was begun and ended last, with an empty
 * buffer before it. Starts over where the kernel says that the table changed
 * under way (NLM_F_DUMP_INTR), up to a limit.
 * @param fn    told every message
 * @param data  for fn
 * @param err   filled on failure
 * @return 0 or a negative errno
 */
int wire_dump(struct wire *w, wire_dump_fn fn, void *data, struct warren_err *err);

/**
 * Send the one request in the buffer and hand its answer to fn.
 * @param fn   may be NULL where only the acknowledgement counts
 * @return 0 or the kernel's negative errno
 */
int wire_call(struct wire *w, wire_dump_fn fn, void *data, struct warren_err *err);

#endif
