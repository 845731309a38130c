#include "rle.h"

const char *rle_status_text(enum rle_status status) {
    switch (status) {
    case RLE_OK:
        return "nothing is wrong";
    case RLE_BAD_FRAME:
        return "RLE Lossless cannot hold a frame with these rows, columns, samples and bits";
    case RLE_NO_HEADER:
        return "the RLE header is cut off";
    case RLE_BAD_SEGMENT_COUNT:
        return "the RLE header has a number of segments that is not 1 to 15";
    case RLE_WRONG_SEGMENT_COUNT:
        return "the RLE header has another number of segments than a pixel has bytes";
    case RLE_BAD_OFFSET:
        return "the RLE header has a segment offset that is not in the frame, or not in order";
    case RLE_SHORT_SEGMENT:
        return "an RLE segment ends before all of its pixels are there";
    case RLE_BAD_BIT:
        return "a pixel of 1 bit is neither 0 nor 1";
    case RLE_TOO_LONG:
        return "the encoded frame is too long for the offsets of an RLE header";
    }
    return "unknown";
}
