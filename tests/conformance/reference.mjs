// The reference: the server of npm's graphql-ws, over our schema and the `ws` package, with our limits where it has any.
// Its feed tells nothing, or ResyncRequired at once where it is asked to go on from a cursor.
import { readFileSync } from "node:fs";
import { buildSchema, GraphQLError } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

const [schemaFile, token] = process.argv.slice(2);
const schema = buildSchema(readFileSync(schemaFile, "utf8"));
const never = new Promise(() => {});

schema.getSubscriptionType().getFields().feed.subscribe = async (_, { after }) => {
  if (after === "x") throw new GraphQLError("after: this is no cursor of yours.");
  return {
    told: !after,
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (this.told) return after ? { done: true } : never;
      this.told = true;
      return { value: { feed: { __typename: "ResyncRequired", reason: "EPOCH" } } };
    },
    async return() {
      return { done: true };
    },
  };
};

const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/graphql", maxPayload: 64 * 1024 });
const onConnect = async ({ connectionParams }) => {
  await new Promise((done) => setTimeout(done, 200)); // as one who has to ask a database
  return connectionParams?.authorization === `Bearer ${token}`;
};
useServer({ schema, onConnect, connectionInitWaitTimeout: 3_000 }, sockets);
sockets.on("listening", () => console.log(sockets.address().port));
