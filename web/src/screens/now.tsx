// SPDX-License-Identifier: Apache-2.0
// Is all well? One sentence, then what is not, then every channel.
import { Page } from "../ui/parts.tsx";

export default function Now() {
  return <Page title="Now">{null}</Page>;
}
