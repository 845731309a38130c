/* What the system knows of a connection. */
#ifndef FASTSEND_PATH_H
#define FASTSEND_PATH_H

/* Seconds and bytes a second; 0 where the system does not say. */
typedef struct {
    double round_trip;     /* the smallest so far */
    double window_limited; /* sending was blocked, for the peer took no more */
    double delivery_rate;  /* the highest that was seen lately */
} wire_path;

/* A socket that is no TCP socket has a path of zeros. */
wire_path wire_path_of(int socket);

#endif
