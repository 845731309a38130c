/* The scanner of files, with the input as a file: in memory, and from a file through its window.
 * Both must find the same. Then as a data set whose encoding is known by other means. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "oracle.h"
#include "part10.h"

static int is_uid(const found_uid *uid, size_t size) {
    size_t length = strnlen(uid->text, sizeof uid->text);
    return length >= 1 && length <= UID_MAX_LENGTH && uid->offset < size &&
           (uid->quality == UID_REGULAR || uid->quality == UID_IRREGULAR);
}

static void check_instance(int status, const part10_instance *found, size_t size,
                           int check_uids) {
    CHECK(found->file_size == size);
    switch (status) {
    case PART10_OK:
        CHECK(found->data_set_offset < size);
        CHECK(is_uid(&found->sop_class, size));
        CHECK(is_uid(&found->sop_instance, size));
        CHECK(strnlen(found->transfer_syntax.text, UID_MAX_LENGTH + 1) <= UID_MAX_LENGTH);
        CHECK(!check_uids || found->transfer_syntax.quality == UID_REGULAR);
        break;
    case PART10_NOT_PART10:
        CHECK(found->detail <= 1);
        break;
    case PART10_BAD_META:
    case PART10_NO_TRANSFER_SYNTAX:
    case PART10_NO_SOP_CLASS:
    case PART10_NO_SOP_INSTANCE:
    case PART10_BAD_UID:
        CHECK(found->detail <= size);
        break;
    case PART10_TRUNCATED:
        CHECK(found->detail <= size || found->detail == found->data_set_offset);
        break;
    default:
        CHECK(!"a status that these bytes cannot have");
    }
}

static int same_uid(const found_uid *one, const found_uid *other) {
    return !strcmp(one->text, other->text) && one->quality == other->quality &&
           one->offset == other->offset;
}

static void check_same(int status, const part10_instance *one, const part10_instance *other) {
    CHECK(one->file_size == other->file_size);
    CHECK(one->detail == other->detail);
    if (status != PART10_OK) return;
    CHECK(one->data_set_offset == other->data_set_offset);
    CHECK(one->encapsulated == other->encapsulated);
    CHECK(one->complete == other->complete);
    CHECK(same_uid(&one->sop_class, &other->sop_class));
    CHECK(same_uid(&one->sop_instance, &other->sop_instance));
    CHECK(same_uid(&one->transfer_syntax, &other->transfer_syntax));
}

static int memory_file(const uint8_t *data, size_t size) {
    static int fd = -1;
    if (fd < 0) fd = memfd_create("fuzz", MFD_CLOEXEC);
    CHECK(fd >= 0);
    CHECK(ftruncate(fd, (off_t)size) == 0);
    CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const syntaxes[] = {
        "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2",
        "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.1.99",
    };
    uint8_t *bytes = exact_copy(data, size);
    int fd = memory_file(data, size);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (int check_uids = 0; check_uids < 2; check_uids++) {
        part10_instance memory, file;
        int status = part10_scan_bytes(bytes, size, check_uids, &memory);
        check_instance(status, &memory, size, check_uids);
        CHECK(part10_scan_file(AT_FDCWD, path, check_uids, &file) == status);
        check_same(status, &memory, &file);
    }
    free(bytes);
    for (size_t i = 0; i < sizeof syntaxes / sizeof *syntaxes; i++) {
        part10_start start = {
            .data_set_offset = size / 3 * i,
            .transfer_syntax_uid = syntaxes[i],
            .media_sop_class_uid = i & 1 ? "1.2.840.10008.5.1.4.1.1.2" : "",
            .media_sop_instance_uid = i & 1 ? "1.2.3" : "",
        };
        part10_instance found;
        int status = part10_scan_data_set(fd, &start, 1, &found);
        check_instance(status, &found, size, 1);
    }
    return 0;
}
