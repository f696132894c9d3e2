/* Numbers, stuffing and checksums. */
#include <string.h>

#include "harness.h"
#include "reference.h"
#include "reflex_bytes.h"
#include "reflex_cobs.h"
#include "reflex_crc16.h"
#include "reflex_crc32.h"

static const uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};

TEST(numbers_come_back_as_they_went) {
    uint8_t bytes[16];
    reflex_writer writer = {bytes, sizeof(bytes), 0};
    reflex_reader reader = {bytes, sizeof(bytes), 0, true};

    reflex_write_u8(&writer, 0x01);
    reflex_write_u16(&writer, 0x0302);
    reflex_write_u32(&writer, 0x07060504);
    reflex_write_u64(&writer, UINT64_C(0x0F0E0D0C0B0A0908));
    reflex_write_bytes(&writer, "\x10", 1);
    CHECK_EQUAL(writer.count, sizeof(bytes));
    for (uint8_t i = 0; i < sizeof(bytes); i++) {
        CHECK_EQUAL(bytes[i], i + 1);
    }
    CHECK_EQUAL(reflex_read_u8(&reader), 0x01);
    CHECK_EQUAL(reflex_read_u16(&reader), 0x0302);
    CHECK_EQUAL(reflex_read_u32(&reader), 0x07060504);
    CHECK(reflex_read_u64(&reader) == UINT64_C(0x0F0E0D0C0B0A0908));
    CHECK(!reflex_read_all(&reader));
    CHECK(reflex_read_bytes(&reader, 1) == &bytes[15]);
    CHECK(reflex_read_all(&reader));
}

TEST(what_does_not_fit_is_counted_and_not_written) {
    uint8_t bytes[3] = {0, 0, 0xEE};
    reflex_writer writer = {bytes, 2, 0};

    reflex_write_u32(&writer, 0x04030201);
    CHECK_EQUAL(writer.count, 4);
    CHECK_EQUAL(bytes[1], 2);
    CHECK_EQUAL(bytes[2], 0xEE);
}

TEST(reading_past_the_end_gives_zeros) {
    const uint8_t bytes[3] = {1, 2, 3};
    reflex_reader reader = {bytes, sizeof(bytes), 0, true};

    CHECK_EQUAL(reflex_read_u32(&reader), 0x00030201);
    CHECK(!reader.ok);
    CHECK_EQUAL(reflex_read_u64(&reader), 0);
    CHECK(reflex_read_bytes(&reader, SIZE_MAX) == NULL);
    CHECK(reflex_read_bytes(&reader, 0) != NULL); /* no bytes are everywhere */
    CHECK(!reflex_read_all(&reader));
}

TEST(a_value_is_one_of_its_list) {
    const uint8_t bytes[2] = {4, 5};
    reflex_reader reader = {bytes, sizeof(bytes), 0, true};

    CHECK_EQUAL(reflex_read_value(&reader, 5), 4);
    CHECK(reader.ok);
    CHECK_EQUAL(reflex_read_value(&reader, 5), 0);
    CHECK(!reader.ok);
}

TEST(checksums_are_those_of_their_standards) {
    CHECK_EQUAL(reflex_crc16(digits, sizeof(digits)), 0x29B1);
    CHECK_EQUAL(reference_crc16(digits, sizeof(digits)), 0x29B1);
    CHECK_EQUAL(reflex_crc32(0, digits, sizeof(digits)), 0xCBF43926);
    CHECK_EQUAL(reflex_crc32(reflex_crc32(0, digits, 4), &digits[4], 5), 0xCBF43926);
    CHECK_EQUAL(reflex_crc32(0x1234, digits, 0), 0x1234);
}

/* The same frame, whichever of the two made it: its bytes may differ by an empty block at the end, what they mean may not. */
TEST(stuffing_takes_out_zeros_and_nothing_else) {
    static uint8_t bytes[700];
    static uint8_t stuffed[700u + REFLEX_COBS_OVERHEAD(700u)];

    for (size_t count = 0; count <= sizeof(bytes); count++) {
        for (unsigned zeros = 0; zeros < 3u; zeros++) {
            reflex_cobs cobs = {0, 0};
            size_t made = 0;
            size_t length;
            uint8_t byte;

            for (size_t i = 0; i < count; i++) {
                bytes[i] = (uint8_t)(zeros == 0u ? 1u + i % 255u : zeros == 1u ? 0u : (i % 255u == 254u ? 0u : 7u));
            }
            length = reflex_cobs_stuff(bytes, count, stuffed);
            CHECK(length <= count + REFLEX_COBS_OVERHEAD(count));
            for (size_t i = 0; i < length; i++) {
                CHECK(stuffed[i] != 0u);
                if (reflex_cobs_unstuff(&cobs, stuffed[i], &byte)) {
                    CHECK(made < count && bytes[made] == byte);
                    made++;
                }
            }
            CHECK_EQUAL(made, count);
            CHECK_EQUAL(cobs.left, 0);
        }
    }
}
