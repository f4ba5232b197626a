/* A load generator for chat servers: what its three parts share. load.c runs the phases, room.c knows the members,
   protocols.c knows how each kind of server spells a join, a message and a delivery. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TEXT_OCTETS 100
#define MOST_SENDERS 10
#define MOST_FRAME 512
#define TIME_OCTETS 24 /* 2026-01-31T12:00:00.000Z */

/* A text is `SSSS QQQQQQQQ DDDDDDDDDDDDDDDD ....`: sender, number and due time in hexadecimal, then filling. */
#define NUMBER_AT 5
#define DUE_AT 14
#define FILLING_AT 31

typedef struct {
    const char *name;
    const char *joined; /* a member is in when it has been sent this */
    bool apart;         /* senders are connections of their own, and members get everything */
    size_t chunk;       /* connections opened at once: what the server's backlog bears */
    size_t (*join)(char *out, unsigned member);
    size_t (*message)(char *out, unsigned sender, const char *text, bool odd);
    size_t time_at; /* where a delivery has a time that changes; 0 for nowhere */
} protocol;

const protocol *protocol_named(const char *name);
/* What a conformant chat server makes of a text, but for the time. */
size_t chat_delivery(char *out, unsigned sender, const char *text);

typedef struct {
    int fd;
    bool joined;
    bool whole;                 /* every frame is read and verified; else octets are counted, not copied */
    uint64_t octets;            /* received since counting began */
    uint32_t own;               /* messages that it sent */
    uint32_t next[MOST_SENDERS]; /* the number of each sender's next message */
    char time[TIME_OCTETS];     /* of the latest frame */
    size_t held;                /* octets of an unfinished frame */
    char rest[4096];
} member;

typedef struct {
    member *member; /* NULL where senders are connections of their own */
    int fd;
    member *observer; /* a message is in flight until this member has it */
    uint32_t sent, seen;
    char frame[MOST_FRAME]; /* what a delivery looks like */
    char out[1 << 16];
    char message[MOST_FRAME]; /* what it sends, but for number and due time */
    size_t message_octets, message_text_at;
    size_t start, stop; /* octets of `out` that the kernel has not taken yet */
} sender;

extern const protocol *proto;
extern member *members;
extern unsigned member_count, sender_count;
extern sender senders[MOST_SENDERS];
extern size_t frame_octets, text_at; /* of every delivery */
extern uint64_t verified;            /* frames that were read and compared */
extern uint64_t latencies[64 * 64];  /* a histogram, logarithmic: 64 steps for each doubling, in nanoseconds */

uint64_t now_ns(void);
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void join_all(int port);
void learn_frames(void);
unsigned receive(int milliseconds_or_less, uint64_t until_ns);
void discard_until_silent(int milliseconds);
void text_of(char *text, unsigned sender, uint32_t number, uint64_t due);
void flush_sender(sender *one);
