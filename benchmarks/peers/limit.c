/* The limit: what a C program reaches with the system calls of the reference server. `limit PORT coalesced|each`

   coalesced: what a turn has read is one buffer; each member is sent all of it but its own with one call.
   each:      the same server with one send for each delivery, as servers are usually written.

   It reads headers strictly and counts the separators, and that is all: no UTF-8, no nicks to compare, no leaves. A
   join is announced to the newcomer alone. A member that does not read has its octets kept without a bound. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define READ_OCTETS 65536
#define MOST 8192

typedef struct {
    int fd, place; /* place: in the list of members, -1 before the join */
    char nick[65];
    size_t nick_length, held;
    char *rest, *backlog; /* an unfinished frame; octets that the kernel has not taken */
    size_t backlog_length;
    size_t own_start, own_stop; /* its own frames in this turn's buffer: one read, so one range */
} session;

static session *members[MOST];
static int member_count, epoll_fd;
static bool each;
static char *turn;
static size_t turn_length, turn_room;
static char stamp[25];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void set_stamp(void) {
    struct timeval now;
    struct tm parts;
    gettimeofday(&now, NULL);
    gmtime_r(&now.tv_sec, &parts);
    size_t length = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(stamp + length, sizeof stamp - length, ".%03ldZ", (long)now.tv_usec / 1000 % 1000);
}

static void want(session *one, bool write) {
    struct epoll_event event = {.events = EPOLLIN | (write ? EPOLLOUT : 0), .data.ptr = one};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, one->fd, &event);
}

static void keep(session *one, const char *octets, size_t length) {
    if (!one->backlog_length) want(one, true);
    one->backlog = realloc(one->backlog, one->backlog_length + length);
    memcpy(one->backlog + one->backlog_length, octets, length);
    one->backlog_length += length;
}

static void send_parts(session *one, struct iovec *parts, int count) {
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
    ssize_t taken = 0;
    if (!one->backlog_length)
        taken = count == 1 ? send(one->fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL)
                           : sendmsg(one->fd, &message, MSG_NOSIGNAL);
    if (taken < 0) taken = 0; /* EAGAIN; a dead peer is noticed when it is read */
    for (int index = 0; index < count; index++) {
        size_t gone = (size_t)taken < parts[index].iov_len ? (size_t)taken : parts[index].iov_len;
        taken -= (ssize_t)gone;
        if (gone < parts[index].iov_len) keep(one, (char *)parts[index].iov_base + gone, parts[index].iov_len - gone);
    }
}

static void send_one(session *one, const char *octets, size_t length) {
    struct iovec part = {(void *)octets, length};
    send_parts(one, &part, 1);
}

static void flush_backlog(session *one) {
    ssize_t taken = send(one->fd, one->backlog, one->backlog_length, MSG_NOSIGNAL);
    if (taken <= 0) return;
    one->backlog_length -= (size_t)taken;
    memmove(one->backlog, one->backlog + taken, one->backlog_length);
    if (!one->backlog_length) want(one, false);
}

static void relay_turn(void) {
    for (int index = 0; index < member_count && turn_length; index++) {
        session *one = members[index];
        struct iovec parts[2] = {{turn, one->own_start}, {turn + one->own_stop, turn_length - one->own_stop}};
        if (one->own_start == one->own_stop)
            send_one(one, turn, turn_length);
        else if (one->own_start == 0 || one->own_stop == turn_length)
            send_parts(one, one->own_start ? parts : parts + 1, one->own_start || parts[1].iov_len);
        else
            send_parts(one, parts, 2);
        one->own_start = one->own_stop = 0;
    }
    turn_length = 0;
}

static size_t framed(char *out, const char *nick, size_t nick_length, const char *text, size_t length) {
    size_t body = 24 + 1 + nick_length + 1 + length;
    int digits = sprintf(out, "%zu", body);
    memset(out + digits, ' ', 10 - (size_t)digits);
    memcpy(out + 10, stamp, 24);
    out[34] = 0;
    memcpy(out + 35, nick, nick_length);
    out[35 + nick_length] = 0;
    memcpy(out + 36 + nick_length, text, length);
    return 10 + body;
}

static void relay(session *from, const char *text, size_t length) {
    if (turn_length + length + 128 > turn_room) turn = realloc(turn, turn_room = 2 * (turn_length + length + 128));
    size_t size = framed(turn + turn_length, from->nick, from->nick_length, text, length);
    if (each) {
        for (int index = 0; index < member_count; index++)
            if (members[index] != from) send_one(members[index], turn, size);
        return;
    }
    if (from->own_start == from->own_stop) from->own_start = turn_length;
    from->own_stop = turn_length += size;
}

static bool join(session *one, const char *nick, size_t length) {
    char frame[256], text[128];
    if (length > 64 || member_count == MOST) return false;
    memcpy(one->nick, nick, one->nick_length = length);
    one->place = member_count;
    members[member_count++] = one;
    send_one(one, frame, framed(frame, "Server", 6, text, (size_t)sprintf(text, "[%s] joined the chat", one->nick)));
    return true;
}

/* The length that a header says, or -1: spaces, digits, spaces (FRAME-3, FRAME-4). */
static long length_of(const char *header) {
    int at = 0;
    long length = 0;
    while (at < 10 && header[at] == ' ') at++;
    int first = at;
    while (at < 10 && header[at] >= '0' && header[at] <= '9') length = length * 10 + (header[at++] - '0');
    if (at == first) return -1;
    while (at < 10 && header[at] == ' ') at++;
    return at == 10 && length <= 1048576 ? length : -1;
}

static bool hear(session *one, const char *octets, size_t size) {
    size_t position = 0;
    while (size - position >= 10) {
        long length = length_of(octets + position);
        if (length < 0) return false;
        if (size - position - 10 < (size_t)length) break;
        const char *body = octets + position + 10, *end = body + length;
        const char *nick = memchr(body, 0, (size_t)length);
        const char *text = nick ? memchr(nick + 1, 0, (size_t)(end - nick - 1)) : NULL;
        if (text == NULL || memchr(text + 1, 0, (size_t)(end - text - 1))) return false; /* BODY-1 */
        if (one->place >= 0)
            relay(one, text + 1, (size_t)(end - text - 1));
        else if (!join(one, nick + 1, (size_t)(text - nick - 1)))
            return false;
        position += 10 + (size_t)length;
    }
    one->held = size - position;
    one->rest = realloc(one->rest, one->held + 1);
    memcpy(one->rest, octets + position, one->held);
    return true;
}

static void leave(session *one) {
    if (one->place >= 0) { /* the last one takes its place */
        members[one->place] = members[--member_count];
        members[one->place]->place = one->place;
    }
    close(one->fd);
    free(one->rest);
    free(one->backlog);
    free(one);
}

static void read_session(session *one) {
    static char octets[2 * 1048576];
    memcpy(octets, one->rest, one->held);
    ssize_t got = recv(one->fd, octets + one->held, READ_OCTETS, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0 || !hear(one, octets, one->held + (size_t)got)) {
        relay_turn(); /* ranges of the turn must not outlive their member */
        leave(one);
    }
}

static int listening(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1024)) die("listen");
    return fd;
}

static void let_in(int listener) {
    int on = 1;
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        session *one = calloc(1, sizeof *one);
        *one = (session){.fd = fd, .place = -1, .rest = malloc(1)};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int count, char **arguments) {
    if (count != 3) return fputs("limit PORT coalesced|each\n", stderr), 2;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    each = !strcmp(arguments[2], "each");
    epoll_fd = epoll_create1(0);
    int listener = listening(atoi(arguments[1]));
    struct epoll_event events[1024], event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(epoll_fd, events, 1024, -1);
        set_stamp();
        for (int index = 0; index < ready; index++) {
            session *one = events[index].data.ptr;
            if (one == NULL) {
                let_in(listener);
                continue;
            }
            if (events[index].events & EPOLLOUT && one->backlog_length) flush_backlog(one);
            if (events[index].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_session(one);
        }
        relay_turn();
    }
}
