// How GraphiQL reaches the API: queries and mutations over HTTP, subscriptions over the socket.
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { parse } from "graphql";
import { API } from "./api.js";
import { freshToken } from "./session.js";
import { socket } from "./socket.js";

const send = createGraphiQLFetcher({
  url: API,
  wsClient: socket,
  // The API has no @defer or @stream, so no multipart answers are asked for.
  enableIncrementalDelivery: false,
  fetch: authorized,
});

export function fetcher(params, options) {
  return send(...current(params, options));
}

// GraphiQL learns of a changed text a moment late: whoever changes tabs and presses play at once would run the text
// of one tab under the name of the other's operation, and a subscription as a query.
function current(params, options) {
  try {
    const documentAST = parse(params.query);
    const names = documentAST.definitions
      .filter(({ kind }) => kind === "OperationDefinition")
      .map(({ name }) => name?.value);
    const operationName = names.length === 1 ? names[0] : params.operationName;
    return [{ ...params, operationName }, { ...options, documentAST }];
  } catch {
    return [params, options]; // the server says what is wrong with it
  }
}

// An Authorization header typed into the headers pane wins over the session's.
async function authorized(url, init) {
  const headers = new Headers(init.headers);
  const token = await freshToken();
  if (token && !headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
  const response = await fetch(url, { ...init, headers });
  if (response.headers.get("content-type")?.includes("json")) return response;
  // Not the API's own answer, but one from something before it.
  const message = `${response.status} ${response.statusText}: ${(await response.text()).slice(0, 500)}`;
  return Response.json({ errors: [{ message }] });
}
