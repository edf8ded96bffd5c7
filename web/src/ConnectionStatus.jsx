// Whether the live connection stands: GraphiQL itself shows nothing while a stream is waiting to come back.
import { useSyncExternalStore } from "react";
import { connection } from "./socket.js";

const WORDS = { idle: "", live: "Live", lost: "Reconnecting …" };

export function ConnectionStatus() {
  const state = useSyncExternalStore(connection.subscribe, connection.get);
  return (
    <span id="connection-status" data-testid="connection-status" data-state={state} role="status">
      {WORDS[state]}
    </span>
  );
}
