// The page: a header to sign in with, and GraphiQL below it.
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import "@graphiql/react/style.css";
import "graphiql/graphiql.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "./style.css";
import { ConnectionStatus } from "./ConnectionStatus.jsx";
import { fetcher } from "./fetcher.js";
import { operations } from "./operations.js";
import { SchemaAfterSignIn } from "./SchemaAfterSignIn.jsx";
import { SignIn } from "./SignIn.jsx";
import { StreamLog } from "./StreamLog.jsx";

// Made once: a new list at each render would reset the open plugin.
const plugins = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

export function App() {
  return (
    <>
      <header className="top">
        <h1>Throughline</h1>
        <ConnectionStatus />
        <SignIn />
      </header>
      <main>
        <GraphiQL
          fetcher={fetcher}
          plugins={plugins}
          defaultTabs={operations}
          defaultEditorToolsVisibility="variables"
          // A header may hold a token: it is never written to disk.
          shouldPersistHeaders={false}
          showPersistHeadersSettings={false}
          inputValueDeprecation
          schemaDescription
        >
          <GraphiQL.Logo>
            <span />
          </GraphiQL.Logo>
          <GraphiQL.Footer>
            <StreamLog />
          </GraphiQL.Footer>
          <SchemaAfterSignIn />
        </GraphiQL>
      </main>
    </>
  );
}
