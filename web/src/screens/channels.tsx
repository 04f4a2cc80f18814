// SPDX-License-Identifier: Apache-2.0
// All channels, and the way to another one.
import type { Channel, Pulse } from "../api/types.ts";
import { type List } from "../api/client.ts";
import { useQuery } from "../app/query.ts";
import { useParam } from "../app/router.ts";
import { plural } from "../ui/format.ts";
import { Button, Card, Empty, Loaded, Page, Table } from "../ui/parts.tsx";
import { Age, ChannelLink, Tag } from "../ui/text.tsx";
import { NewChannel } from "./connect.tsx";
import { PauseButton } from "./pause.tsx";
import { MODES, connectorName } from "./words.ts";

export default function Channels() {
  const channels = useQuery<List<Channel>>("/v1/channels?limit=1000", { on: ["channel"], every: 30_000 });
  const pulses = useQuery<List<Pulse>>("/v1/pulse?limit=1000", { on: ["delivery", "push", "channel"], every: 10_000 });
  const [doing, setDoing] = useParam("do");
  const reload = () => Promise.all([channels.reload(), pulses.reload()]);
  const add = (
    <Button kind="first" needs="admin" onClick={() => setDoing("connect")}>
      Connect a channel
    </Button>
  );
  return (
    <Page title="Channels" acts={add}>
      <Loaded query={channels}>
        {({ items }) =>
          items.length === 0 ? (
            <Card>
              <Empty title="No channel yet">A shop, a marketplace or a till. It begins in shadow: you see what truecount would write, and nothing is written.</Empty>
            </Card>
          ) : (
            <Card bare>
              <Table
                label="Channels"
                head={
                  <>
                    <th>Channel</th>
                    <th>Mode</th>
                    <th>Last message</th>
                    <th class="roomy">Last told</th>
                    <th class="num roomy">Waiting</th>
                    <th class="num roomy">Differing</th>
                    <th class="roomy">
                      <span class="said">Pause</span>
                    </th>
                  </>
                }
              >
                {items.map((channel) => {
                  const pulse = pulses.data?.items.find((p) => p.channel === channel.code);
                  const mode = MODES[channel.mode];
                  return (
                    <tr key={channel.code}>
                      <th scope="row">
                        <ChannelLink code={channel.code} />
                        <div class="small soft">{connectorName(channel.connector)}</div>
                      </th>
                      <td>{channel.paused ? <Tag tone="soon">paused</Tag> : <Tag tone={mode.tone} title={mode.about}>{mode.name}</Tag>}</td>
                      <td class="small">
                        <Age at={pulse?.last_delivery_at} none="none lately" />
                      </td>
                      <td class="small roomy">
                        <Age at={pulse?.last_confirmed_at} none="none lately" />
                      </td>
                      <td class="num roomy">{pulse?.waiting ?? ""}</td>
                      <td class="num roomy">{pulse?.differing ? <span class="soon">{pulse.differing}</span> : "0"}</td>
                      <td class="num roomy">
                        <PauseButton small channel={channel.code} paused={channel.paused} onDone={reload} />
                      </td>
                    </tr>
                  );
                })}
              </Table>
            </Card>
          )
        }
      </Loaded>
      <p class="small soft after">{channels.data && channels.data.items.length > 0 && `${plural(channels.data.items.filter((c) => c.mode === "live").length, "channel")} live.`}</p>
      {doing === "connect" && <NewChannel onClose={() => setDoing("")} />}
    </Page>
  );
}
