/* Data sets that are not encoded as their transfer syntax says (PS3.5 10). */
#ifndef FASTSEND_OTHER_ENCODING_H
#define FASTSEND_OTHER_ENCODING_H

#include "window.h"

/* For a data set whose first element is none in the encoding that was announced: the number of the
 * encoding that it has, as PART10_OTHER_ENCODING counts them, or -1 where it has none. */
int find_other_encoding(file_window *window, uint64_t data_set_offset);

#endif
