// The few operations that signing in needs, as plain requests.
export const API = "/graphql";

const TOKENS = "accessToken refreshToken expiresAt userErrors { code message }";
const SIGN_IN = `mutation SignIn($input: LoginInput!) { login(input: $input) { ${TOKENS} } }`;
const RENEW = `mutation Renew($token: String!) { tokenRefresh(input: { refreshToken: $token }) { ${TOKENS} } }`;
const SIGN_OUT = "mutation SignOut { logout { userErrors { message } } }";
const WHO_AM_I = "query WhoAmI { viewer { user { name } } }";

export const signIn = (email, password) => tokens("login", SIGN_IN, { input: { email, password } });
export const renew = (refreshToken) => tokens("tokenRefresh", RENEW, { token: refreshToken });

/** Ends the session at the server; the request outlives this page. */
export const signOut = (accessToken) => post(SIGN_OUT, {}, bearer(accessToken), { keepalive: true });

export async function whoAmI(accessToken) {
  const { body } = await post(WHO_AM_I, {}, bearer(accessToken));
  return body.data?.viewer?.user?.name;
}

/** The server's answer was no, in its own words; any other error is a server that did not answer. */
export class Refused extends Error {
  constructor({ message, code } = { message: "The server refused, without saying why." }) {
    super(message);
    // Asking again would be no use: `code` is a user error's, and a limit passes.
    this.final = Boolean(code) && code !== "RATE_LIMITED";
  }
}

async function tokens(field, query, variables) {
  const { body, date } = await post(query, variables);
  const payload = body.data?.[field];
  if (!payload?.accessToken) throw new Refused((payload?.userErrors ?? body.errors)?.[0]);
  const { accessToken, refreshToken, expiresAt } = payload;
  // This computer's clock may be wrong, so the token's life is measured by the server's, which tells whole seconds.
  const life = new Date(expiresAt) - (date ? new Date(date).getTime() + 1_000 : Date.now());
  return { accessToken, refreshToken, life, expires: Date.now() + life };
}

const bearer = (accessToken) => ({ authorization: `Bearer ${accessToken}` });

async function post(query, variables, headers, options) {
  const response = await fetch(API, {
    ...options,
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json;q=0.9",
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  });
  return { body: await response.json(), date: response.headers.get("date") };
}
