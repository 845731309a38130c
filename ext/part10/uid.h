/* Unique Identifiers (PS3.5 9.1) as they are found in files. */
#ifndef FASTSEND_UID_H
#define FASTSEND_UID_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { UID_MAX_LENGTH = 64, UID_MAX_FIELD = 128 }; /* the second with any padding */

enum uid_quality {
    UID_ABSENT,    /* missing or empty */
    UID_REGULAR,   /* as PS3.5 9.1 has it */
    UID_IRREGULAR, /* can be sent, but is against PS3.5 9.1 */
    UID_UNUSABLE   /* longer than 64, or with characters that no UID can be told by */
};

typedef struct {
    char text[UID_MAX_LENGTH + 1];
    uint8_t quality;
    uint8_t space_padded; /* NUL is the padding of UIDs (PS3.5 6.2) */
    uint64_t offset; /* of its Data Element in the file */
} found_uid;

/* Digits and single periods between them; no component of more than one digit begins with 0.
 * DCMTK holds UIDs to the same. */
static inline int uid_is_regular(const char *text) {
    for (;;) {
        const char *component = text;
        while (*text >= '0' && *text <= '9') text++;
        if (text == component || (*component == '0' && text - component > 1)) return 0;
        if (!*text) return 1;
        if (*text++ != '.') return 0;
    }
}

/* Takes a value field without its padding: NUL as the Standard has it, or spaces. */
static inline void uid_take(found_uid *uid, const uint8_t *value, size_t length) {
    uid->space_padded = 0;
    while (length && (value[length - 1] == 0 || value[length - 1] == ' '))
        uid->space_padded |= value[--length] == ' ';
    while (length && *value == ' ') uid->space_padded = 1, value++, length--;
    uid->quality = UID_ABSENT;
    uid->text[0] = '\0';
    if (!length) return;
    uid->quality = UID_UNUSABLE;
    if (length > UID_MAX_LENGTH) return;
    for (size_t i = 0; i < length; i++)
        if (value[i] <= ' ' || value[i] > '~') return;
    memcpy(uid->text, value, length);
    uid->text[length] = '\0';
    uid->quality = uid_is_regular(uid->text) ? UID_REGULAR : UID_IRREGULAR;
}

#endif
