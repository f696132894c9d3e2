/* Who may drive, written down once more as plain rules. */
#include "harness.h"
#include "reflex_safety.h"

#define TIMEOUT_US 500000u

static reflex_safety safety;

static void
start(bool autonomous, bool policy_ready) {
    const reflex_safety_rules rules = {TIMEOUT_US, autonomous};

    reflex_safety_start(&safety, &rules, policy_ready);
    reflex_safety_hear(&safety, 0);
}

static void
go(reflex_mode mode) {
    reflex_safety_request(&safety, mode, REFLEX_SOURCE_SENSORS);
}

static reflex_actor
ask(bool on_board, uint8_t faults, uint8_t expected_faults) {
    reflex_actor actor;

    actor = reflex_safety_actor(&safety, on_board, &faults);
    CHECK_EQUAL(faults, expected_faults);
    return actor;
}

TEST(every_mode_from_every_mode) {
    for (reflex_mode from = 0; from < REFLEX_MODE_COUNT; from++) {
        for (reflex_mode to = 0; to < REFLEX_MODE_COUNT; to++) {
            for (int ready = 0; ready < 2; ready++) {
                const bool refused = ready == 0 && (to == REFLEX_MODE_AUTO || to == REFLEX_MODE_ASSIST);

                start(false, true);
                go(from);
                safety.policy_ready = ready != 0;
                go(to);
                CHECK_EQUAL(safety.mode, refused ? REFLEX_MODE_SAFE : to);
                CHECK_EQUAL(safety.reason, refused ? REFLEX_REASON_POLICY_FAILED : REFLEX_REASON_REQUESTED);
            }
        }
        for (reflex_event event = REFLEX_EVENT_STOP; event < REFLEX_EVENT_COUNT; event++) {
            const bool drives = from == REFLEX_MODE_AUTO || from == REFLEX_MODE_ASSIST;
            const bool happens =
                event == REFLEX_EVENT_STOP || (event == REFLEX_EVENT_POLICY_FAILED ? drives : from != REFLEX_MODE_SAFE);

            if (event == REFLEX_EVENT_LINK_LOST_AUTONOMOUS && from == REFLEX_MODE_AUTO) {
                continue;
            }
            start(false, true);
            go(from);
            CHECK_EQUAL(reflex_safety_event(&safety, event), happens);
            CHECK_EQUAL(safety.mode, happens ? REFLEX_MODE_SAFE : from);
        }
    }
}

TEST(boot_is_safe_whatever_came_before) {
    start(false, true);
    go(REFLEX_MODE_ASSIST);
    CHECK(reflex_safety_act(&safety));
    start(false, true);
    CHECK_EQUAL(safety.mode, REFLEX_MODE_SAFE);
    CHECK_EQUAL(safety.source, REFLEX_SOURCE_SENSORS);
    CHECK_EQUAL(safety.reason, REFLEX_REASON_BOOT);
    CHECK_EQUAL(ask(true, 0, 0), REFLEX_ACTOR_NEUTRAL);
    CHECK(!reflex_safety_act(&safety));
}

/* Who acts with and without somebody on board, a host that has sent `act`, and a fault. */
TEST(who_acts) {
    for (reflex_mode mode = 0; mode < REFLEX_MODE_COUNT; mode++) {
        for (int on_board = 0; on_board < 2; on_board++) {
            for (int host = 0; host < 2; host++) {
                const bool host_may = mode != REFLEX_MODE_SAFE && mode != REFLEX_MODE_AUTO;
                reflex_actor expected = REFLEX_ACTOR_NEUTRAL;
                uint8_t fault = 0;

                start(false, true);
                go(mode);
                if (host != 0) {
                    CHECK_EQUAL(reflex_safety_act(&safety), host_may);
                }
                if (mode == REFLEX_MODE_AUTO || (mode == REFLEX_MODE_ASSIST && on_board == 0 && host == 0)) {
                    expected = REFLEX_ACTOR_POLICY;
                } else if (host_may && (on_board != 0 || host != 0)) {
                    expected = REFLEX_ACTOR_EXPERT;
                } else if (host_may) {
                    fault = REFLEX_FAULT_LINK_LOST;
                }
                CHECK_EQUAL(ask(on_board != 0, 0, fault), expected);
                CHECK_EQUAL(ask(on_board != 0, REFLEX_FAULT_STALE, REFLEX_FAULT_STALE | fault), REFLEX_ACTOR_NEUTRAL);
            }
        }
    }
}

TEST(an_act_counts_for_three_ticks) {
    start(false, true);
    go(REFLEX_MODE_ASSIST);
    CHECK(reflex_safety_act(&safety));
    for (unsigned tick = 0; tick < REFLEX_TELEOP_TICKS; tick++) {
        CHECK_EQUAL(ask(false, 0, 0), REFLEX_ACTOR_EXPERT);
    }
    CHECK_EQUAL(ask(false, 0, REFLEX_FAULT_LINK_LOST), REFLEX_ACTOR_NEUTRAL);
    CHECK_EQUAL(ask(true, 0, 0), REFLEX_ACTOR_EXPERT);
    reflex_safety_hand_back(&safety);
    CHECK_EQUAL(ask(false, 0, 0), REFLEX_ACTOR_POLICY);
}

TEST(hand_back_is_for_assist_alone) {
    start(false, true);
    go(REFLEX_MODE_TELEOP);
    CHECK(reflex_safety_act(&safety));
    reflex_safety_hand_back(&safety);
    CHECK_EQUAL(ask(false, 0, 0), REFLEX_ACTOR_EXPERT);
}

/* A takeover, and the host's last action, end with the mode. */
TEST(a_new_mode_begins_afresh) {
    start(false, true);
    go(REFLEX_MODE_ASSIST);
    CHECK(reflex_safety_act(&safety));
    go(REFLEX_MODE_ASSIST);
    CHECK_EQUAL(ask(false, 0, 0), REFLEX_ACTOR_POLICY);
    CHECK(reflex_safety_act(&safety));
    go(REFLEX_MODE_TELEOP);
    CHECK_EQUAL(ask(false, 0, REFLEX_FAULT_LINK_LOST), REFLEX_ACTOR_NEUTRAL);
}

TEST(where_the_policy_runs) {
    for (reflex_mode mode = 0; mode < REFLEX_MODE_COUNT; mode++) {
        start(false, true);
        go(mode);
        CHECK_EQUAL(reflex_safety_infers(&safety), mode >= REFLEX_MODE_AUTO);
        safety.policy_ready = false;
        CHECK(!reflex_safety_infers(&safety));
    }
}

TEST(silence_ends_what_needs_the_host) {
    for (int autonomous = 0; autonomous < 2; autonomous++) {
        for (reflex_mode mode = 0; mode < REFLEX_MODE_COUNT; mode++) {
            const bool goes_on = mode == REFLEX_MODE_SAFE || (mode == REFLEX_MODE_AUTO && autonomous != 0);

            start(autonomous != 0, true);
            go(mode);
            reflex_safety_hear(&safety, UINT32_MAX - 10u); /* the clock wraps */
            CHECK(!reflex_safety_watch(&safety, TIMEOUT_US - 11u));
            CHECK_EQUAL(reflex_safety_watch(&safety, TIMEOUT_US - 10u), !goes_on);
            CHECK_EQUAL(safety.mode, goes_on ? mode : REFLEX_MODE_SAFE);
            CHECK(!reflex_safety_watch(&safety, TIMEOUT_US));
            /* Silence stays silence when the clock has come round. */
            go(mode);
            CHECK_EQUAL(reflex_safety_watch(&safety, UINT32_MAX - 10u), !goes_on);
            reflex_safety_hear(&safety, 0);
            go(mode);
            CHECK(!reflex_safety_watch(&safety, 0));
        }
    }
}

TEST(in_lock_step_silence_means_nothing) {
    start(false, true);
    reflex_safety_request(&safety, REFLEX_MODE_AUTO, REFLEX_SOURCE_HOST);
    CHECK(!reflex_safety_watch(&safety, 10u * TIMEOUT_US));
    CHECK_EQUAL(safety.mode, REFLEX_MODE_AUTO);
}

TEST(two_deadlines_running) {
    start(false, true);
    go(REFLEX_MODE_TELEOP);
    CHECK(!reflex_safety_deadline(&safety, true));
    CHECK(!reflex_safety_deadline(&safety, false));
    CHECK(!reflex_safety_deadline(&safety, true));
    CHECK(reflex_safety_deadline(&safety, true));
    CHECK_EQUAL(safety.mode, REFLEX_MODE_SAFE);
    CHECK_EQUAL(safety.reason, REFLEX_REASON_DEADLINE_MISSED);
    CHECK(!reflex_safety_deadline(&safety, true));
    /* Still late: whatever is asked for ends at once. Lock-step knows no deadlines, and what came before it is forgotten. */
    go(REFLEX_MODE_TELEOP);
    CHECK(reflex_safety_deadline(&safety, true));
    reflex_safety_request(&safety, REFLEX_MODE_TELEOP, REFLEX_SOURCE_HOST);
    reflex_safety_request(&safety, REFLEX_MODE_TELEOP, REFLEX_SOURCE_SENSORS);
    CHECK(!reflex_safety_deadline(&safety, true));
}
