/* For libFuzzer, a CHECK that fails is a crash: the input is written down. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

bool
check(bool condition, const char* text, const char* file, int line) {
    if (!condition) {
        fprintf(stderr, "%s:%d: not true: %s\n", file, line, text);
        abort();
    }
    return condition;
}

bool
check_equal(long long actual, long long expected, const char* text, const char* file, int line) {
    if (actual != expected) {
        fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, text, actual, expected);
        abort();
    }
    return actual == expected;
}
