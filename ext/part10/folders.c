#include <stdlib.h>
#include <string.h>

#include "table.h"

/* The folder whose own bytes hold the last of the first `shared` bytes of a folder's path: so the
 * way from base to base never grows longer than there are branches on the path. */
static uint32_t owner_of(const instance_table *table, uint32_t folder, uint32_t shared) {
    while (table_folder_at(table, folder)->shared >= shared)
        folder = table_folder_at(table, folder)->base;
    return folder;
}

/* How many bytes two paths have in common, one of them that of a folder. */
static uint32_t in_common(const instance_table *table, uint32_t folder, const char *path,
                          uint32_t length) {
    const table_folder *at = table_folder_at(table, folder);
    uint32_t common = length < at->length ? length : at->length;
    uint32_t end = common;
    for (;;) { /* from the end of the path to its start */
        for (uint32_t i = at->shared; i < end; i++) {
            if (at->own[i - at->shared] == path[i]) continue;
            common = i;
            break;
        }
        if (!at->shared) return common;
        if (end > at->shared) end = at->shared;
        at = table_folder_at(table, at->base);
    }
}

/* What is left of a path without slashes at its end. The root becomes "/.", for nothing at all
 * stands for the working directory. */
static size_t without_slashes(const char **path, size_t length) {
    size_t kept = length;
    while (kept && (*path)[kept - 1] == '/') kept--;
    if (kept || !length) return kept;
    *path = "/.";
    return 2;
}

int table_add_folder(instance_table *table, const char *path, size_t length, uint32_t *folder) {
    size_t number = table->folder_count, block = number / TABLE_BLOCK_FOLDERS;
    if (block >= TABLE_MAX_BLOCKS) return -1;
    length = without_slashes(&path, length);
    if (length > UINT32_MAX / 2) return -1;
    table_folder added = {.length = (uint32_t)length};
    if (number) {
        uint32_t before = (uint32_t)number - 1;
        added.shared = in_common(table, before, path, added.length);
        if (added.shared) added.base = owner_of(table, before, added.shared);
    }
    char *own = table_take(table, length - added.shared);
    if (!own) return -1;
    if (number % TABLE_BLOCK_FOLDERS == 0) {
        table->folder_blocks[block] = malloc(TABLE_BLOCK_FOLDERS * sizeof(table_folder));
        if (!table->folder_blocks[block]) return -1;
    }
    memcpy(own, path + added.shared, length - added.shared);
    added.own = own;
    table->folder_blocks[block][number % TABLE_BLOCK_FOLDERS] = added;
    *folder = (uint32_t)number;
    __atomic_store_n(&table->folder_count, number + 1, __ATOMIC_RELEASE);
    return 0;
}

void table_folder_path(const instance_table *table, uint32_t folder, char *out) {
    const table_folder *at = table_folder_at(table, folder);
    uint32_t end = at->length;
    for (;;) {
        memcpy(out + at->shared, at->own, end - at->shared);
        if (!at->shared) return;
        end = at->shared;
        at = table_folder_at(table, at->base);
    }
}
