/* A load generator for chat servers, on one core: `load PROTOCOL PORT SERVER-PID MEMBERS WINDOW SECONDS RATE ODD`.

   Members join; then three phases, each ended by waiting until everything has arrived, and verified:
     full    SECONDS with WINDOW messages in flight (those that a member in the middle has not been sent yet)
     paced   SECONDS at RATE deliveries a second; a message counts from the moment it was due, not sent
     single  half as long with one message in flight
   In the full phase a few members verify every frame and the others count octets; in the others all verify.
   Prints one line of JSON, or a sentence on standard error and ends with 1. */

#define _GNU_SOURCE
#include "load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define WARM_NS 200000000ull
#define MOST_NS 2000000000ull /* beyond its length, for a phase */
#define VERIFIED_WHEN_FULL 2 /* beside the observers */

typedef struct {
    uint64_t wall, server, own, octets, messages;
} marks;

static clockid_t server_clock;
static bool odd;

static uint64_t read_ns(clockid_t clock) {
    struct timespec at;
    if (clock_gettime(clock, &at)) fail("the server is gone");
    return (uint64_t)at.tv_sec * 1000000000 + (uint64_t)at.tv_nsec;
}

uint64_t now_ns(void) { return read_ns(CLOCK_MONOTONIC); }

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static uint64_t seen_by_observers(void) {
    uint64_t seen = 0;
    for (unsigned index = 0; index < sender_count; index++) seen += senders[index].seen;
    return seen;
}

static marks mark(void) {
    marks found = {now_ns(), read_ns(server_clock), read_ns(CLOCK_PROCESS_CPUTIME_ID), 0, 0};
    for (unsigned index = 0; index < member_count; index++) found.octets += members[index].octets;
    found.messages = seen_by_observers();
    return found;
}

static void prepare(void) {
    char text[TEXT_OCTETS + 1];
    for (unsigned index = 0; index < sender_count; index++) {
        sender *one = senders + index;
        text_of(text, index, 0, 0);
        one->message_octets = proto->message(one->message, index, text, odd);
        one->message_text_at = (size_t)((char *)memmem(one->message, MOST_FRAME, text, TEXT_OCTETS) - one->message);
    }
}

static void put_hex(char *into, unsigned digits, uint64_t value) {
    for (; digits; value >>= 4) into[--digits] = "0123456789abcdef"[value & 15];
}

static void enqueue(sender *one, uint64_t due) {
    if (one->stop + MOST_FRAME > sizeof one->out) fail("the server has stopped reading");
    char *octets = one->out + one->stop;
    memcpy(octets, one->message, one->message_octets);
    put_hex(octets + one->message_text_at + NUMBER_AT, 8, one->sent++);
    put_hex(octets + one->message_text_at + DUE_AT, 16, due);
    one->stop += one->message_octets;
    if (one->member) one->member->own++;
}

/* As many messages as the window allows, one write for each sender. */
static void fill_window(unsigned window, unsigned speakers) {
    uint64_t now = now_ns();
    for (unsigned index = 0; index < speakers; index++) {
        sender *one = senders + index;
        unsigned share = window / speakers + (index < window % speakers);
        while (one->sent - one->seen < share) enqueue(one, now);
        flush_sender(one);
    }
}

static void verify_by(unsigned count) {
    for (unsigned index = 0; index < member_count; index++) members[index].whole = count >= member_count;
    for (unsigned index = 0; index < count && index < member_count; index++)
        members[(uint64_t)index * member_count / count].whole = true;
    for (unsigned index = 0; index < sender_count; index++) senders[index].observer->whole = true;
}

/* Waits until every member has been sent everything, and not an octet more: nothing is lost, nothing comes twice. */
static void settle(void) {
    uint64_t deadline = now_ns() + 60ull * 1000000000, total = 0;
    for (unsigned index = 0; index < sender_count; index++) total += senders[index].sent - 1;
    for (unsigned index = 0; index < member_count; index++) {
        member *one = members + index;
        while (one->octets < (total - one->own) * frame_octets) {
            for (unsigned s = 0; s < sender_count; s++) flush_sender(senders + s);
            receive(100, 0);
            if (now_ns() > deadline) fail("member %u lacks %lld octets", index,
                                          (long long)((total - one->own) * frame_octets - one->octets));
        }
    }
    discard_until_silent(20);
    for (unsigned index = 0; index < member_count; index++) {
        member *one = members + index;
        if (one->octets != (total - one->own) * frame_octets) fail("member %u has been sent too much", index);
        for (unsigned s = 0; s < sender_count; s++) one->next[s] = senders[s].sent; /* for those that only counted */
    }
}

static double percentile(double share) {
    uint64_t total = 0, passed = 0;
    for (unsigned index = 0; index < 64 * 64; index++) total += latencies[index];
    for (unsigned index = 0; index < 64 * 64; index++) {
        passed += latencies[index];
        if (total && passed >= (uint64_t)(share * (double)total) && passed)
            return (double)((64ull + index % 64) << (index / 64 - 6)) / 1000;
    }
    return 0;
}

static void report(const char *name, marks from, marks to) {
    double seconds = (double)(to.wall - from.wall) / 1e9;
    printf("\"%s\": {\"seconds\": %.6f, \"deliveries\": %.1f, \"messages\": %llu, \"server_cpu_s\": %.6f, ", name, seconds,
           (double)(to.octets - from.octets) / (double)frame_octets, (unsigned long long)(to.messages - from.messages),
           (double)(to.server - from.server) / 1e9);
    printf("\"generator_share\": %.3f, \"p50_us\": %.1f, \"p99_us\": %.1f}, ", (double)(to.own - from.own) / 1e9 / seconds,
           percentile(0.5), percentile(0.99));
}

/* Until the time has come, so many messages have been delivered, and one more has just been: with a large room a turn
   of a server is not short beside a phase, so phases begin and end at the same place of a turn. */
static void keep_full(unsigned window, unsigned speakers, uint64_t until, uint64_t messages) {
    uint64_t wanted = seen_by_observers() + messages, before;
    do {
        before = seen_by_observers();
        fill_window(window, speakers);
        receive(10, 0);
        if (now_ns() > until + MOST_NS) break; /* a slow one is measured as far as it came */
    } while (now_ns() < until || before < wanted || before == seen_by_observers());
}

static void windowed(const char *name, unsigned window, unsigned speakers, uint64_t length) {
    keep_full(window, speakers, now_ns() + (length < WARM_NS ? length : WARM_NS), 1);
    memset(latencies, 0, sizeof latencies);
    marks from = mark();
    keep_full(window, speakers, now_ns() + length, 2 * window);
    report(name, from, mark());
    settle();
}

static void paced(double messages_per_second, uint64_t length) {
    uint64_t begin = now_ns() + 1000000, step = (uint64_t)(1e9 / messages_per_second), count = 0;
    memset(latencies, 0, sizeof latencies);
    marks from = mark();
    for (uint64_t due = begin; due < begin + length;) {
        for (uint64_t now = now_ns(); due <= now; due += step) {
            sender *one = senders + count++ % sender_count;
            enqueue(one, due);
            flush_sender(one);
        }
        receive(0, due);
    }
    marks to = mark();
    settle(); /* the late ones count, too */
    report("paced", from, to);
}

static long resident_octets(int pid) {
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) fail("the server is gone");
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

int main(int count, char **arguments) {
    if (count != 9) fail("load PROTOCOL PORT SERVER-PID MEMBERS WINDOW SECONDS RATE ODD");
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    prctl(PR_SET_TIMERSLACK, 1);
    int pid = atoi(arguments[3]);
    uint64_t length = (uint64_t)(atof(arguments[6]) * 1e9);
    unsigned window = (unsigned)atoi(arguments[5]);
    proto = protocol_named(arguments[1]);
    member_count = (unsigned)atoi(arguments[4]);
    odd = atoi(arguments[8]);
    if (proto == NULL || member_count < 2 || clock_getcpuclockid(pid, &server_clock)) fail("bad arguments");
    sender_count = member_count < MOST_SENDERS ? member_count : MOST_SENDERS;
    long before = resident_octets(pid);
    join_all(atoi(arguments[2]));
    long joined = resident_octets(pid);
    learn_frames();
    prepare();
    printf("{");
    verify_by(VERIFIED_WHEN_FULL);
    windowed("full", window, sender_count, length);
    verify_by(member_count);
    paced(atof(arguments[7]) / (proto->apart ? member_count : member_count - 1), length);
    windowed("single", 1, 1, length / 2);
    printf("\"verified\": %llu, \"rss_before\": %ld, \"rss_joined\": %ld, \"rss_after\": %ld}\n",
           (unsigned long long)verified, before, joined, resident_octets(pid));
    return 0;
}
