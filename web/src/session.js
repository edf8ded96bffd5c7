// Who is signed in. Tokens live in sessionStorage: this browser tab only, gone when it closes.
import { useSyncExternalStore } from "react";
import * as api from "./api.js";
import { createStore } from "./store.js";

const KEY = "throughline.session";
const DAY = 86_400_000;
const session = createStore(JSON.parse(sessionStorage.getItem(KEY)));
/** Why the session ended, when it wasn't the person's own wish. */
export const notice = createStore(null);
let timer;
let renewing;

export const getSession = session.get;
export const onSession = session.subscribe;
export const useSession = () => useSyncExternalStore(session.subscribe, session.get);

export async function signIn(email, password) {
  const tokens = await api.signIn(email, password);
  notice.set(null);
  keep({ email, name: email, ...tokens });
  const name = await api.whoAmI(tokens.accessToken).catch(() => null);
  if (name && getSession()?.email === email) keep({ ...getSession(), name });
}

/** A reload forgets all that this page has fetched: the next person at this screen sees none of it. */
export function signOut() {
  api.signOut(getSession().accessToken).catch(() => {}); // not reached: the session ends by itself, later
  keep(null);
  window.location.reload();
}

/** The token to send now, renewed first when it is about to expire; undefined when nobody is signed in. */
export async function freshToken() {
  if (isDue(getSession())) await renewOnce();
  return getSession()?.accessToken;
}

/** The server refused this token: unless it was renewed meanwhile, that must happen before it is sent again. */
export function distrust(token) {
  const current = getSession();
  if (current && current.accessToken === token) keep({ ...current, expires: 0 });
}

// A fifth of a token's life is left for renewing it.
const renewAt = ({ expires, life }) => expires - life / 5;
const isDue = (current) => current !== null && Date.now() >= renewAt(current);

// A refresh token may be good for one use only, so requests that find it due share one renewal.
function renewOnce() {
  renewing ??= renew().finally(() => (renewing = undefined));
  return renewing;
}

async function renew() {
  const before = getSession();
  try {
    const tokens = await api.renew(before.refreshToken);
    // Someone may have signed out meanwhile.
    if (getSession()) keep({ ...getSession(), ...tokens });
  } catch (error) {
    const over = error instanceof api.Refused && (error.final || Date.now() >= before.expires);
    if (over) {
      keep(null);
      notice.set("Your session has ended. Please sign in again.");
    } else {
      // Not reached, or too busy: the old token may still do, and a later try may get a new one.
      clearTimeout(timer);
      timer = setTimeout(renewOnce, 5_000);
    }
  }
}

function keep(value) {
  if (value) sessionStorage.setItem(KEY, JSON.stringify(value));
  else sessionStorage.removeItem(KEY);
  session.set(value);
  schedule();
}

function schedule() {
  clearTimeout(timer);
  const current = getSession();
  if (!current) return;
  const wait = Math.min(renewAt(current) - Date.now(), DAY); // a browser's timer cannot hold a month
  timer = setTimeout(renewOnce, Math.max(0, wait));
}

schedule();
