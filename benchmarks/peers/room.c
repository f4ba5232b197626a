/* The members: joining, receiving, verifying. */

#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SCRATCH (1 << 20)

const protocol *proto;
member *members;
unsigned member_count, sender_count;
sender senders[MOST_SENDERS];
size_t frame_octets, text_at;
uint64_t verified;
uint64_t latencies[64 * 64];
static int epoll_fd = -1;
static char scratch[SCRATCH];
static char filling[TEXT_OCTETS];

static void keep_latency(uint64_t ns) {
    unsigned exponent = ns < 64 ? 6 : 63 - (unsigned)__builtin_clzll(ns);
    latencies[exponent * 64 + ((ns >> (exponent - 6)) & 63)]++;
}

void text_of(char *text, unsigned sender, uint32_t number, uint64_t due) {
    sprintf(text, "%04x %08x %016llx ", sender, number, (unsigned long long)due);
    memcpy(text + FILLING_AT, filling + FILLING_AT, TEXT_OCTETS - FILLING_AT);
}

static int connected(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void watch(int fd, void *data) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl: %s", strerror(errno));
}

static void say(int fd, const char *octets, size_t length) {
    if (send(fd, octets, length, MSG_NOSIGNAL) != (ssize_t)length) fail("send: %s", strerror(errno));
}

/* A member that is not in yet: its octets are looked through for the sign that it is. */
static void greet(member *one) {
    ssize_t got = recv(one->fd, one->rest + one->held, sizeof one->rest - one->held, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) fail("a join was refused: %.*s", (int)one->held, one->rest);
    if (got < 0) return;
    one->held += (size_t)got;
    one->joined = memmem(one->rest, one->held, proto->joined, strlen(proto->joined)) != NULL;
    if (!one->joined && one->held == sizeof one->rest) { /* keep the end: the sign may be cut */
        memmove(one->rest, one->rest + sizeof one->rest - 64, 64);
        one->held = 64;
    }
    if (one->joined) one->held = 0;
}

static bool digits(const char *text, unsigned count, uint64_t *value) {
    *value = 0;
    for (unsigned index = 0; index < count; index++) {
        char c = text[index];
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
        if (digit > 15) return false;
        *value = *value << 4 | digit;
    }
    return true;
}

/* All lengths, every octet but the time, the order of each sender, and times that never decrease. */
static void verify(member *one, const char *frame, uint64_t now) {
    uint64_t index, number, due;
    const char *text = frame + text_at;
    if (!digits(text, 4, &index) || !digits(text + NUMBER_AT, 8, &number) || !digits(text + DUE_AT, 16, &due) ||
        index >= sender_count)
        fail("member %td: not a text that was sent: %.*s", one - members, TEXT_OCTETS, text);
    sender *from = senders + index;
    size_t after_time = proto->time_at ? proto->time_at + TIME_OCTETS : 0;
    if (memcmp(frame, from->frame, proto->time_at) ||
        memcmp(frame + after_time, from->frame + after_time, text_at - after_time) ||
        memcmp(text + FILLING_AT, from->frame + text_at + FILLING_AT, frame_octets - text_at - FILLING_AT))
        fail("member %td: a frame of sender %d is not as its first", one - members, (int)index);
    if (from->member == one) fail("member %td was sent its own message", one - members);
    if (number != one->next[index]++)
        fail("member %td: message %u of sender %u instead of %u", one - members, (unsigned)number, (unsigned)index,
             one->next[index] - 1);
    if (proto->time_at && memcmp(frame + proto->time_at, one->time, TIME_OCTETS) < 0)
        fail("member %td: the times decrease", one - members);
    if (proto->time_at) memcpy(one->time, frame + proto->time_at, TIME_OCTETS);
    if (from->observer == one) from->seen = (uint32_t)number + 1;
    keep_latency(now > due ? now - due : 0);
    verified++;
}

static void read_whole(member *one) {
    memcpy(scratch, one->rest, one->held);
    ssize_t got = recv(one->fd, scratch + one->held, SCRATCH - one->held, MSG_DONTWAIT);
    if (got == 0) fail("member %td was thrown out", one - members);
    if (got < 0) return;
    one->octets += (uint64_t)got;
    size_t size = one->held + (size_t)got, position = 0;
    uint64_t now = now_ns();
    for (; size - position >= frame_octets; position += frame_octets) verify(one, scratch + position, now);
    one->held = size - position;
    memcpy(one->rest, scratch + position, one->held);
}

static void read_counting(member *one) {
    ssize_t got = recv(one->fd, scratch, SCRATCH, MSG_DONTWAIT | MSG_TRUNC); /* TCP: dropped without a copy */
    if (got == 0) fail("member %td was thrown out", one - members);
    if (got > 0) one->octets += (uint64_t)got;
}

/* Takes what has come, waiting until the given time at most. Returns how many sockets had something. */
unsigned receive(int milliseconds, uint64_t until_ns) {
    struct epoll_event events[1024];
    struct timespec patience = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    if (until_ns) {
        uint64_t now = now_ns(), left = until_ns > now ? until_ns - now : 0;
        patience = (struct timespec){(time_t)(left / 1000000000), (long)(left % 1000000000)};
    }
    int count = epoll_pwait2(epoll_fd, events, 1024, &patience, NULL);
    for (int index = 0; index < count; index++) {
        member *one = events[index].data.ptr;
        if (one == NULL) /* answers to a sender that is no member */
            for (unsigned s = 0; s < sender_count; s++) recv(senders[s].fd, scratch, SCRATCH, MSG_DONTWAIT | MSG_TRUNC);
        else if (!one->joined)
            greet(one);
        else if (one->whole)
            read_whole(one);
        else
            read_counting(one);
    }
    return count > 0 ? (unsigned)count : 0;
}

void discard_until_silent(int milliseconds) {
    uint64_t deadline = now_ns() + 60ull * 1000000000;
    while (receive(milliseconds, 0))
        if (now_ns() > deadline) fail("no silence after a minute");
}

static void join_chunk(int port, unsigned first, unsigned last) {
    char octets[MOST_FRAME];
    for (unsigned index = first; index < last; index++) {
        members[index].fd = connected(port);
        watch(members[index].fd, members + index);
        say(members[index].fd, octets, proto->join(octets, index));
    }
    uint64_t deadline = now_ns() + 30ull * 1000000000;
    for (unsigned index = first; index < last; index++)
        while (!members[index].joined)
            if (!receive(1000, 0) && now_ns() > deadline) fail("member %u has not been let in", index);
}

void join_all(int port) {
    epoll_fd = epoll_create1(0);
    memset(filling, '.', sizeof filling);
    members = calloc(member_count, sizeof *members);
    for (unsigned first = 0; first < member_count; first += (unsigned)proto->chunk) {
        unsigned last = first + (unsigned)proto->chunk;
        join_chunk(port, first, last < member_count ? last : member_count);
    }
    for (unsigned index = 0; index < sender_count; index++) {
        sender *one = senders + index;
        one->member = proto->apart ? NULL : members + index;
        one->fd = proto->apart ? connected(port) : members[index].fd;
        if (proto->apart) watch(one->fd, NULL);
        unsigned middle = member_count / 2; /* neither the first nor the last to be served */
        one->observer = members + (one->member == members + middle ? middle + 1 : middle) % member_count;
    }
    discard_until_silent(200);
}

static size_t more_of(int fd, char *into, size_t room) {
    ssize_t got = recv(fd, into, room, MSG_DONTWAIT);
    return got > 0 ? (size_t)got : 0;
}

static void check_chat(sender *one, unsigned index, const char *text) {
    char wanted[MOST_FRAME];
    size_t length = chat_delivery(wanted, index, text);
    memcpy(wanted + proto->time_at, one->frame + proto->time_at, TIME_OCTETS);
    if (length != frame_octets || memcmp(wanted, one->frame, length)) fail("not a delivery of the chat protocol");
}

/* Each sender says one thing; what its observer is sent for it is how its deliveries look from then on. */
static void learn_frame(sender *one, unsigned index) {
    char octets[MOST_FRAME], text[TEXT_OCTETS + 1], got[8192], *found = NULL;
    size_t size = 0;
    struct timeval patience = {10, 0};
    setsockopt(one->observer->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    text_of(text, index, one->sent++, 0);
    say(one->fd, octets, proto->message(octets, index, text, false));
    while (found == NULL || (frame_octets && (size_t)(found - got) + frame_octets - text_at > size)) {
        ssize_t more = recv(one->observer->fd, got + size, sizeof got - size, 0);
        if (more <= 0) fail("nothing of sender %u is delivered", index);
        size += (size_t)more;
        found = memmem(got, size, text, TEXT_OCTETS);
        if (index == 0) usleep(5000); /* the first tells the length: let the rest of it come */
    }
    if (index == 0) {
        text_at = (size_t)(found - got);
        frame_octets = size + more_of(one->observer->fd, got + size, sizeof got - size);
    }
    if (found - got < (ptrdiff_t)text_at || frame_octets > MOST_FRAME) fail("deliveries differ in length");
    memcpy(one->frame, found - text_at, frame_octets); /* others may stand ahead of it */
    if (proto->time_at) check_chat(one, index, text); /* the suite judges servers; this keeps rivals honest */
}

void learn_frames(void) {
    for (unsigned index = 0; index < sender_count; index++) learn_frame(senders + index, index);
    discard_until_silent(100);
    for (unsigned index = 0; index < member_count; index++) {
        members[index].octets = 0;
        for (unsigned s = 0; s < sender_count; s++) members[index].next[s] = 1;
    }
    for (unsigned s = 0; s < sender_count; s++) senders[s].seen = 1;
}

void flush_sender(sender *one) {
    while (one->start < one->stop) {
        ssize_t taken = send(one->fd, one->out + one->start, one->stop - one->start, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken < 0 && errno != EAGAIN) fail("send: %s", strerror(errno));
        if (taken < 0) return;
        one->start += (size_t)taken;
    }
    one->start = one->stop = 0;
}
