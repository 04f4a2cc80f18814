-- SPDX-License-Identifier: Apache-2.0
-- Pushes of a range of time, for reports.

CREATE INDEX push_sent ON push (sent_at_us);
