#include "path.h"

#include <string.h>

#ifdef __linux__
/* The C library's own declaration of it may lack what later kernels tell. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

wire_path wire_path_of(int socket) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info); /* an older kernel fills in less of it */
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
        return (wire_path){0};
    return (wire_path){.round_trip = (info.tcpi_min_rtt == UINT32_MAX ? 0 : info.tcpi_min_rtt) / 1e6,
                       .window_limited = (double)info.tcpi_rwnd_limited / 1e6,
                       .delivery_rate = (double)info.tcpi_delivery_rate};
}
#else
wire_path wire_path_of(int socket) {
    (void)socket;
    return (wire_path){0};
}
#endif
