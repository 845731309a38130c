#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16, ARENA_BYTES = 1 << 16 };

int table_init(instance_table *table) {
    /* `blocks` stays as it is: only those below `count` are ever looked at, and half a megabyte
     * of pointers need not be touched for a run of one file. */
    table->count = 0;
    table->repeat = 1;
    table->kinds = NULL;
    table->kind_count = table->kind_capacity = 0;
    table->kind_slots = NULL;
    table->slot_capacity = 0;
    table->folders = NULL;
    table->folder_count = table->folder_capacity = 0;
    table->arenas = NULL;
    table->arena_count = table->arena_capacity = 0;
    table->arena_used = table->arena_size = 0;
    return 0;
}

void table_free(instance_table *table) {
    for (size_t first = 0; first < table->count; first += TABLE_BLOCK_ROWS)
        free(table->blocks[first / TABLE_BLOCK_ROWS]);
    for (size_t i = 0; i < table->kind_count; i++) free(table->kinds[i]);
    for (size_t i = 0; i < table->folder_count; i++) free(table->folders[i].path);
    for (size_t i = 0; i < table->arena_count; i++) free(table->arenas[i]);
    free(table->kinds);
    free(table->kind_slots);
    free(table->folders);
    free(table->arenas);
    table_init(table);
}

/* The array with room for one more, moved where it had to grow; NULL where memory runs out. */
static void *with_room(void *array, size_t count, size_t *capacity, size_t element_size) {
    if (count < *capacity) return array;
    size_t wanted = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    if (wanted > SIZE_MAX / element_size) return NULL;
    void *grown = realloc(array, wanted * element_size);
    if (grown) *capacity = wanted;
    return grown;
}

int table_add_folder(instance_table *table, const char *path, size_t length, uint32_t *folder) {
    if (table->folder_count >= UINT32_MAX || length > SIZE_MAX - 3) return -1;
    table_folder *folders = with_room(table->folders, table->folder_count,
                                      &table->folder_capacity, sizeof *folders);
    if (!folders) return -1;
    table->folders = folders;
    char *copy = malloc(length + 3);
    if (!copy) return -1;
    size_t kept = length;
    while (kept && path[kept - 1] == '/') kept--;
    if (kept) memcpy(copy, path, kept);
    if (!kept && length) { /* the root: "" means the working directory */
        memcpy(copy, "/.", 2);
        kept = 2;
    }
    copy[kept] = '\0';
    table->folders[table->folder_count] = (table_folder){.path = copy, .length = kept};
    *folder = (uint32_t)table->folder_count++;
    return 0;
}

/* FNV-1a over both UIDs and the NUL between them. It starts from the address of the table: UIDs
 * that were chosen to collide elsewhere do not collide here. */
static uint64_t hash_kind(const instance_table *table, const char *sop_class_uid,
                          const char *transfer_syntax_uid) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)(uintptr_t)table;
    const char *parts[2] = {sop_class_uid, transfer_syntax_uid};
    for (int part = 0; part < 2; part++) {
        for (const char *c = parts[part]; *c; c++)
            hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
        hash *= UINT64_C(0x100000001b3);
    }
    return hash ^ (hash >> 32);
}

/* The slot that holds the kind, or the empty one where it belongs. */
static size_t find_slot(const instance_table *table, const char *sop_class_uid,
                        const char *transfer_syntax_uid) {
    size_t mask = table->slot_capacity - 1;
    size_t slot = (size_t)hash_kind(table, sop_class_uid, transfer_syntax_uid) & mask;
    while (table->kind_slots[slot]) {
        const table_kind *kind = table->kinds[table->kind_slots[slot] - 1];
        if (!strcmp(kind->sop_class_uid, sop_class_uid) &&
            !strcmp(kind->transfer_syntax_uid, transfer_syntax_uid))
            break;
        slot = (slot + 1) & mask;
    }
    return slot;
}

static int grow_slots(instance_table *table) {
    size_t wanted = table->slot_capacity ? table->slot_capacity * 2 : 2 * FIRST_CAPACITY;
    uint32_t *slots = calloc(wanted, sizeof *slots);
    if (!slots) return -1;
    free(table->kind_slots);
    table->kind_slots = slots;
    table->slot_capacity = wanted;
    for (size_t i = 0; i < table->kind_count; i++) {
        const table_kind *kind = table->kinds[i];
        slots[find_slot(table, kind->sop_class_uid, kind->transfer_syntax_uid)] = (uint32_t)i + 1;
    }
    return 0;
}

int table_find_kind(const instance_table *table, const char *sop_class_uid,
                    const char *transfer_syntax_uid, uint16_t *kind) {
    if (!table->slot_capacity) return -1;
    uint32_t held = table->kind_slots[find_slot(table, sop_class_uid, transfer_syntax_uid)];
    if (!held) return -1;
    *kind = (uint16_t)(held - 1);
    return 0;
}

int table_add_kind(instance_table *table, const char *sop_class_uid,
                   const char *transfer_syntax_uid, uint16_t *kind) {
    if (!table_find_kind(table, sop_class_uid, transfer_syntax_uid, kind)) return 0;
    size_t class_length = strlen(sop_class_uid), syntax_length = strlen(transfer_syntax_uid);
    if (table->kind_count >= TABLE_MAX_KINDS || class_length > 64 || syntax_length > 64) return -1;
    if (2 * (table->kind_count + 1) > table->slot_capacity && grow_slots(table)) return -1;
    table_kind **kinds =
        with_room(table->kinds, table->kind_count, &table->kind_capacity, sizeof *kinds);
    if (!kinds) return -1;
    table->kinds = kinds;
    table_kind *added = malloc(sizeof *added);
    if (!added) return -1;
    memcpy(added->sop_class_uid, sop_class_uid, class_length + 1);
    memcpy(added->transfer_syntax_uid, transfer_syntax_uid, syntax_length + 1);
    table->kinds[table->kind_count] = added;
    table->kind_slots[find_slot(table, sop_class_uid, transfer_syntax_uid)] =
        (uint32_t)table->kind_count + 1;
    *kind = (uint16_t)table->kind_count++;
    return 0;
}

/* Room for a name and a UID, in a block that stays where it is. */
static char *take_arena(instance_table *table, size_t size) {
    if (!table->arena_count || size > table->arena_size - table->arena_used) {
        char **arenas =
            with_room(table->arenas, table->arena_count, &table->arena_capacity, sizeof *arenas);
        if (!arenas) return NULL;
        table->arenas = arenas;
        size_t arena_size = size > ARENA_BYTES ? size : ARENA_BYTES;
        char *arena = malloc(arena_size);
        if (!arena) return NULL;
        table->arenas[table->arena_count++] = arena;
        table->arena_used = 0;
        table->arena_size = arena_size;
    }
    char *taken = table->arenas[table->arena_count - 1] + table->arena_used;
    table->arena_used += size;
    return taken;
}

/* Room for `more` rows behind the last one; blocks that were not there are made. */
static int reserve_rows(instance_table *table, size_t more) {
    size_t capacity = (table->count + TABLE_BLOCK_ROWS - 1) / TABLE_BLOCK_ROWS * TABLE_BLOCK_ROWS;
    size_t limit = (size_t)TABLE_MAX_BLOCKS * TABLE_BLOCK_ROWS;
    if (more > limit - table->count) return -1;
    for (size_t first = capacity; first < table->count + more; first += TABLE_BLOCK_ROWS) {
        table_row *block = malloc(TABLE_BLOCK_ROWS * sizeof *block);
        if (!block) {
            while (first > capacity) {
                first -= TABLE_BLOCK_ROWS;
                free(table->blocks[first / TABLE_BLOCK_ROWS]);
            }
            return -1;
        }
        table->blocks[first / TABLE_BLOCK_ROWS] = block;
    }
    return 0;
}

int table_append(instance_table *table, const table_row *row, const char *name,
                 size_t name_length, const char *sop_instance_uid) {
    size_t uid_size = strlen(sop_instance_uid) + 1;
    if (name_length >= UINT32_MAX) return -1;
    char *text = take_arena(table, name_length + 1 + uid_size);
    if (!text || reserve_rows(table, table->repeat)) return -1;
    memcpy(text, name, name_length);
    text[name_length] = '\0';
    memcpy(text + name_length + 1, sop_instance_uid, uid_size);
    for (uint32_t i = 0; i < table->repeat; i++) {
        table_row *added = table_at(table, table->count);
        *added = *row;
        added->name = text;
        added->name_length = (uint32_t)name_length;
        table->count++;
    }
    return 0;
}

size_t table_path(const instance_table *table, const table_row *row, char *out, size_t capacity) {
    const table_folder *folder = &table->folders[row->folder];
    size_t prefix = folder->length ? folder->length + 1 : 0;
    size_t length = prefix + row->name_length;
    if (length >= capacity) return 0;
    if (prefix) {
        memcpy(out, folder->path, folder->length);
        out[folder->length] = '/';
    }
    memcpy(out + prefix, row->name, row->name_length + 1);
    return length;
}
