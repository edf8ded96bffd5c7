// Runs the clients of docs/realtime.md, which the test has put beside this file, and prints what they are told.
import { follow, signIn } from "./throughline.mjs";

const [email, password, library] = process.argv.slice(2);
const via = library === "urql" ? (await import("./urql.mjs")).via : undefined;
const records = new Map();
await signIn(email, password);
console.log("signed in");
await follow(records, (message) => console.log(JSON.stringify({ ...message, records: [...records.values()] })), via);
