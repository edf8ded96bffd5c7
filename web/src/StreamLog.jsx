// What a stream brought before the message in the pane, which GraphiQL overwrites with each one that comes.
import { useGraphiQL } from "@graphiql/react";
import { useEffect, useSyncExternalStore } from "react";
import { messages } from "./socket.js";

export function StreamLog() {
  const earlier = useSyncExternalStore(messages.subscribe, messages.get).slice(1);
  const tab = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id);
  // GraphiQL stops a stream when its tab is left, so its messages go, too.
  useEffect(() => messages.set([]), [tab]);
  if (earlier.length === 0) return null;
  return (
    <ol id="stream-log" data-testid="stream-log" className="stream-log" aria-label="Earlier messages, newest first">
      {earlier.map(({ number, at, text }) => (
        <li key={number} value={number}>
          {at} {text}
        </li>
      ))}
    </ol>
  );
}
