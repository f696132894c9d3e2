/* Ticks: sensors that fail, deadlines that pass, and what of it the host gets to know. */
#include "harness.h"
#include "host.h"

#include <math.h>

#define SENSORS REFLEX_SOURCE_SENSORS

static void
drive(void) {
    host_tick tick;

    board_new();
    host_set_mode(REFLEX_MODE_AUTO, SENSORS);
    CHECK(host_pass_tick(&tick));
    CHECK_EQUAL(tick.actor, REFLEX_ACTOR_POLICY);
}

TEST(what_is_no_number_or_out_of_range_rests_that_tick) {
    static const struct {
        float distance;
        uint8_t fault;
    } cases[] = {
        {NAN, REFLEX_FAULT_NOT_A_NUMBER},
        {2.5f, REFLEX_FAULT_OUT_OF_RANGE},
        {-0.5f, REFLEX_FAULT_OUT_OF_RANGE},
        {INFINITY, REFLEX_FAULT_OUT_OF_RANGE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        host_tick tick;

        drive();
        bench.distance = cases[i].distance;
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.faults, cases[i].fault);
        CHECK_EQUAL(tick.actor, REFLEX_ACTOR_NEUTRAL);
        CHECK(bench.motor == 0.0f);
        CHECK_EQUAL(tick.circumstances, REFLEX_CIRCUMSTANCE_OBSERVED);
        bench.distance = 1.0f;
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.faults, 0);
    }
}

TEST(a_reading_is_held_as_long_as_the_robot_allows) {
    host_tick tick;

    drive();
    for (int round = 0; round < 2; round++) {
        bench.sensor_works = 0;
        for (int n = 0; n < (int)ROBOT_STALE_TICKS; n++) {
            CHECK(host_pass_tick(&tick));
            CHECK_EQUAL(tick.faults, 0);
            CHECK_EQUAL(tick.circumstances, REFLEX_CIRCUMSTANCE_INFERRED);
            CHECK(tick.distance == 1.0f);
        }
        for (unsigned n = 0; n < 300u; n++) { /* its age does not wrap */
            CHECK(host_pass_tick(&tick));
            CHECK_EQUAL(tick.faults, REFLEX_FAULT_STALE);
        }
        CHECK(bench.motor == 0.0f);
        bench.sensor_works = 1;
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.faults, 0);
        CHECK(bench.motor == 0.6f);
    }
}

/* A reading that is wrong is no reading to be held. */
TEST(wrong_readings_age_the_last_good_one) {
    host_tick tick;

    drive();
    bench.distance = NAN;
    for (unsigned n = 0; n <= ROBOT_STALE_TICKS; n++) {
        CHECK(host_pass_tick(&tick));
    }
    bench.sensor_works = 0;
    CHECK(host_pass_tick(&tick));
    CHECK_EQUAL(tick.faults, REFLEX_FAULT_STALE);
}

TEST(a_source_that_changes_brings_no_old_reading) {
    host_tick tick;

    drive();
    bench.sensor_works = 0;
    host_set_mode(REFLEX_MODE_AUTO, REFLEX_SOURCE_HOST);
    host_set_mode(REFLEX_MODE_AUTO, SENSORS);
    CHECK(host_pass_tick(&tick));
    CHECK_EQUAL(tick.faults, REFLEX_FAULT_STALE);
}

/* What takes too long, before acting or while acting: once is told, twice running ends the mode. */
TEST(deadlines) {
    for (int what = 0; what < 3; what++) {
        const uint32_t too_long_us = ROBOT_PERIOD_US + 1u;
        host_tick tick;

        drive();
        bench.read_us = what == 0 ? too_long_us : 0u;
        bench.policy_us = what == 1 ? too_long_us : 0u;
        bench.act_us = what == 2 ? too_long_us : 0u;
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.faults, REFLEX_FAULT_DEADLINE_MISSED);
        CHECK_EQUAL(tick.actor, REFLEX_ACTOR_POLICY);
        CHECK(tick.busy_us >= too_long_us);
        CHECK_EQUAL(tick.infer_us, what == 1 ? too_long_us : 0);
        board_forget();
        board_pass(ROBOT_PERIOD_US, ROBOT_PERIOD_US);
        CHECK_EQUAL(host_mode(), 100 * REFLEX_MODE_SAFE + 10 * REFLEX_SOURCE_SENSORS + REFLEX_REASON_DEADLINE_MISSED);
        CHECK(bench.motor == 0.0f);
    }
}

TEST(one_deadline_now_and_then_is_forgiven) {
    host_tick tick;

    drive();
    for (int round = 0; round < 5; round++) {
        bench.read_us = ROBOT_PERIOD_US + 1u;
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.faults, REFLEX_FAULT_DEADLINE_MISSED);
        bench.read_us = 0;
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.faults, 0);
        CHECK_EQUAL(tick.mode, REFLEX_MODE_AUTO);
    }
}

/* A board that slept through ten periods runs one tick, late, and goes on from there. */
TEST(what_was_missed_is_not_made_up_for) {
    const uint32_t before = (board_new(), bench.acts);
    reference_frame frame;
    reflex_reader reader = {frame.payload, REFLEX_PULSE_BACK_BYTES, 12, true};

    board_pass(10u * ROBOT_PERIOD_US, 10u * ROBOT_PERIOD_US);
    CHECK_EQUAL(bench.acts, before + 1u);
    board_poll();
    board_pass(ROBOT_PERIOD_US - 1u, ROBOT_PERIOD_US - 1u);
    CHECK_EQUAL(bench.acts, before + 1u);
    board_pass(1, 1);
    CHECK_EQUAL(bench.acts, before + 2u);
    board_forget();
    host_pulse(0, 0, 0);
    CHECK(board_find(REFLEX_ID_PULSE_BACK, &frame));
    CHECK_EQUAL(reflex_read_u32(&reader), 2);
    (void)reflex_read_u64(&reader);
    CHECK_EQUAL(reflex_read_u32(&reader), 9u * ROBOT_PERIOD_US); /* jitter */
    CHECK_EQUAL(reflex_read_u32(&reader), 1);                    /* deadlines */
}

TEST(the_clock_wraps) {
    host_tick tick;

    board_make();
    bench.now_us = UINT32_MAX - 3u * ROBOT_PERIOD_US;
    board_boot();
    host_set_mode(REFLEX_MODE_AUTO, SENSORS);
    for (uint32_t n = 0; n < 8u; n++) {
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.tick, n);
        CHECK_EQUAL(tick.faults, 0);
        CHECK_EQUAL(tick.mode, REFLEX_MODE_AUTO);
    }
}

/* The line is stuck for twenty ticks: the robot stops all the same, and the newest ticks are all told afterwards. */
TEST(a_stuck_line_holds_up_nothing) {
    reference_frame frame;
    host_tick tick;
    uint32_t acts;
    uint32_t expected;

    drive();
    board_forget();
    host_pulse(0, 1, 100);
    board_forget();
    bench.room = 1;
    host_pulse(0, 1, 100);
    acts = bench.acts;
    for (int n = 0; n < 20; n++) {
        host_pulse(0, 1, 100);
        board_pass(ROBOT_PERIOD_US, ROBOT_PERIOD_US / 4u);
    }
    CHECK_EQUAL(bench.acts, acts + 20u);
    host_stop();
    CHECK(bench.motor == 0.0f);
    bench.room = ENDLESS;
    board_poll();
    CHECK(board_take(&frame)); /* the one under way */
    CHECK(board_take(&frame));
    CHECK_EQUAL(frame.id, REFLEX_ID_MODE);
    for (int n = 0; n < 10; n++) {
        board_poll();
    }
    expected = ROBOT_RING_TICKS < 21u ? 21u - ROBOT_RING_TICKS : 1u;
    while (board_find(REFLEX_ID_TICKS, &frame)) {
        for (size_t n = 0; host_record(&frame, n, &tick); n++) {
            CHECK_EQUAL(tick.tick, expected);
            expected++;
        }
    }
    CHECK_EQUAL(expected, 21);
}

/* Bytes come and go one at a time. */
TEST(a_line_of_single_bytes) {
    reference_frame frame;

    board_make();
    board.chunk = 1;
    bench.room = 1;
    board_boot();
    board_send(REFLEX_ID_HELLO_REQUEST, "\x03", 1);
    for (int n = 0; n < 200; n++) {
        bench.room = 1;
        board_poll();
    }
    CHECK(board_take(&frame));
    CHECK_EQUAL(frame.id, REFLEX_ID_MODE);
    CHECK(board_take(&frame));
    CHECK_EQUAL(frame.id, REFLEX_ID_HELLO);
}

TEST(a_host_that_falls_silent_is_told_nothing) {
    reference_frame frame;

    drive();
    host_pulse(0, 0, 100);
    board_pass(ROBOT_LINK_TIMEOUT_US, 1000);
    board_forget();
    board_pass(ROBOT_PERIOD_US, 1000);
    board_forget();
    board_pass(5u * ROBOT_PERIOD_US, 1000);
    CHECK(!board_take(&frame));
}

TEST(lost_ticks_are_sent_again_or_named) {
    reference_frame frame;
    host_tick tick;

    board_new();
    board_pass(70u * ROBOT_PERIOD_US, ROBOT_PERIOD_US);
    host_pulse(0, 70, 10);
    board_forget();
    host_refill(69 - ROBOT_RING_TICKS, 2);
    board_poll();
    CHECK(board_take(&frame));
    CHECK_EQUAL(frame.id, REFLEX_ID_GONE);
    CHECK_EQUAL(frame.payload[4], 1);
    CHECK(board_take(&frame) && host_record(&frame, 0, &tick));
    CHECK_EQUAL(tick.tick, 70u - ROBOT_RING_TICKS);
    CHECK(!host_record(&frame, 1, &tick));
}

/* In half the ring's time before the takeover, nothing is lost, however long nobody fetches it. */
TEST(what_led_to_a_takeover_is_kept) {
    reference_frame frame;
    reflex_reader reader = {frame.payload, REFLEX_PULSE_BACK_BYTES, 16, true};
    const unsigned kept = ROBOT_RING_TICKS / 2u;
    host_tick tick;

    board_new();
    host_set_mode(REFLEX_MODE_ASSIST, SENSORS);
    for (unsigned n = 0; n < kept + 10u; n++) {
        host_stop();
        host_set_mode(REFLEX_MODE_ASSIST, SENSORS);
        board_pass(ROBOT_PERIOD_US, ROBOT_PERIOD_US);
    }
    host_act(0.25f);
    board_pass(3u * ROBOT_RING_TICKS * ROBOT_PERIOD_US, ROBOT_PERIOD_US);
    host_pulse(0, 0, 0);
    board_forget();
    host_pulse(0, 0, 0);
    CHECK(board_find(REFLEX_ID_PULSE_BACK, &frame));
    if (kept > 0u) {
        CHECK_EQUAL(reflex_read_u32(&reader), 10);
        host_refill(10, 1);
        board_poll();
        CHECK(board_find(REFLEX_ID_TICKS, &frame) && host_record(&frame, 0, &tick));
        CHECK_EQUAL(tick.actor, REFLEX_ACTOR_POLICY);
    }
}
