// The sign-in form in the header, and, once signed in, who it is and the way out.
import { useState, useSyncExternalStore } from "react";
import { Refused } from "./api.js";
import { notice, signIn, signOut, useSession } from "./session.js";

export function SignIn() {
  const session = useSession();
  return session ? <SignedIn session={session} /> : <SignInForm />;
}

function SignedIn({ session: { name, email } }) {
  return (
    <div className="sign-in">
      <span id="signed-in-as" data-testid="signed-in-as">
        Signed in as <strong>{name}</strong>
        {name !== email && <span className="email"> {email}</span>}
      </span>
      <button id="sign-out" data-testid="sign-out" type="button" onClick={signOut}>
        Sign out
      </button>
    </div>
  );
}

function SignInForm() {
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const ended = useSyncExternalStore(notice.subscribe, notice.get);

  async function submit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await signIn(form.get("email").trim(), form.get("password"));
    } catch (problem) {
      setError(problem instanceof Refused ? problem.message : "The server did not answer. Please try again.");
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className="sign-in" aria-label="Sign in" onSubmit={submit}>
      <span id="sign-in-error" data-testid="sign-in-error" role="alert">
        {error ?? ended}
      </span>
      <label htmlFor="sign-in-email">E-mail</label>
      <input
        id="sign-in-email"
        data-testid="sign-in-email"
        name="email"
        type="email"
        placeholder="program@demo.test"
        autoComplete="username"
        aria-describedby="sign-in-error"
        required
      />
      <label htmlFor="sign-in-password">Password</label>
      <input
        id="sign-in-password"
        data-testid="sign-in-password"
        name="password"
        type="password"
        autoComplete="current-password"
        aria-describedby="sign-in-error"
        required
      />
      <button id="sign-in-submit" data-testid="sign-in-submit" type="submit" disabled={busy}>
        Sign in
      </button>
    </form>
  );
}
