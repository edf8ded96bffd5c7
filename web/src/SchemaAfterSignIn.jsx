// The schema may be read by anyone. Should the first try have failed, signing in is a good moment for another.
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect } from "react";
import { useSession } from "./session.js";

export function SchemaAfterSignIn() {
  const email = useSession()?.email;
  const failed = useGraphiQL((state) => Boolean(state.fetchError));
  const { introspect } = useGraphiQLActions();
  useEffect(() => {
    if (email && failed) introspect();
    // Only a change of person asks again; a failure alone would ask for ever.
  }, [email]);
  return null;
}
