// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { Login, Setup, Silent } from "./app/door.tsx";
import { Frame } from "./app/frame.tsx";
import { here, navigate, startRouter, usePlace } from "./app/router.ts";
import { resume, useSession } from "./app/session.ts";

function App() {
  const { state } = useSession();
  const { path } = usePlace();
  const isDoor = path === "/login" || path === "/setup";
  useEffect(() => {
    // Asked anew: whoever opened the door may have gone on to a screen already.
    if (state === "in" && isDoor && here().path === path) {
      navigate("/", { replace: true });
    }
  }, [state, isDoor]);
  switch (state) {
    case "asking":
      return null;
    case "silent":
      return <Silent />;
    case "setup":
      return <Setup />;
    case "in":
      return isDoor ? null : <Frame />;
    default:
      return <Login />;
  }
}

startRouter();
void resume();
render(<App />, document.getElementById("app")!);
