/* A harness for tests in C: every TEST of the program runs, in order of its file; a CHECK that fails says where, and the test
   goes on. Why not a library: these sixty lines are all that is needed, and sanitizers see through them. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>

/* A test registers itself ahead of main(). */
#define TEST(name)                                                                                                     \
    static void name(void);                                                                                            \
    __attribute__((constructor)) static void list_##name(void) {                                                       \
        list_test(#name, name);                                                                                        \
    }                                                                                                                  \
    static void name(void)

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(actual, expected)                                                                                  \
    check_equal((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)

void list_test(const char* name, void (*test)(void));
bool check(bool condition, const char* text, const char* file, int line);
bool check_equal(long long actual, long long expected, const char* text, const char* file, int line);

#endif
