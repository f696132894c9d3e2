/* Modes as the agent carries them out: who acts, what ends it, and how soon the robot is at rest. */
#include "harness.h"
#include "host.h"

#define SENSORS   REFLEX_SOURCE_SENSORS
#define LOCK_STEP REFLEX_SOURCE_HOST

#ifdef NO_EXPERT
#define EXPERT_COULD_DRIVE 0
#else
#define EXPERT_COULD_DRIVE 1
#endif

static int
told(uint8_t mode, uint8_t source, uint8_t reason) {
    return 100 * mode + 10 * source + reason;
}

/* Booted and in a mode; the motor is at what is asked for, if anybody may. */
static void
drive(uint8_t mode) {
    host_tick tick;

    board_new();
    board_forget();
    host_set_mode(mode, SENSORS);
    CHECK_EQUAL(host_mode(), told(mode, SENSORS, REFLEX_REASON_REQUESTED));
    if (mode != REFLEX_MODE_SAFE && mode != REFLEX_MODE_AUTO) {
        host_act(0.5f);
    }
    CHECK(host_pass_tick(&tick));
    CHECK_EQUAL(tick.mode, mode);
}

TEST(each_mode_is_driven_by_whom_it_says) {
    static const struct {
        uint8_t actor;
        float motor;
        bool infers;
    } expected[REFLEX_MODE_COUNT] = {
        [REFLEX_MODE_SAFE] = {REFLEX_ACTOR_NEUTRAL, 0.0f, false},
        [REFLEX_MODE_TELEOP] = {REFLEX_ACTOR_EXPERT, 0.5f, false},
        [REFLEX_MODE_AUTO] = {REFLEX_ACTOR_POLICY, 0.6f, true},
        [REFLEX_MODE_ASSIST] = {REFLEX_ACTOR_EXPERT, 0.5f, true},
        [REFLEX_MODE_SHADOW] = {REFLEX_ACTOR_EXPERT, 0.5f, true},
    };

    for (uint8_t mode = 0; mode < REFLEX_MODE_COUNT; mode++) {
        host_tick tick;

        drive(mode);
        CHECK(bench.motor == expected[mode].motor);
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.actor, expected[mode].actor);
        CHECK(tick.motor == expected[mode].motor);
        CHECK_EQUAL((tick.circumstances & REFLEX_CIRCUMSTANCE_INFERRED) != 0, expected[mode].infers);
        CHECK_EQUAL(tick.input[0], expected[mode].infers ? 60 : 0);
        CHECK_EQUAL(tick.output[0], expected[mode].infers ? 60 : 0);
        CHECK_EQUAL(tick.circumstances & REFLEX_CIRCUMSTANCE_OBSERVED, REFLEX_CIRCUMSTANCE_OBSERVED);
        CHECK_EQUAL(tick.faults, 0);
    }
}

TEST(an_expert_on_board_comes_first) {
    for (uint8_t mode = 0; mode < REFLEX_MODE_COUNT; mode++) {
        const bool drives = EXPERT_COULD_DRIVE && mode != REFLEX_MODE_SAFE && mode != REFLEX_MODE_AUTO;
        host_tick tick;

        drive(mode);
        bench.expert_drives = 1;
        bench.expert_motor = -0.25f;
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.motor == -0.25f, drives);
        CHECK_EQUAL((tick.circumstances & REFLEX_CIRCUMSTANCE_ON_BOARD) != 0, drives);
    }
}

TEST(a_stop_is_at_once) {
    for (uint8_t mode = 0; mode < REFLEX_MODE_COUNT; mode++) {
        drive(mode);
        board_send(REFLEX_ID_STOP, "whatever", 8);
        CHECK(bench.motor == 0.0f);
        CHECK_EQUAL(host_mode(), told(REFLEX_MODE_SAFE, SENSORS, REFLEX_REASON_STOP));
    }
}

TEST(a_stop_goes_no_further_than_the_slew) {
    host_tick tick;

    drive(REFLEX_MODE_AUTO);
    bench.slew = 0.25f;
    host_stop();
    CHECK(bench.motor > 0.3f && bench.motor < 0.4f);
    host_stop();
    host_set_mode(REFLEX_MODE_SAFE, SENSORS);
    CHECK(bench.motor > 0.3f); /* not once more in this tick */
    CHECK(host_pass_tick(&tick));
    CHECK(host_pass_tick(&tick));
    CHECK(bench.motor == 0.0f);
    CHECK(bench.farthest <= 0.6f);
}

TEST(silence_ends_it) {
    for (uint8_t mode = 0; mode < REFLEX_MODE_COUNT; mode++) {
        const bool goes_on = mode == REFLEX_MODE_SAFE || (mode == REFLEX_MODE_AUTO && ROBOT_AUTONOMOUS != 0);

        drive(mode);
        board_forget();
        bench.expert_drives = 1;
        board_pass(ROBOT_LINK_TIMEOUT_US - ROBOT_PERIOD_US, 1000);
        CHECK_EQUAL(host_mode(), -1);
        board_pass(ROBOT_PERIOD_US + 1000u, 1000);
        CHECK_EQUAL(host_mode(), goes_on ? -1 : told(REFLEX_MODE_SAFE, SENSORS, REFLEX_REASON_LINK_LOST));
        CHECK_EQUAL(bench.motor == 0.0f, mode == REFLEX_MODE_SAFE || !goes_on);
    }
}

TEST(the_hosts_action_gets_old) {
    host_tick tick;

    drive(REFLEX_MODE_TELEOP);
    for (unsigned n = 1; n < REFLEX_TELEOP_TICKS; n++) {
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.faults, 0);
        CHECK_EQUAL(tick.actor, REFLEX_ACTOR_EXPERT);
    }
    CHECK(host_pass_tick(&tick));
    CHECK_EQUAL(tick.faults, REFLEX_FAULT_LINK_LOST);
    CHECK_EQUAL(tick.actor, REFLEX_ACTOR_NEUTRAL);
    CHECK(bench.motor == 0.0f);
    CHECK_EQUAL(tick.mode, REFLEX_MODE_TELEOP);
    host_act(-0.5f);
    CHECK(host_pass_tick(&tick));
    CHECK(tick.motor == -0.5f);
}

TEST(assist_is_taken_over_and_handed_back) {
    host_tick tick;

    board_new();
    host_set_mode(REFLEX_MODE_ASSIST, SENSORS);
    CHECK(host_pass_tick(&tick));
    CHECK_EQUAL(tick.actor, REFLEX_ACTOR_POLICY);
    host_act(0.1f);
    CHECK(host_pass_tick(&tick));
    CHECK_EQUAL(tick.actor, REFLEX_ACTOR_EXPERT);
    CHECK_EQUAL(tick.circumstances & REFLEX_CIRCUMSTANCE_INFERRED, REFLEX_CIRCUMSTANCE_INFERRED);
    board_forget();
    board_send(REFLEX_ID_HAND_BACK, NULL, 0);
    CHECK_EQUAL(host_mode(), told(REFLEX_MODE_ASSIST, SENSORS, REFLEX_REASON_REQUESTED));
    CHECK(host_pass_tick(&tick));
    CHECK_EQUAL(tick.actor, REFLEX_ACTOR_POLICY);
}

TEST(a_policy_that_does_not_start_drives_nothing) {
    for (uint8_t mode = 0; mode < REFLEX_MODE_COUNT; mode++) {
        const bool refused = mode == REFLEX_MODE_AUTO || mode == REFLEX_MODE_ASSIST;
        host_tick tick;

        board_make();
        bench.policy_starts = 0;
        board_boot();
        board_forget();
        host_set_mode(mode, SENSORS);
        CHECK_EQUAL(host_mode(), refused ? told(REFLEX_MODE_SAFE, SENSORS, REFLEX_REASON_POLICY_FAILED)
                                         : told(mode, SENSORS, REFLEX_REASON_REQUESTED));
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.circumstances, REFLEX_CIRCUMSTANCE_OBSERVED);
    }
}

TEST(a_policy_that_fails_drives_no_longer) {
    for (uint8_t mode = REFLEX_MODE_AUTO; mode < REFLEX_MODE_COUNT; mode++) {
        host_tick tick;

        drive(mode);
        bench.policy_works = 0;
        CHECK(host_pass_tick(&tick));
        CHECK_EQUAL(tick.faults, REFLEX_FAULT_POLICY_FAILED);
        CHECK_EQUAL(tick.mode, mode == REFLEX_MODE_SHADOW ? REFLEX_MODE_SHADOW : REFLEX_MODE_SAFE);
        CHECK(bench.motor == (mode == REFLEX_MODE_SHADOW ? 0.5f : 0.0f));
        CHECK_EQUAL(tick.output[0], 0);
    }
}

/* Fed in every mode in which the policy runs, forgotten in the others and when it failed; a faulty tick leaves it. */
TEST(the_policy_remembers_what_the_records_say) {
    static const uint8_t modes[] = {REFLEX_MODE_AUTO,   REFLEX_MODE_ASSIST, REFLEX_MODE_SHADOW, REFLEX_MODE_TELEOP,
                                    REFLEX_MODE_SHADOW, REFLEX_MODE_SAFE,   REFLEX_MODE_ASSIST, REFLEX_MODE_SHADOW};
    uint32_t expected = 0;
    host_tick tick;

    drive(REFLEX_MODE_SAFE);
    for (size_t i = 0; i < sizeof(modes); i++) {
        host_set_mode(modes[i], SENSORS);
        for (int n = 0; n < 4; n++) {
            const uint32_t before = bench.remembered;

            bench.distance = n == 2 ? 9.0f : 1.0f;
            CHECK(host_pass_tick(&tick));
            if ((tick.circumstances & REFLEX_CIRCUMSTANCE_INFERRED) == 0) {
                CHECK_EQUAL(tick.circumstances & REFLEX_CIRCUMSTANCE_AFRESH, 0);
                CHECK_EQUAL(bench.remembered, before);
                expected = modes[i] == REFLEX_MODE_SAFE || modes[i] == REFLEX_MODE_TELEOP ? 0 : expected;
            } else {
                CHECK_EQUAL((tick.circumstances & REFLEX_CIRCUMSTANCE_AFRESH) != 0, expected == 0);
                expected++;
                CHECK_EQUAL(bench.remembered, expected);
            }
        }
    }
    CHECK_EQUAL(expected, 6);
    bench.policy_works = 0;
    CHECK(host_pass_tick(&tick));
    CHECK(host_pass_tick(&tick));
    CHECK_EQUAL(bench.remembered, 1);
    bench.policy_works = 1;
    CHECK(host_pass_tick(&tick));
    CHECK_EQUAL(tick.circumstances & REFLEX_CIRCUMSTANCE_AFRESH, REFLEX_CIRCUMSTANCE_AFRESH);
    CHECK_EQUAL(bench.remembered, 1);
}

TEST(from_driver_to_driver_it_keeps_moving) {
    drive(REFLEX_MODE_AUTO);
    host_set_mode(REFLEX_MODE_TELEOP, SENSORS);
    CHECK(bench.motor == 0.6f);
    host_set_mode(REFLEX_MODE_SAFE, SENSORS);
    CHECK(bench.motor == 0.0f);
}

TEST(in_lock_step_the_actuators_rest) {
    reference_frame frame;
    host_tick tick;

    drive(REFLEX_MODE_AUTO);
    bench.slew = 0.25f;
    board_forget();
    host_set_mode(REFLEX_MODE_AUTO, LOCK_STEP);
    CHECK_EQUAL(host_mode(), told(REFLEX_MODE_AUTO, LOCK_STEP, REFLEX_REASON_REQUESTED));
    CHECK(bench.motor < 0.4f);
    board_pass(3u * ROBOT_PERIOD_US, 1000);
    CHECK(bench.motor == 0.0f);
    host_observe(7, 1.0f, 0);
    CHECK(board_find(REFLEX_ID_TICKS, &frame) && host_record(&frame, 0, &tick));
    CHECK_EQUAL(tick.tick, 7);
    CHECK_EQUAL(tick.actor, REFLEX_ACTOR_POLICY);
    CHECK(tick.motor == 0.25f); /* the slew holds there, too */
    CHECK(bench.motor == 0.0f);
    board_pass(10u * ROBOT_LINK_TIMEOUT_US, ROBOT_PERIOD_US);
    CHECK_EQUAL(host_mode(), -1); /* the host may take its time */
}

TEST(in_lock_step_a_tick_is_computed_once) {
    reference_frame frame;
    host_tick tick;
    uint32_t inferences;

    board_new();
    host_set_mode(REFLEX_MODE_AUTO, LOCK_STEP);
    inferences = bench.inferences;
    host_observe(7, 1.0f, 0);
    host_observe(7, 2.0f, 0);
    CHECK_EQUAL(bench.inferences, inferences + 1u);
    CHECK(board_find(REFLEX_ID_TICKS, &frame));
    CHECK(board_find(REFLEX_ID_TICKS, &frame) && host_record(&frame, 0, &tick));
    CHECK(tick.distance == 1.0f);
    host_set_mode(REFLEX_MODE_AUTO, LOCK_STEP); /* as a host does that has lost the line for a moment */
    host_observe(7, 2.0f, 0);
    CHECK_EQUAL(bench.inferences, inferences + 1u);
    host_set_mode(REFLEX_MODE_SHADOW, LOCK_STEP);
    host_observe(7, 2.0f, 0);
    CHECK_EQUAL(bench.inferences, inferences + 2u);
}

/* A host that does not wait for answers loses none: the next question is taken when the last one is answered. */
TEST(in_lock_step_questions_wait_for_the_line) {
    reference_frame frame;
    host_tick tick;
    uint32_t inferences;

    board_new();
    host_set_mode(REFLEX_MODE_AUTO, LOCK_STEP);
    board_forget();
    inferences = bench.inferences;
    bench.room = 0;
    for (uint32_t number = 1; number <= 4u; number++) {
        host_observe(number, 1.0f, 0);
    }
    CHECK(bench.inferences <= inferences + 2u); /* one under way, one waiting */
    bench.room = ENDLESS;
    for (int n = 0; n < 10; n++) {
        board_poll();
    }
    for (uint32_t number = 1; number <= 4u; number++) {
        CHECK(board_find(REFLEX_ID_TICKS, &frame) && host_record(&frame, 0, &tick));
        CHECK_EQUAL(tick.tick, number);
    }
    CHECK_EQUAL(bench.inferences, inferences + 4u);
}

TEST(in_lock_step_a_new_mode_is_told_before_its_tick) {
    reference_frame frame;
    host_tick tick;

    board_new();
    host_set_mode(REFLEX_MODE_AUTO, LOCK_STEP);
    bench.policy_works = 0;
    board_forget();
    host_observe(1, 1.0f, 0);
    CHECK(board_take(&frame));
    CHECK_EQUAL(frame.id, REFLEX_ID_MODE);
    CHECK_EQUAL(frame.payload[0], REFLEX_MODE_SAFE);
    CHECK(board_take(&frame) && host_record(&frame, 0, &tick));
    CHECK_EQUAL(tick.faults, REFLEX_FAULT_POLICY_FAILED);
}

TEST(in_lock_step_bad_observations_are_faults) {
    static const struct {
        float distance;
        uint8_t bumper;
        uint8_t fault;
    } cases[] = {
        {0.0f / 0.0f, 0, REFLEX_FAULT_NOT_A_NUMBER},
        {3.0f, 0, REFLEX_FAULT_OUT_OF_RANGE},
        {1.0f, 2, REFLEX_FAULT_OUT_OF_RANGE},
        {1.0f, 1, 0},
    };

    board_new();
    host_set_mode(REFLEX_MODE_AUTO, LOCK_STEP);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        reference_frame frame;
        host_tick tick;

        host_observe((uint32_t)i, cases[i].distance, cases[i].bumper);
        CHECK(board_find(REFLEX_ID_TICKS, &frame) && host_record(&frame, 0, &tick));
        CHECK_EQUAL(tick.faults, cases[i].fault);
        CHECK_EQUAL(tick.actor, cases[i].fault == 0u ? REFLEX_ACTOR_POLICY : REFLEX_ACTOR_NEUTRAL);
        CHECK_EQUAL(tick.bumper, cases[i].bumper);
    }
}
