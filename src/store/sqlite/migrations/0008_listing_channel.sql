-- SPDX-License-Identifier: Apache-2.0
-- A channel's listings, page by page, however many the other channels have.

CREATE INDEX listing_channel ON listing (channel);
