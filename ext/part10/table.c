#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16, ARENA_BYTES = 1 << 16 };

void table_init(instance_table *table) {
    /* The pointers to blocks and kinds stay as they are: only those below a count are ever looked
     * at, and more than a megabyte of them need not be touched for a run of one file. */
    memset(table, 0, offsetof(instance_table, blocks));
    table->repeat = 1;
}

void table_free(instance_table *table) {
    for (size_t first = 0; first < table->count; first += TABLE_BLOCK_ROWS)
        free(table->blocks[first / TABLE_BLOCK_ROWS]);
    for (size_t first = 0; first < table->folder_count; first += TABLE_BLOCK_FOLDERS)
        free(table->folder_blocks[first / TABLE_BLOCK_FOLDERS]);
    for (size_t i = 0; i < table->kind_count; i++) free(table->kinds[i]);
    for (size_t i = 0; i < table->arena_count; i++) free(table->arenas[i]);
    free(table->kind_slots);
    free(table->arenas);
    table_init(table);
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
    table_kind *added = malloc(sizeof *added);
    if (!added) return -1;
    memcpy(added->sop_class_uid, sop_class_uid, class_length + 1);
    memcpy(added->transfer_syntax_uid, transfer_syntax_uid, syntax_length + 1);
    table->kinds[table->kind_count] = added;
    table->kind_slots[find_slot(table, sop_class_uid, transfer_syntax_uid)] =
        (uint32_t)table->kind_count + 1;
    *kind = (uint16_t)table->kind_count;
    __atomic_store_n(&table->kind_count, table->kind_count + 1, __ATOMIC_RELEASE);
    return 0;
}

static int add_arena(instance_table *table, size_t size) {
    if (table->arena_count == table->arena_capacity) {
        size_t wanted = table->arena_capacity ? table->arena_capacity * 2 : FIRST_CAPACITY;
        char **arenas = realloc(table->arenas, wanted * sizeof *arenas);
        if (!arenas) return -1;
        table->arenas = arenas;
        table->arena_capacity = wanted;
    }
    char *arena = malloc(size);
    if (!arena) return -1;
    table->arenas[table->arena_count++] = arena;
    table->arena_used = 0;
    table->arena_size = size;
    table->arena_bytes += size;
    return 0;
}

char *table_take(instance_table *table, size_t size) {
    if ((!table->arena_count || size > table->arena_size - table->arena_used) &&
        add_arena(table, size > ARENA_BYTES ? size : ARENA_BYTES))
        return NULL;
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
    size_t uid_length = strlen(sop_instance_uid), kept = name_length;
    if (name_length >= UINT32_MAX) return -1;
    table_row added = *row;
    added.uid_at = TABLE_NO_UID_IN_NAME;
    added.final = 0;
    /* Archives name files after their instances: 64 bytes less for each. */
    const char *uid = strstr(name, sop_instance_uid);
    if (uid && uid - name < TABLE_NO_UID_IN_NAME) {
        added.uid_at = (uint8_t)(uid - name);
        kept -= uid_length;
    }
    char *text = table_take(table, uid_length + 1 + kept);
    if (!text || reserve_rows(table, table->repeat)) return -1;
    memcpy(text, sop_instance_uid, uid_length + 1);
    size_t before = kept == name_length ? kept : added.uid_at;
    memcpy(text + uid_length + 1, name, before);
    memcpy(text + uid_length + 1 + before, name + (name_length - kept) + before, kept - before);
    added.text = text;
    added.name_length = (uint32_t)name_length;
    for (size_t i = 0; i < table->repeat; i++) *table_at(table, table->count + i) = added;
    __atomic_store_n(&table->count, table->count + table->repeat, __ATOMIC_RELEASE);
    return 0;
}

static size_t whole_blocks(size_t count, size_t in_a_block) {
    return (count + in_a_block - 1) / in_a_block * in_a_block;
}

size_t table_memory_bytes(const instance_table *table) {
    size_t rows = whole_blocks(table->count, TABLE_BLOCK_ROWS);
    size_t folders = whole_blocks(table->folder_count, TABLE_BLOCK_FOLDERS);
    return rows * sizeof(table_row) + rows / TABLE_BLOCK_ROWS * sizeof(table_row *) +
           folders * sizeof(table_folder) +
           folders / TABLE_BLOCK_FOLDERS * sizeof(table_folder *) +
           table->kind_count * (sizeof(table_kind) + sizeof(table_kind *)) +
           table->slot_capacity * sizeof *table->kind_slots + table->arena_bytes +
           table->arena_capacity * sizeof *table->arenas;
}

/* The name of a row with its UID in place, NUL-terminated. */
static void write_name(const table_row *row, char *out) {
    const char *uid = row->text;
    size_t uid_length = strlen(uid);
    const char *rest = uid + uid_length + 1;
    if (row->uid_at == TABLE_NO_UID_IN_NAME) {
        memcpy(out, rest, row->name_length);
    } else {
        size_t before = row->uid_at, behind = row->name_length - uid_length - before;
        memcpy(out, rest, before);
        memcpy(out + before, uid, uid_length);
        memcpy(out + before + uid_length, rest + before, behind);
    }
    out[row->name_length] = '\0';
}

size_t table_path(const instance_table *table, const table_row *row, char *out, size_t capacity) {
    size_t length = table_path_length(table, row), prefix = length - row->name_length;
    if (length >= capacity) return 0;
    if (prefix) {
        table_folder_path(table, row->folder, out);
        out[prefix - 1] = '/';
    }
    write_name(row, out + prefix);
    return length;
}

size_t table_final_prefix(const instance_table *table, size_t start) {
    size_t count = table_count(table);
    while (start < count && table_is_final(table_at(table, start))) start++;
    return start < count ? start : count;
}

size_t table_mark_not_sent(instance_table *table, size_t first, size_t end, const uint8_t *flags,
                           size_t kind_count, uint16_t association) {
    size_t count = table_count(table), marked = 0;
    for (size_t i = first; i < end && i < count; i++) {
        table_row *row = table_at(table, i);
        if (row->kind >= kind_count || !flags[row->kind] || table_is_final(row)) continue;
        table_set_not_sent(row, association);
        marked++;
    }
    return marked;
}
