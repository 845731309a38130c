/* Data sets on their way into P-DATA-TF PDUs of one PDV each (PS3.8 9.3.5). */
#ifndef FASTSEND_DATA_SET_WRITER_H
#define FASTSEND_DATA_SET_WRITER_H

#include "wire.h"

/* True where the file is what was scanned: size and modification time. */
int data_set_unchanged(const table_row *row, int fd);

/* Reads the first bytes of a data set into the channel's `ahead`; returns how many, 0 on any error,
 * which will show again. */
size_t data_set_read_ahead(wire_channel *ch, const table_row *row, int fd);

/* Sends the command of the channel's request and the data set of a file as it is stored, of which
 * `ahead` bytes are read already.
 *
 * The file is compared with what was scanned after its last bytes were read and before they are
 * sent: an object that is completed is the object that was scanned, whatever happens to the file
 * meanwhile. */
enum wire_status data_set_send_stored(wire_channel *ch, const table_row *row, int fd,
                                      size_t ahead);

/* Walks a data set that is to be re-encoded, so that what cannot be is known before a byte is sent.
 * WIRE_OK: `*length` bytes will be sent, by `data_set_send_recoded`. */
enum wire_status data_set_prepare_recoded(wire_channel *ch, const table_row *row, int fd,
                                          const wire_route *route, uint64_t *length);
enum wire_status data_set_send_recoded(wire_channel *ch, const table_row *row, int fd,
                                       uint64_t length);

/* The next bytes of a data set that comes piece by piece. What does not fill a fragment waits in the
 * channel's `body`, until it does or until the last bytes come. */
enum wire_status data_set_push(wire_channel *ch, const uint8_t *bytes, size_t length, int last);

#endif
