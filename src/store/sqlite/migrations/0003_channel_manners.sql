-- SPDX-License-Identifier: Apache-2.0
-- Writes that a channel carries out later, and the units of a channel's own open orders.

ALTER TABLE listing ADD COLUMN open_until_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE listing ADD COLUMN open_units INTEGER NOT NULL DEFAULT 0;
