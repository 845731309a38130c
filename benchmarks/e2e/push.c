/* The plain-socket limit: the files of a directory, read and written to the sink, nothing else.
 *
 *     push PORT push|ping-pong read|sendfile DIRECTORY
 *
 * push: one way, no waiting before the end. ping-pong: waits for eight bytes after each file, as
 * a C-STORE without an asynchronous operations window waits for its response. Prints one line of
 * JSON; `seconds` run from the first byte sent, connected, to the sink's last word. */
#include "limit.h"
#include "scp.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/sendfile.h>
#endif
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 18 };

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int connect_to_sink(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* The length goes out in the same segment as the first bytes of the file. */
static void send_by_read(int to, int file, uint64_t length)
{
    static uint8_t buffer[sizeof length + CHUNK];
    memcpy(buffer, &length, sizeof length);
    size_t used = sizeof length;
    for (uint64_t left = length; left > 0 || used > 0; used = 0) {
        ssize_t n = left > 0 ? read(file, buffer + used, CHUNK) : 0;
        if (n < 0 || (n == 0 && left > 0) || (uint64_t)n > left)
            fail("read");
        left -= (uint64_t)n;
        if (scp_write(to, buffer, used + (size_t)n) != 0)
            fail("send");
    }
}

static void send_by_sendfile(int to, int file, uint64_t length)
{
#ifdef __linux__
    if (send(to, &length, sizeof length, MSG_MORE | MSG_NOSIGNAL) != sizeof length)
        fail("send");
    while (length > 0) {
        ssize_t n = sendfile(to, file, NULL, length);
        if (n <= 0)
            fail("sendfile");
        length -= (uint64_t)n;
    }
#else
    send_by_read(to, file, length);
#endif
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return fprintf(stderr, "push PORT push|ping-pong read|sendfile DIRECTORY\n"), 1;
    int ping_pong = strcmp(argv[2], "ping-pong") == 0;
    int by_sendfile = strcmp(argv[3], "sendfile") == 0;
    DIR *directory = opendir(argv[4]);
    if (directory == NULL)
        fail(argv[4]);
    char **names = NULL;
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        names = realloc(names, (count + 1) * sizeof *names);
        if (names == NULL || (names[count++] = strdup(entry->d_name)) == NULL)
            fail("memory");
    }
    int to = connect_to_sink((uint16_t)atoi(argv[1]));
    uint64_t total = 0, arrived = 0, end = LIMIT_END;
    double start = now();
    if (scp_write(to, ping_pong ? LIMIT_PING_PONG : LIMIT_PUSH, 6) != 0)
        fail("send");
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        int file = openat(dirfd(directory), names[i], O_RDONLY | O_CLOEXEC);
        if (file < 0 || fstat(file, &status) != 0)
            fail(names[i]);
        (by_sendfile ? send_by_sendfile : send_by_read)(to, file, (uint64_t)status.st_size);
        close(file);
        total += (uint64_t)status.st_size;
        if (ping_pong && scp_read(to, &arrived, sizeof arrived) != 0)
            fail("answer");
    }
    if (scp_write(to, &end, sizeof end) != 0 || scp_read(to, &arrived, sizeof arrived) != 0)
        fail("answer");
    double seconds = now() - start;
    if (arrived != total)
        return fprintf(stderr, "sent %" PRIu64 ", arrived %" PRIu64 "\n", total, arrived), 1;
    printf("{\"seconds\": %.6f, \"bytes\": %" PRIu64 ", \"files\": %zu}\n", seconds, total, count);
    return 0;
}
