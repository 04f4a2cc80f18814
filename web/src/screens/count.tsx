// SPDX-License-Identifier: Apache-2.0
// One stock take: counting while it is open, looking it over, and how it ended.
import { post, seg } from "../api/client.ts";
import type { Count as CountRow } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import type { ScreenProps } from "../app/routes.ts";
import { Loaded, Page } from "../ui/parts.tsx";
import { Said } from "../ui/text.tsx";
import { CountReview } from "./count_review.tsx";
import { CountScan } from "./count_scan.tsx";

export default function Count({ params }: ScreenProps) {
  const id = params.id ?? "";
  const path = `/v1/counts/${seg(id)}`;
  const query = useQuery<CountRow>(path);
  const row = query.data;
  if (row?.state === "open") {
    // It has a head of its own: on a phone each line counts.
    return <CountScan key={id} count={row} onChange={() => query.reload()} />;
  }
  return (
    <Page
      tab="Stock take"
      title={row ? <Said>{row.reference || `Stock take ${row.id}`}</Said> : "Stock take"}
      sub={row ? <>at <Said>{row.location}</Said></> : null}
    >
      <Loaded query={query}>{(data) => <CountReview count={data} onChange={() => query.reload()} />}</Loaded>
    </Page>
  );
}

export function cancelCount(id: string): Promise<CountRow> {
  return post<CountRow>(`/v1/counts/${seg(id)}/cancel`, {});
}
