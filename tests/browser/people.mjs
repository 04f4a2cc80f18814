// SPDX-License-Identifier: Apache-2.0
// Who is logged in, in tests: the first account is made as a person makes it, by the code that the server says.
import { until } from "./harness.mjs";

export const NAME = "anna";
export const PASSWORD = "four hedges beside a kiln";

/** The address that a server without users says when it starts. */
export function setupAddress(world) {
  return until("the setup's address", () => world.server.said.match(/https?:[^\s"]+\/setup#[0-9a-f]+/)?.[0]);
}

/** Makes the first account, and logs in with it whenever a page is opened. */
export async function firstPerson(world) {
  const code = (await setupAddress(world)).split("#")[1];
  const answer = await fetch(`${world.url}/v1/setup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code, name: NAME, password: PASSWORD }),
  });
  if (answer.status !== 201) throw new Error(`setup: ${answer.status} ${await answer.text()}`);
  world.logIn = async (page) => {
    page.setDefaultTimeout(10_000);
    await page.getByLabel("Name").fill(NAME);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.locator("main#main h1").first().waitFor();
  };
}
