#include "deflate.h"

const char *deflate_status_text(enum deflate_status status) {
    switch (status) {
    case DEFLATE_NEED_INPUT:
    case DEFLATE_NEED_OUTPUT:
    case DEFLATE_END:
        return "nothing is wrong";
    case DEFLATE_CORRUPT:
        return "this is no deflated data";
    case DEFLATE_TRUNCATED:
        return "the deflated data end in the middle";
    case DEFLATE_TOO_LONG:
        return "the deflated data inflate to more than the limit";
    case DEFLATE_TOO_DENSE:
        return "the deflated data inflate to more than the limit for their length";
    case DEFLATE_NO_MEMORY:
        return "there is no memory";
    case DEFLATE_FAILED:
        return "the deflate library made data that do not inflate to its input";
    }
    return "unknown";
}
