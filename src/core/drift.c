/* SPDX-License-Identifier: Apache-2.0 */
#include "core/drift.h"

static enum drift_verdict judge_live(const struct drift_reading *r)
{
    switch (r->reading) {
    case READING_DISCARDED:
        return DRIFT_NOTHING;
    case READING_FOREIGN: /* unless whoever wrote it put it back: then nothing came of it */
        return r->missing == 0 && r->shown == r->computed ? DRIFT_AGREES : DRIFT_DIFFERS;
    case READING_SURPRISE:
        return DRIFT_WAITS;
    case READING_EXPLAINED:
    case READING_NARROWED:
        break;
    }
    /* As we expected it; if that is not yet what it should be, a push is on its way. */
    return r->shown == r->computed ? DRIFT_AGREES : DRIFT_WAITS;
}

enum drift_verdict drift_judge(const struct drift_reading *r)
{
    if (r->is_live) {
        return judge_live(r);
    }
    if (r->reading == READING_DISCARDED) {
        return DRIFT_NOTHING;
    }
    if (r->shown == r->computed) {
        return DRIFT_AGREES;
    }
    bool has_just_moved = r->moved_at_us && r->now_us - r->moved_at_us < r->grace_us;
    return has_just_moved ? DRIFT_WAITS : DRIFT_DIFFERS;
}

enum difference_cause drift_cause(const struct drift_reading *r, bool was_ours)
{
    if (r->is_flagged) {
        return CAUSE_FLAG;
    }
    if (was_ours) {
        return CAUSE_OURS;
    }
    return r->reading == READING_FOREIGN ? CAUSE_FOREIGN : CAUSE_UNKNOWN;
}

enum difference_cause
drift_cause_at_end(enum difference_cause cause, int64_t shown, int64_t computed, int64_t agreed)
{
    if (cause != CAUSE_UNKNOWN) {
        return cause;
    }
    if (computed == agreed && shown != agreed) {
        return CAUSE_LATE_SHOP;
    }
    return shown == agreed && computed != agreed ? CAUSE_LATE_EVENT : CAUSE_UNKNOWN;
}
