/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told of incidents, in which order, and when again: the sender, with the engine behind it. */
#include "support/notify_world.h"

#define ONE "https://one.example/hook"
#define TWO "https://two.example/hook"

static void test_each_is_told_one_at_a_time_in_the_order_of_the_log(void **state)
{
    struct notify_world *w = *state;
    nw_start(w, NULL, 9);
    nw_subscribe(w, ONE, "incident.opened");
    nw_subscribe(w, TWO, "incident.opened");
    nw_opens(w, "A");
    nw_opens(w, "B");
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 2); /* one to each */
    assert_slice(w->sent[0].url, ONE);
    assert_slice(w->sent[1].url, TWO);
    assert_true(nw_says(&w->sent[0], "\"title\":\"A\""));
    assert_false(slice_equal(w->sent[0].id, w->sent[1].id));
    nw_answer(w, 1, 200, NULL); /* the other one is slow, and holds up only itself */
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 3);
    assert_slice(w->sent[2].url, TWO);
    assert_true(nw_says(&w->sent[2], "\"title\":\"B\""));
    nw_answer(w, 2, 200, NULL);
    nw_wait(w, 3600 * US_PER_S);
    assert_int_equal(w->sent_count, 3);
    nw_answer(w, 0, 204, NULL);
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 4);
    assert_true(nw_says(&w->sent[3], "\"title\":\"B\""));
    nw_answer(w, 3, 204, NULL);
}

static void test_only_what_is_wanted_is_told(void **state)
{
    struct notify_world *w = *state;
    nw_start(w, NULL, 9);
    nw_opens(w, "before");
    nw_subscribe(w, ONE, "incident.resolved");
    for (int i = 0; i < 600; i++) { /* more than one page of what it does not want */
        char subject[16];
        (void)snprintf(subject, sizeof(subject), "S%d", i);
        nw_opens(w, subject);
    }
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 0);
    nw_closes(w, "before");
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 1);
    assert_true(nw_says(&w->sent[0], "{\"type\":\"incident.resolved\""));
    nw_answer(w, 0, 200, NULL);
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 1);
}

static void test_a_lost_answer_is_sent_again_under_the_same_id_and_signed_anew(void **state)
{
    struct notify_world *w = *state;
    struct slice key;
    assert_true(webhook_key_read(SLICE(WORLD_KEY), &w->arena, &key));
    nw_start(w, NULL, 9);
    nw_subscribe(w, ONE, "incident.opened");
    nw_opens(w, "A");
    nw_wait(w, US_PER_S);
    nw_answer(w, 0, 0, NULL);
    nw_wait(w, 3900 * US_PER_MS);
    assert_int_equal(w->sent_count, 1); /* not before its time */
    nw_wait(w, 2200 * US_PER_MS);
    assert_int_equal(w->sent_count, 2);
    assert_true(slice_equal(w->sent[0].id, w->sent[1].id));
    assert_false(slice_equal(w->sent[0].timestamp, w->sent[1].timestamp));
    for (size_t i = 0; i < 2; i++) {
        const struct sent *sent = &w->sent[i];
        assert_true(slice_equal(
            webhook_signature(&key, 1, sent->id, sent->timestamp, sent->body, &w->arena),
            sent->signature));
    }
    assert_int_equal(nw_row(w, 1)->last_status, 0);
    assert_slice(nw_row(w, 1)->reason, "no answer");
    nw_answer(w, 1, 302, NULL); /* nobody is followed elsewhere */
    nw_wait(w, 239 * US_PER_S);
    assert_int_equal(w->sent_count, 2);
    nw_wait(w, 122 * US_PER_S);
    assert_int_equal(w->sent_count, 3);
    nw_answer(w, 2, 503, "7200");
    nw_wait(w, 7199 * US_PER_S);
    assert_int_equal(w->sent_count, 3); /* half an hour would be our own pace */
    nw_wait(w, 2 * US_PER_S);
    assert_int_equal(w->sent_count, 4);
    nw_answer(w, 3, 200, NULL);
    assert_int_equal(nw_row(w, 1)->attempts, 0);
}

static void test_a_stop_between_leaving_and_answer_loses_nothing(void **state)
{
    struct notify_world *w = *state;
    nw_start(w, NULL, 9);
    nw_subscribe(w, ONE, "incident.opened");
    nw_opens(w, "A");
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 1);
    nw_start(w, NULL, 9);
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 2);
    assert_true(slice_equal(w->sent[0].id, w->sent[1].id));
    assert_true(slice_equal(w->sent[0].body, w->sent[1].body));
    nw_answer(w, 1, 200, NULL);
    nw_start(w, NULL, 9);
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 2);
}

static bool metrics_say(struct notify_world *w, const char *line)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, 64 * 1024);
    notify_metrics(w->notify, &out);
    return memmem(out.p, out.n, line, strlen(line)) != NULL;
}

static void test_while_the_store_refuses_what_was_taken_is_not_sent_again(void **state)
{
    struct notify_world *w = *state;
    nw_start(w, NULL, 9);
    nw_subscribe(w, ONE, "incident.opened");
    nw_opens(w, "A");
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 1);
    engine_refuse(w->engine, "the disk is nearly full");
    nw_answer(w, 0, 200, NULL); /* it was taken, and nobody can write that down */
    nw_wait(w, 600 * US_PER_S);
    assert_int_equal(w->sent_count, 1);
    assert_true(metrics_say(w, "\ntruecount_messages_waiting 1\n"));
    engine_refuse(w->engine, NULL);
    nw_wait(w, 5 * US_PER_S);
    assert_int_equal(w->sent_count, 1);
    assert_true(metrics_say(w, "\ntruecount_messages_waiting 0\n"));
    nw_opens(w, "B");
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 2);
    nw_answer(w, 1, 500, NULL);
    assert_true(metrics_say(w, "\ntruecount_messages_sent_total 1\n"));
    assert_true(metrics_say(w, "\ntruecount_messages_failed_total 1\n"));
    assert_true(metrics_say(w, "\ntruecount_webhooks_disabled 0\n"));
}

static void test_the_old_secret_signs_for_a_day(void **state)
{
    struct notify_world *w = *state;
    nw_start(w, NULL, 9);
    nw_subscribe(w, ONE, "incident.opened");
    nw_turn(w, request_webhook_rotate, "1", "");
    nw_wait(w, 24 * 3600 * US_PER_S - 60 * US_PER_S);
    nw_opens(w, "A");
    nw_wait(w, US_PER_S);
    nw_answer(w, 0, 200, NULL);
    assert_non_null(memchr(w->sent[0].signature.p, ' ', w->sent[0].signature.n));
    nw_wait(w, 60 * US_PER_S);
    nw_opens(w, "B");
    nw_wait(w, US_PER_S);
    assert_null(memchr(w->sent[1].signature.p, ' ', w->sent[1].signature.n));
}

static void test_without_its_key_nothing_leaves_unsigned(void **state)
{
    struct notify_world *w = *state;
    nw_start(w, NULL, 9);
    nw_subscribe(w, ONE, "incident.opened");
    nw_start(w, NULL, 8); /* another key file */
    nw_opens(w, "A");
    nw_wait(w, 3600 * US_PER_S);
    assert_int_equal(w->sent_count, 0);
    assert_true(slice_starts(nw_row(w, 1)->reason, "its secret does not open"));
    assert_true(nw_row(w, 1)->attempts >= 2);
}

static void on_trial(void *arg, const struct outlet_trial *trial)
{
    *(struct outlet_trial *)arg = *trial;
}

static void test_a_trial_that_arrives_lets_what_waits_go(void **state)
{
    struct notify_world *w = *state;
    struct outlet_trial trial = {0};
    nw_start(w, NULL, 9);
    nw_subscribe(w, ONE, "incident.opened");
    nw_opens(w, "A");
    nw_wait(w, US_PER_S);
    notify_test(w->notify, 1, on_trial, &trial);
    assert_true(trial.is_there && trial.is_busy);
    nw_answer(w, 0, 500, NULL);
    notify_test(w->notify, 1, on_trial, &trial);
    nw_wait(w, 60 * US_PER_S); /* one message at a time: what is due waits for the trial */
    assert_int_equal(w->sent_count, 2);
    assert_true(nw_says(&w->sent[1], "\"type\":\"webhook.test\""));
    nw_answer(w, 1, 500, NULL);
    assert_false(trial.arrived);
    assert_int_equal(trial.status, 500);
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 3); /* the first retry, which was due */
    nw_answer(w, 2, 500, NULL);
    notify_test(w->notify, 1, on_trial, &trial);
    nw_answer(w, 3, 200, NULL);
    assert_true(trial.arrived);
    nw_wait(w, US_PER_S);
    assert_int_equal(w->sent_count, 5); /* the second was minutes away */
    assert_true(slice_equal(w->sent[4].id, w->sent[0].id));
    notify_test(w->notify, 7, on_trial, &trial);
    assert_false(trial.is_there);
}

static void test_mails_are_gathered_and_spaced(void **state)
{
    struct notify_world *w = *state;
    nw_start(w, &w->mail, 9);
    nw_wait(w, 3600 * US_PER_S);
    assert_int_equal(w->sent_count, 0);
    nw_opens(w, "A");
    nw_wait(w, 1900 * US_PER_MS);
    nw_opens(w, "B");
    assert_int_equal(w->sent_count, 0);
    nw_wait(w, 200 * US_PER_MS);
    assert_int_equal(w->sent_count, 1);
    assert_true(w->sent[0].is_mail);
    assert_true(nw_says(&w->sent[0], "Subject: [truecount] 2 incidents, OVERSOLD: A\r\n"));
    assert_true(nw_says(&w->sent[0], "truecount at https://stock.example\r\n"));
    nw_answer(w, 0, 250, NULL);
    nw_opens(w, "C");
    nw_closes(w, "C"); /* before anybody was told of it */
    nw_opens(w, "D");
    nw_wait(w, 59 * US_PER_S);
    assert_int_equal(w->sent_count, 1);
    nw_wait(w, 2 * US_PER_S);
    assert_int_equal(w->sent_count, 2);
    assert_true(nw_says(&w->sent[1], "Subject: [truecount] OVERSOLD: D\r\n"));
    assert_true(nw_says(&w->sent[1], "RESOLVED OVERSOLD: C\r\n"));
    assert_false(nw_says(&w->sent[1], "OPEN OVERSOLD: C"));
    nw_answer(w, 1, 250, NULL);
    nw_wait(w, 3600 * US_PER_S);
    assert_int_equal(w->sent_count, 2);
}

static void test_a_mail_in_vain_is_sent_again_with_what_came_meanwhile(void **state)
{
    struct notify_world *w = *state;
    nw_start(w, &w->mail, 9);
    nw_opens(w, "A");
    nw_wait(w, 3 * US_PER_S);
    nw_answer(w, 0, 451, NULL);
    nw_opens(w, "B");
    nw_wait(w, 75 * US_PER_S);
    assert_int_equal(w->sent_count, 2);
    assert_true(nw_says(&w->sent[1], "2 incidents"));
    nw_start(w, &w->mail, 9); /* killed before the answer */
    nw_wait(w, 75 * US_PER_S);
    assert_int_equal(w->sent_count, 3);
    assert_true(nw_says(&w->sent[2], "2 incidents"));
    nw_answer(w, 2, 250, NULL);
    nw_wait(w, 3600 * US_PER_S);
    assert_int_equal(w->sent_count, 3);
}

static void test_many_changes_that_no_mail_tells_stand_in_no_ones_way(void **state)
{
    struct notify_world *w = *state;
    nw_start(w, &w->mail, 9);
    nw_opens(w, "A");
    nw_wait(w, 3 * US_PER_S);
    nw_answer(w, 0, 250, NULL);
    for (int i = 0; i < 600; i++) { /* more than one page of events */
        nw_wait(w, 11 * US_PER_S);
        nw_opens(w, "A"); /* seen again */
    }
    assert_int_equal(w->sent_count, 1);
    nw_closes(w, "A");
    nw_wait(w, 3 * US_PER_S);
    assert_int_equal(w->sent_count, 2);
    assert_true(nw_says(&w->sent[1], "Subject: [truecount] resolved: OVERSOLD: A\r\n"));
}

static void test_what_happens_while_mail_is_off_is_not_told_later(void **state)
{
    struct notify_world *w = *state;
    nw_start(w, &w->mail, 9);
    nw_start(w, NULL, 9);
    nw_opens(w, "A");
    nw_wait(w, 60 * US_PER_S);
    nw_start(w, &w->mail, 9);
    nw_wait(w, 60 * US_PER_S);
    assert_int_equal(w->sent_count, 0);
    nw_opens(w, "B");
    nw_wait(w, 60 * US_PER_S);
    assert_int_equal(w->sent_count, 1);
}

static void test_a_sender_that_stops_begins_nothing(void **state)
{
    struct notify_world *w = *state;
    nw_start(w, NULL, 9);
    nw_subscribe(w, ONE, "incident.opened");
    notify_stop(w->notify);
    nw_opens(w, "A");
    nw_wait(w, 60 * US_PER_S);
    assert_int_equal(w->sent_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        notify_test_of(test_each_is_told_one_at_a_time_in_the_order_of_the_log),
        notify_test_of(test_only_what_is_wanted_is_told),
        notify_test_of(test_a_lost_answer_is_sent_again_under_the_same_id_and_signed_anew),
        notify_test_of(test_a_stop_between_leaving_and_answer_loses_nothing),
        notify_test_of(test_while_the_store_refuses_what_was_taken_is_not_sent_again),
        notify_test_of(test_the_old_secret_signs_for_a_day),
        notify_test_of(test_without_its_key_nothing_leaves_unsigned),
        notify_test_of(test_a_trial_that_arrives_lets_what_waits_go),
        notify_test_of(test_mails_are_gathered_and_spaced),
        notify_test_of(test_a_mail_in_vain_is_sent_again_with_what_came_meanwhile),
        notify_test_of(test_many_changes_that_no_mail_tells_stand_in_no_ones_way),
        notify_test_of(test_what_happens_while_mail_is_off_is_not_told_later),
        notify_test_of(test_a_sender_that_stops_begins_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
