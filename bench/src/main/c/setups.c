/*
 * Set-ups at fixed times, whether those before are answered or not: caller and callee of a participating function or a
 * proxy, in one thread that never waits for a collector. INVITE, 200, ACK and at once BYE, 200, over UDP on loopback; what is
 * not answered in 500 ms is sent again, five times.
 *
 *     gcc -O2 -o setups setups.c
 *     ./setups RATE SECONDS PID [PORT [CALLER [CALLEE]]]
 *
 * PID is the process whose CPU time is asked for; -PID adds up its children too (Kamailio). PORT is where it listens (5070);
 * it must send on to CALLEE (5072). See doc/performance.md.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define CALLS (1 << 22)
#define SECOND 1000000000ull
#define REPEAT (SECOND / 2)
#define TRIES 5
#define TEXT 2048

enum state { NONE, CALLING, LEAVING, OVER };

struct call {
    uint64_t due, sent; /* when its INVITE was due; when something was last sent */
    uint8_t state, tries;
    uint16_t to_length, contact_length;
    char to[120], contact[64];
};

/* Datagrams that leave together. */
struct outbox {
    int socket, count;
    struct mmsghdr heads[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_in addresses[BATCH];
    char texts[BATCH][TEXT];
};

static struct call *calls;
static struct outbox caller, callee;
static struct sockaddr_in server;
static int server_port = 5070, caller_port = 5071, callee_port = 5072;
static uint64_t run; /* makes names unique among runs */
static uint64_t begun, answered, done, refused, lost, repeated;
static uint64_t waits[1000000]; /* how often an answer took so many times 10 us */

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

static int bound(int port) {
    int s = socket(AF_INET, SOCK_DGRAM, 0), size = 8 << 20;
    struct sockaddr_in at = loopback(port);
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(s, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (bind(s, (void *)&at, sizeof at)) {
        perror("bind");
        exit(1);
    }
    fcntl(s, F_SETFL, O_NONBLOCK);
    return s;
}

static void flush(struct outbox *out) {
    for (int sent = 0; sent < out->count;) {
        int n = sendmmsg(out->socket, out->heads + sent, out->count - sent, 0);
        if (n > 0) sent += n;
        else usleep(50);
    }
    out->count = 0;
}

/* Where the next text is to be written. */
static char *blank(struct outbox *out) {
    if (out->count == BATCH) flush(out);
    return out->texts[out->count];
}

static void post(struct outbox *out, int length, const struct sockaddr_in *to) {
    int i = out->count++;
    out->parts[i] = (struct iovec){out->texts[i], length};
    out->addresses[i] = *to;
    memset(&out->heads[i], 0, sizeof out->heads[i]);
    out->heads[i].msg_hdr.msg_iov = &out->parts[i];
    out->heads[i].msg_hdr.msg_iovlen = 1;
    out->heads[i].msg_hdr.msg_name = &out->addresses[i];
    out->heads[i].msg_hdr.msg_namelen = sizeof out->addresses[i];
}

static int sdp(char *out, uint64_t id, const char *setup, const char *direction, int port, const char *more) {
    return sprintf(out,
                   "v=0\r\no=- %lu 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                   "m=message %d TCP/MSRP *\r\na=accept-types:message/cpim\r\na=accept-wrapped-types:*\r\n"
                   "a=setup:%s\r\na=path:msrp://127.0.0.1:%d/%016lx%016lx;tcp\r\na=%s\r\n%s",
                   1000000000 + id, port, setup, port, run, id, direction, more);
}

static void invite(uint64_t id) {
    char offer[700];
    int size = sdp(offer, id, "actpass", "sendonly", 33139, "a=file-selector:size:209\r\n");
    int length = sprintf(
        blank(&caller),
        "INVITE sip:bob@example.net SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%lx-%lu-I;rport\r\n"
        "CSeq: 1 INVITE\r\nCall-ID: %lx-%lu-setups\r\nMax-Forwards: 70\r\nContent-Length: %d\r\n"
        "From: <sip:alice@example.com>;tag=a%lx\r\nTo: <sip:bob@example.net>\r\nUser-Agent: CPM-client/OMA2.2\r\n"
        "Contact: <sip:alice@127.0.0.1:%d>;+g.3gpp.icsi-ref=\"urn%%3Aurn-7%%3A3gpp-service.ims.icsi.oma.cpm.largemsg\"\r\n"
        "Supported: timer\r\nSession-Expires: 1800;refresher=uac\r\n"
        "Accept-Contact: *;+g.3gpp.icsi-ref=\"urn%%3Aurn-7%%3A3gpp-service.ims.icsi.oma.cpm.largemsg\"\r\n"
        "Accept-Contact: *;+g.oma.sip-im.large-message\r\n"
        "P-Preferred-Service: urn:urn-7:3gpp-service.ims.icsi.oma.cpm.largemsg\r\n"
        "P-Asserted-Identity: <sip:alice@example.com>\r\n"
        "Conversation-ID: 00000000-0000-4000-8000-%012lx\r\nContribution-ID: 00000000-0000-4000-8000-%012lx\r\n"
        "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE\r\n"
        "Route: <sip:orig@127.0.0.1:%d;lr>\r\nRoute: <sip:127.0.0.1:%d;lr>\r\n"
        "Content-Type: application/sdp\r\n\r\n%s",
        caller_port, run, id, run, id, size, id, caller_port, run * 100000000 + id, run * 100000000 + id,
        server_port, callee_port, offer);
    post(&caller, length, &server);
}

static void in_dialog(uint64_t id, const char *method, int number) {
    struct call *call = &calls[id % CALLS];
    int length = sprintf(
        blank(&caller),
        "%s %.*s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%lx-%lu-%c;rport\r\nCSeq: %d %s\r\n"
        "Call-ID: %lx-%lu-setups\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n"
        "From: <sip:alice@example.com>;tag=a%lx\r\nTo: %.*s\r\n\r\n",
        method, call->contact_length, call->contact, caller_port, run, id, method[0], number, method, run, id, id,
        call->to_length, call->to);
    post(&caller, length, &server);
}

/* Copies what stands between a mark and an end, as far as there is room. */
static uint16_t copied(char *out, int room, const char *text, const char *mark, char end) {
    const char *from = strstr(text, mark);
    if (!from) return 0;
    from += strlen(mark);
    const char *to = strchr(from, end);
    int length = to ? to - from : 0;
    if (length > room) length = room;
    memcpy(out, from, length);
    return length;
}

/* RFC 3261 section 17.1.1.3: the ACK of a refusal belongs to the transaction of its INVITE. */
static void acknowledge_refusal(uint64_t id, const char *text) {
    char to[120];
    int to_length = copied(to, sizeof to, text, "\r\nTo: ", '\r');
    int length = sprintf(
        blank(&caller),
        "ACK sip:bob@example.net SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%lx-%lu-I;rport\r\n"
        "CSeq: 1 ACK\r\nCall-ID: %lx-%lu-setups\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n"
        "From: <sip:alice@example.com>;tag=a%lx\r\nTo: %.*s\r\n\r\n",
        caller_port, run, id, run, id, id, to_length, to);
    post(&caller, length, &server);
}

/* A response. */
static void heard(char *text, uint64_t at) {
    char *branch = strstr(text, "z9hG4bK"), *rest;
    if (!branch || strtoull(branch + 7, &rest, 16) != run) return;
    uint64_t id = strtoull(rest + 1, &rest, 10);
    struct call *call = &calls[id % CALLS];
    int code = atoi(text + 8), to_invite = rest[1] == 'I';
    if (code < 200) return;
    if (!to_invite) {
        if (call->state != LEAVING) return;
        call->state = OVER;
        if (code < 300) done++;
        else refused++;
        return;
    }
    if (code < 300 && call->state == CALLING) {
        uint64_t wait = (at - call->due) / 10000;
        waits[wait < 999999 ? wait : 999999]++;
        answered++;
        call->to_length = copied(call->to, sizeof call->to, text, "\r\nTo: ", '\r');
        call->contact_length = copied(call->contact, sizeof call->contact, text, "\r\nContact: <", '>');
        in_dialog(id, "ACK", 1);
        in_dialog(id, "BYE", 2);
        call->state = LEAVING;
        call->sent = at;
        call->tries = 0;
    } else if (code < 300) {
        in_dialog(id, "ACK", 1);
    } else {
        if (call->state == CALLING) {
            refused++;
            call->state = OVER;
        }
        acknowledge_refusal(id, text);
    }
}

/* A request that the server sent on. */
static void asked(char *text, const struct sockaddr_in *from) {
    if (text[0] != 'I' && text[0] != 'B') return;
    char kept[3000], to[200] = "", answer[700] = "";
    int size = 0;
    for (char *line = strstr(text, "\r\n") + 2, *next; strncmp(line, "\r\n", 2); line = next) {
        next = strstr(line, "\r\n") + 2;
        if (!strncmp(line, "To:", 3)) sprintf(to, "%.*s", (int)(next - line - 2 < 190 ? next - line - 2 : 190), line);
        else if (!strncmp(line, "Via:", 4) || !strncmp(line, "From:", 5) || !strncmp(line, "Call-ID:", 8) ||
                 !strncmp(line, "CSeq:", 5) || !strncmp(line, "Record-Route:", 13)) {
            memcpy(kept + size, line, next - line);
            size += next - line;
        }
    }
    int length;
    if (text[0] == 'I') {
        int answer_size = sdp(answer, 1, "active", "recvonly", 41001, "");
        length = sprintf(blank(&callee),
                         "SIP/2.0 200 OK\r\n%.*s%s;tag=b%lx\r\nContact: <sip:bob@127.0.0.1:%d>\r\n"
                         "Server: CPM-client/OMA2.2\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE\r\n"
                         "Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
                         size, kept, to, run, callee_port, answer_size, answer);
    } else {
        length = sprintf(blank(&callee), "SIP/2.0 200 OK\r\n%.*s%s\r\nContent-Length: 0\r\n\r\n", size, kept, to);
    }
    post(&callee, length, from);
}

static int receive(struct outbox *box) {
    static char texts[BATCH][4096];
    static struct mmsghdr heads[BATCH];
    static struct iovec parts[BATCH];
    static struct sockaddr_in from[BATCH];
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){texts[i], sizeof texts[i] - 1};
        memset(&heads[i], 0, sizeof heads[i]);
        heads[i].msg_hdr.msg_iov = &parts[i];
        heads[i].msg_hdr.msg_iovlen = 1;
        heads[i].msg_hdr.msg_name = &from[i];
        heads[i].msg_hdr.msg_namelen = sizeof from[i];
    }
    int count = recvmmsg(box->socket, heads, BATCH, MSG_DONTWAIT, 0);
    uint64_t at = now();
    for (int i = 0; i < count; i++) {
        texts[i][heads[i].msg_len] = 0;
        if (box == &caller) heard(texts[i], at);
        else if (strncmp(texts[i], "SIP/", 4)) asked(texts[i], &from[i]);
    }
    return count > 0;
}

/* Sends again what was not answered. */
static void repeat(uint64_t *first, uint64_t next, uint64_t at) {
    for (uint64_t id = *first; id < next; id++) {
        struct call *call = &calls[id % CALLS];
        if (call->state == OVER) {
            if (id == *first) ++*first;
            continue;
        }
        if (at < call->sent + REPEAT) continue;
        if (++call->tries > TRIES) {
            lost++;
            call->state = OVER;
            continue;
        }
        repeated++;
        call->sent = at;
        if (call->state == CALLING) invite(id);
        else in_dialog(id, "BYE", 2);
    }
    flush(&caller);
}

struct used {
    double all, compiling, collecting;
};

/* Fields 4, 14 and 15 of proc(5); seconds. */
static double ticks(const char *path, char *name, int *parent) {
    char text[1024];
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    unsigned long user, system;
    sprintf(name, "%.*s", (int)(close - open - 1), open + 1);
    sscanf(close + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", parent, &user, &system);
    return (user + system) * 0.01;
}

static struct used used(int pid) {
    struct used sum = {0, 0, 0};
    char path[400], directory[300], name[64];
    int parent;
    if (pid < 0) sprintf(directory, "/proc");
    else sprintf(directory, "/proc/%d/task", pid);
    DIR *all = opendir(directory);
    if (!all) {
        fprintf(stderr, "no process %d\n", pid);
        exit(1);
    }
    for (struct dirent *each; (each = readdir(all));) {
        int id = atoi(each->d_name);
        if (!id) continue;
        snprintf(path, sizeof path, "%s/%d/stat", directory, id);
        double seconds = ticks(path, name, &parent);
        if (pid < 0 && id != -pid && parent != -pid) continue;
        sum.all += seconds;
        if (strstr(name, "C1 Comp") || strstr(name, "C2 Comp")) sum.compiling += seconds;
        if (!strncmp(name, "GC Thread", 9) || !strncmp(name, "G1 ", 3)) sum.collecting += seconds;
    }
    closedir(all);
    return sum;
}

static double percentile(double share) {
    uint64_t sum = 0;
    for (int i = 0; i < 1000000; i++)
        if ((sum += waits[i]) >= answered * share) return (i + 1) * 0.01;
    return -1;
}

int main(int count, char **words) {
    if (count < 4) {
        fprintf(stderr, "usage: setups RATE SECONDS PID [PORT [CALLER [CALLEE]]]\n");
        return 2;
    }
    double rate = atof(words[1]), seconds = atof(words[2]);
    int pid = atoi(words[3]);
    if (count > 4) server_port = atoi(words[4]);
    if (count > 5) caller_port = atoi(words[5]);
    if (count > 6) callee_port = atoi(words[6]);
    calls = calloc(CALLS, sizeof *calls);
    caller.socket = bound(caller_port);
    callee.socket = bound(callee_port);
    server = loopback(server_port);
    run = now() / 1000000 & 0xffffff;

    struct used before = used(pid);
    uint64_t start = now(), end = start + seconds * SECOND, over = end + 5 * SECOND / 2;
    uint64_t first = 0, looked = start, last = start, longest = 0;
    for (uint64_t at; (at = now()) < over; last = at) {
        if (at - last > longest) longest = at - last;
        int busy = 0;
        uint64_t wanted = at < end ? (at - start) * 1e-9 * rate : begun;
        for (int i = 0; begun < wanted && i < BATCH / 2; i++, busy = 1) {
            calls[begun % CALLS] =
                (struct call){.due = start + (uint64_t)(begun / rate * 1e9), .sent = at, .state = CALLING};
            invite(begun++);
        }
        busy |= receive(&caller);
        busy |= receive(&callee);
        flush(&caller);
        flush(&callee);
        if (at - looked > SECOND / 50) {
            looked = at;
            repeat(&first, begun, at);
        }
        if (!busy) usleep(50);
    }
    struct used after = used(pid);
    double each = 1e6 / begun;
    printf("%.0f calls/s: %lu begun, %lu done, %lu refused, %lu lost, %lu repeated\n", rate, begun, done, refused, lost,
           repeated);
    printf("  CPU time of a call %.0f us: compiling %.0f, collecting %.0f\n", (after.all - before.all) * each,
           (after.compiling - before.compiling) * each, (after.collecting - before.collecting) * each);
    printf("  INVITE to its 200 in ms: 50 %% %.2f, 99 %% %.2f, 99.9 %% %.2f; this program stood still for %.1f at most\n",
           percentile(.5), percentile(.99), percentile(.999), longest * 1e-6);
    return lost + refused > 0;
}
