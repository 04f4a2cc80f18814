// SPDX-License-Identifier: Apache-2.0
// How far the first steps are, read from what is there.
import type { List } from "../api/client.ts";
import type { Channel, Finding, Listing, Location, Movement, Sku } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { type StartStep, startSteps } from "./start_model.ts";

const ON: { on: ["stock", "channel"] } = { on: ["stock", "channel"] };

/** null: not known yet. `isAsked` false: nothing is read. */
export function useStart(isAsked = true): StartStep[] | null {
  const path = (text: string) => (isAsked ? text : null);
  const locations = useQuery<List<Location>>(path("/v1/locations?limit=100"), ON);
  const channels = useQuery<List<Channel>>(path("/v1/channels?limit=100"), ON);
  const skus = useQuery<List<Sku>>(path("/v1/skus?limit=1000"), ON);
  const listings = useQuery<List<Listing>>(path("/v1/listings?limit=1000"), ON);
  const findings = useQuery<List<Finding>>(path("/v1/doctor?limit=1000"), ON);
  const moved = useQuery<List<Movement>>(path("/v1/movements?limit=1"), ON);
  if (!locations.data || !channels.data || !skus.data || !listings.data || !findings.data || !moved.data) {
    return null;
  }
  return startSteps({
    locations: locations.data.items.length,
    channels: channels.data.items,
    skus: skus.data.items.length,
    skusMore: skus.data.next !== null,
    listings: listings.data.items.length,
    listingsMore: listings.data.next !== null,
    unlinked: findings.data.items.filter((f) => f.remote !== null && f.listing === null).length,
    moved: moved.data.items.length > 0,
  });
}
