// The live connection. One client for each person: a socket opened as one never serves the next.
import { createClient } from "graphql-ws";
import { API } from "./api.js";
import { distrust, freshToken, getSession, onSession } from "./session.js";
import { createStore } from "./store.js";

const FORBIDDEN = 4403; // the token expired or was revoked
const REMEMBERED = 50;

/** "idle", "live" or "lost": for the header. */
export const connection = createStore("idle");
/** The newest messages of the stream that was started last, newest first. */
export const messages = createStore([]);

const streams = new Set(); // each open one, as the function that ends it
let client = connect();
let email = getSession()?.email;

/** What GraphiQL's fetcher calls; each stream goes to the client of whoever is signed in then. */
export const socket = {
  subscribe(payload, sink) {
    messages.set([]);
    const unsubscribe = client.subscribe(payload, {
      next(result) {
        remember(result);
        sink.next(result);
      },
      // Shown as an answer: GraphiQL would print a thrown error with its stack.
      error(problem) {
        sink.next({ errors: Array.isArray(problem) ? problem : [{ message: reason(problem) }] });
        end();
      },
      complete: end,
    });
    function end() {
      if (!streams.delete(end)) return;
      unsubscribe();
      sink.complete();
    }
    streams.add(end);
    return end;
  },
};

onSession(() => {
  if (getSession()?.email === email) return; // only a renewed token: it is sent at the next connection
  email = getSession()?.email;
  client = connect();
  connection.set("idle");
  streams.forEach((end) => end()); // the previous client closes its socket when its last stream ends
});

function connect() {
  let sent; // the token that this client's socket was opened with
  const say = (state) => created === client && connection.set(state);
  const created = createClient({
    url: location.origin.replace(/^http/, "ws") + API,
    connectionParams: async () => {
      sent = await freshToken();
      if (created !== client) throw new Error("someone else is signed in now");
      return sent ? { authorization: `Bearer ${sent}` } : {};
    },
    // Servers restart and networks drop: come back until the person stops the stream.
    retryAttempts: Infinity,
    retryWait: (tries) => pause(Math.min(500 * 2 ** tries, 10_000) * (0.75 + Math.random() / 2)),
    // A refused token is worth another try only if there is a session to renew it from.
    shouldRetry: (problem) => created === client && (problem?.code !== FORBIDDEN || getSession() !== null),
    on: {
      connected: () => say("live"),
      error: () => say("lost"),
      closed: ({ code }) => {
        if (code === FORBIDDEN) distrust(sent);
        say(code === 1000 || (code === FORBIDDEN && !getSession()) ? "idle" : "lost");
      },
    },
  });
  return created;
}

function remember({ data, errors }) {
  const [newest] = messages.get();
  const message = {
    number: (newest?.number ?? 0) + 1,
    at: new Date().toLocaleTimeString(),
    text: JSON.stringify(errors ?? data),
  };
  messages.set([message, ...messages.get()].slice(0, REMEMBERED));
}

function reason(problem) {
  if (problem?.code === FORBIDDEN && !getSession()) return "Sign in above to follow a stream.";
  return `The live connection ended: ${problem?.reason || problem?.message || `code ${problem?.code}`}`;
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
