/* Runs the tests of a program. Exit code 0: all held. */
#include "harness.h"

#include <stdio.h>

#define MOST_TESTS 200

static struct {
    const char* name;
    void (*test)(void);
} tests[MOST_TESTS];
static int test_count;
static int failed_checks;
static const char* running;

void
list_test(const char* name, void (*test)(void)) {
    if (test_count < MOST_TESTS) {
        tests[test_count].name = name;
        tests[test_count].test = test;
    }
    test_count++;
}

static void
fail(const char* file, int line) {
    failed_checks++;
    printf("%s:%d: in %s: ", file, line, running);
}

bool
check(bool condition, const char* text, const char* file, int line) {
    if (!condition) {
        fail(file, line);
        printf("not true: %s\n", text);
    }
    return condition;
}

bool
check_equal(long long actual, long long expected, const char* text, const char* file, int line) {
    if (actual != expected) {
        fail(file, line);
        printf("%s is %lld, not %lld\n", text, actual, expected);
    }
    return actual == expected;
}

int
main(void) {
    running = "main";
    CHECK(test_count > 0 && test_count <= MOST_TESTS);
    for (int i = 0; i < test_count && i < MOST_TESTS; i++) {
        running = tests[i].name;
        tests[i].test();
    }
    printf("%d tests, %d failed checks\n", test_count, failed_checks);
    return failed_checks == 0 ? 0 : 1;
}
