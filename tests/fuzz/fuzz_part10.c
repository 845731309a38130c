/* The scanner of files, with the input as a file: in memory, and from a file through its window.
 * Both must find the same. Then as a data set whose encoding is known by other means, for its UIDs
 * for a few elements, and for the items of a few sequences. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "find.h"
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
        CHECK(found->encapsulated || !found->unterminated);
        break;
    case PART10_OTHER_ENCODING:
        CHECK(found->detail <= 2);
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
    CHECK(one->unterminated == other->unterminated);
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

/* What is found must be what the file has there. */
static void check_find(int fd, const uint8_t *data, size_t size, size_t begin, uint32_t longest) {
    static const uint32_t tags[] = {0x00080016, 0x00080018, 0x00082112, 0x00280010, 0x00280100,
                                    0x00281201, 0x7FE00001, 0x7FE00010};
    enum { COUNT = sizeof tags / sizeof *tags };
    wanted_element wanted[COUNT] = {{0}};
    for (size_t i = 0; i < COUNT; i++) wanted[i].tag = tags[i];
    element_search search = {.explicit_vr = longest & 1,
                             .big_endian = (longest & 3) == 3,
                             .wanted = wanted,
                             .wanted_count = longest & 4 ? COUNT - 3 : COUNT,
                             .longest_value = longest,
                             .only_wanted = longest >> 2 & 1};
    enum find_status status = find_elements(fd, begin, size - begin, &search);
    CHECK(status != FIND_READ_FAILED && status != FIND_CHANGED);
    CHECK(search.error_offset >= begin && search.error_offset <= size);
    size_t total = 0;
    for (size_t i = 0; i < COUNT && status == FIND_OK; i++) {
        if (!wanted[i].found) continue;
        CHECK(wanted[i].tag == tags[i] && wanted[i].length <= longest);
        CHECK(wanted[i].value == total);
        total += wanted[i].length;
        if (wanted[i].length)
            CHECK(memmem(data + begin, size - begin, search.values + wanted[i].value,
                         wanted[i].length));
    }
    CHECK(status != FIND_OK || total == search.values_length);
    if (status == FIND_OK && search.has_pixel_data) {
        CHECK(!wanted[COUNT - 1].found);
        CHECK(search.pixel_data_offset > begin && search.pixel_data_offset <= size);
        CHECK(search.pixel_data_length == UINT32_MAX ||
              search.pixel_data_length <= size - search.pixel_data_offset);
    }
    free(search.values);
}

/* Items follow each other, lie within the data set, and have their heads before them. */
static void check_find_items(int fd, const uint8_t *data, size_t size, size_t begin,
                             uint32_t encoding) {
    static const uint32_t tags[] = {0x00081140, 0x00082112, 0x00880200};
    enum { CAPACITY = 3 };
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        found_item items[CAPACITY + 1] = {{0}};
        item_search search = {.explicit_vr = encoding & 1,
                              .big_endian = (encoding & 3) == 3,
                              .sequence = tags[i],
                              .items = items,
                              .capacity = CAPACITY};
        enum find_status status = find_items(fd, begin, size - begin, &search);
        CHECK(status != FIND_READ_FAILED && status != FIND_CHANGED);
        CHECK(search.error_offset >= begin && search.error_offset <= size);
        CHECK(search.count <= CAPACITY && !items[CAPACITY].offset);
        uint64_t end = begin + 8;
        for (size_t j = 0; j < search.count && status == FIND_OK; j++) {
            CHECK(items[j].offset >= end + 8);
            end = items[j].offset + items[j].length;
            CHECK(end <= size);
            CHECK(!memcmp(data + items[j].offset - 8,
                          search.big_endian ? "\xff\xfe\xe0\0" : "\xfe\xff\0\xe0", 4));
        }
    }
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
    part10_instance instance;
    size_t begins[] = {0, 0};
    if (part10_scan_bytes(data, size, 0, &instance) == PART10_OK)
        begins[1] = (size_t)instance.data_set_offset;
    for (uint32_t longest = 64; longest < 68; longest++)
        for (size_t i = 0; i < 2; i++) {
            check_find(fd, data, size, begins[i], i ? longest << 8 | (longest & 3) : longest);
            check_find_items(fd, data, size, begins[i], longest);
        }
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
