/* The requests of a channel that are under way: sent in order, answered in any (PS3.7 D.3.3.3). */
#ifndef FASTSEND_REQUESTS_H
#define FASTSEND_REQUESTS_H

#include "wire.h"

table_row *request_row(const wire_channel *ch, uint32_t position);

/* The row of the claimed position is under way from now on. Returns it. */
table_row *row_begun(wire_channel *ch, uint32_t position);

/* Begins a request, for which there has to be room in the window. */
void request_begin(wire_channel *ch, uint32_t position, uint8_t context_id,
                   const char *sop_instance_uid);
/* The newest request left as a whole, and nothing is known of it: nobody may say that it was not sent. */
void request_left(wire_channel *ch);
/* The newest request left as a whole, as it should be. */
void request_sent(wire_channel *ch);
/* The newest request was begun, and no byte of it sent: its row ends with `status`. */
void request_dropped(wire_channel *ch, enum wire_status status);
/* Notes the response of the request that it answers. */
enum wire_status request_answered(wire_channel *ch, const pdu_c_store_rsp *response,
                                  uint8_t context_id);
/* Whether it is the newest instance that could not be sent to its end, and not the peer. */
int is_own_fault(unsigned status);
/* The association cannot go on: every request that is under way has the status, or where the newest
 * is to blame WIRE_OTHER_FAULT, and waits for wire_settle. Returns the row that the status is of. */
uint32_t requests_lost(wire_channel *ch, enum wire_status status);

/* A claimed row that has no request is final. */
void row_done(wire_channel *ch, uint32_t position, enum wire_status status);

#endif
