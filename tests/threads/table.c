/* One thread appends to a table while others read it, send its rows and look for what is final: a
 * program for -fsanitize=thread, which sees each access that nothing orders. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

enum { ROWS = 20000, ROWS_A_FOLDER = 7, ROWS_A_KIND = 10, SENDERS = 2, MARKED_KIND = 3 };

static instance_table table;

static void check(int holds, const char *what, size_t row) {
    if (holds) return;
    fprintf(stderr, "%s of row %zu\n", what, row);
    abort();
}

static int folder_of(size_t row, char *out, size_t size) {
    size_t folder = row / ROWS_A_FOLDER;
    return snprintf(out, size, "/archive/%zu/%zu/%zu", folder / 100, folder / 10, folder);
}

static void *append(void *unused) {
    (void)unused;
    for (size_t number = 0; number < ROWS; number++) {
        char text[128], name[128], uid[65];
        table_row row = {.file_size = number + 1, .data_set_offset = 1};
        uint32_t folder = (uint32_t)(number / ROWS_A_FOLDER);
        int length = folder_of(number, text, sizeof text);
        if (number % ROWS_A_FOLDER == 0)
            check(!table_add_folder(&table, text, (size_t)length, &folder), "folder", number);
        row.folder = folder;
        snprintf(text, sizeof text, "1.2.%zu", number / ROWS_A_KIND);
        check(!table_add_kind(&table, text, "1.2.840.10008.1.2", &row.kind), "kind", number);
        snprintf(uid, sizeof uid, "1.2.3.%zu", number);
        length = number % 2 ? snprintf(name, sizeof name, "%s.dcm", uid)
                            : snprintf(name, sizeof name, "image-%zu", number);
        check(!table_append(&table, &row, name, (size_t)length, uid), "name", number);
    }
    return NULL;
}

static void check_row(size_t number) {
    char expected[256], path[256];
    table_row *row = table_at(&table, number);
    int length = folder_of(number, expected, sizeof expected);
    snprintf(expected + length, sizeof expected - (size_t)length,
             number % 2 ? "/1.2.3.%zu.dcm" : "/image-%zu", number);
    check(table_path(&table, row, path, sizeof path) == strlen(expected), "length", number);
    check(!strcmp(path, expected), "path", number);
    snprintf(expected, sizeof expected, "1.2.3.%zu", number);
    check(!strcmp(table_sop_instance_uid(row), expected), "UID", number);
    check(row->kind < table_kind_count(&table), "number of the kind", number);
    check(row->folder < table_folder_count(&table), "number of the folder", number);
    snprintf(expected, sizeof expected, "1.2.%zu", number / ROWS_A_KIND);
    check(!strcmp(table.kinds[row->kind]->sop_class_uid, expected), "kind", number);
}

/* As an association does: rows of its own, but for those of a kind that the last thread marks. */
static void *send_rows(void *first) {
    for (size_t number = (size_t)first; number < ROWS; number += SENDERS) {
        while (table_count(&table) <= number) sched_yield();
        check_row(number);
        table_row *row = table_at(&table, number);
        if (row->kind == MARKED_KIND) continue;
        row->outcome = OUTCOME_ANSWERED;
        row->status = (uint16_t)number;
        table_set_final(row);
    }
    return NULL;
}

/* As the main thread does: it tells of results in order. */
static void *tell(void *unused) {
    uint8_t flags[MARKED_KIND + 1] = {[MARKED_KIND] = 1};
    size_t told = 0;
    (void)unused;
    while (told < ROWS) {
        size_t end = table_final_prefix(&table, told);
        for (; told < end; told++) {
            const table_row *row = table_at(&table, told);
            int marked = row->kind == MARKED_KIND;
            check(row->outcome == (marked ? OUTCOME_NOT_SENT : OUTCOME_ANSWERED), "outcome", told);
            check(marked || row->status == (uint16_t)told, "status", told);
            check_row(told);
        }
        table_mark_not_sent(&table, told, ROWS, flags, sizeof flags, 1);
        sched_yield();
    }
    return NULL;
}

/* As those do that ask for kinds or folders, and nothing for rows. */
static void *list_kinds(void *unused) {
    size_t seen = 0;
    (void)unused;
    while (seen < (ROWS - 1) / ROWS_A_KIND) {
        for (size_t kinds = table_kind_count(&table); seen < kinds; seen++)
            check(!strncmp(table.kinds[seen]->sop_class_uid, "1.2.", 4), "kind", seen);
        sched_yield();
    }
    return NULL;
}

static void *list_folders(void *unused) {
    char path[256];
    size_t seen = 0;
    (void)unused;
    while (seen < (ROWS - 1) / ROWS_A_FOLDER) {
        for (size_t folders = table_folder_count(&table); seen < folders; seen++)
            table_folder_path(&table, (uint32_t)seen, path);
        sched_yield();
    }
    return NULL;
}

int main(void) {
    pthread_t threads[SENDERS + 4];
    size_t count = 0;
    table_init(&table);
    for (size_t first = 0; first < SENDERS; first++)
        pthread_create(&threads[count++], NULL, send_rows, (void *)first);
    pthread_create(&threads[count++], NULL, tell, NULL);
    pthread_create(&threads[count++], NULL, list_kinds, NULL);
    pthread_create(&threads[count++], NULL, list_folders, NULL);
    pthread_create(&threads[count++], NULL, append, NULL);
    while (count) pthread_join(threads[--count], NULL);
    check(table_count(&table) == ROWS, "count", ROWS);
    table_free(&table);
    puts("all rows seen");
    return 0;
}
