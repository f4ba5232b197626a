/* How each kind of server spells a join and a message. Nicks are of one length, so that deliveries are, too. */

#include "load.h"

#include <stdio.h>
#include <string.h>

static size_t framed(char *out, const char *body, size_t length, bool odd) {
    sprintf(out, odd ? "%010zu" : "%-10zu", length);
    memcpy(out + 10, body, length);
    return 10 + length;
}

static size_t chat_join(char *out, unsigned member) {
    char body[32];
    size_t length = (size_t)sprintf(body, "%cm%06u%c", 0, member, 0);
    return framed(out, body, length, false);
}

/* Odd frames are legal (FRAME-3, TIME-2) and dearer to read: an empty time, a zero-filled header. */
static size_t chat_message(char *out, unsigned sender, const char *text, bool odd) {
    char body[MOST_FRAME];
    size_t length = (size_t)sprintf(body, "%s%cm%06u%c", odd ? "" : "2026-01-31T12:00:00.000Z", 0, sender, 0);
    memcpy(body + length, text, TEXT_OCTETS);
    return framed(out, body, length + TEXT_OCTETS, odd);
}

size_t chat_delivery(char *out, unsigned sender, const char *text) { return chat_message(out, sender, text, false); }

static size_t irc_join(char *out, unsigned member) {
    return (size_t)sprintf(out, "NICK m%06u\r\nUSER u 0 * :u\r\nJOIN #c\r\n", member);
}

static size_t irc_message(char *out, unsigned sender, const char *text, bool odd) {
    (void)sender, (void)odd;
    return (size_t)sprintf(out, "PRIVMSG #c :%.*s\r\n", TEXT_OCTETS, text);
}

static size_t redis_join(char *out, unsigned member) {
    (void)member;
    return (size_t)sprintf(out, "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nc\r\n");
}

static size_t redis_message(char *out, unsigned sender, const char *text, bool odd) {
    (void)sender, (void)odd;
    return (size_t)sprintf(out, "*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$%d\r\n%.*s\r\n", TEXT_OCTETS, TEXT_OCTETS, text);
}

static const protocol protocols[] = {
    {"chat", "] joined the chat", false, 64, chat_join, chat_message, 10},
    {"irc", " 366 ", false, 8, irc_join, irc_message, 0},
    {"redis", ":1\r\n", true, 64, redis_join, redis_message, 0},
};

const protocol *protocol_named(const char *name) {
    for (size_t index = 0; index < sizeof protocols / sizeof *protocols; index++)
        if (!strcmp(protocols[index].name, name)) return protocols + index;
    return NULL;
}
