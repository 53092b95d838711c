import "./nonce";
import "graphiql/setup-workers/vite";
import "../site";
import "./graphiql.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { useGraphiQL, useGraphiQLActions, pick } from "@graphiql/react";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { onTheme, theme } from "../theme";
import { useEditorTheme } from "./editorTheme";
import { firstQuestion, page, variablesText } from "./questions";
import { readyQuestions } from "./ReadyQuestions";

const explorer = { ...explorerPlugin({ showAttribution: false }), title: "Explorer" };
const plugins = [readyQuestions, explorer, HISTORY_PLUGIN];
const fetcher = createGraphiQLFetcher({ url: page.endpoint });
const first = firstQuestion();
const linked = new URLSearchParams(location.search).has("question");

/** Runs the tab that the page opens on, once, so that an answer is there to be read before anything is asked. */
function RunFirst() {
  const { schema, queryEditor, responseEditor, variableEditor, operations } = useGraphiQL(
    pick("schema", "queryEditor", "responseEditor", "variableEditor", "operations"),
  );
  const { run } = useGraphiQLActions();
  const done = useRef(false);
  useEffect(() => {
    if (done.current || !schema || !queryEditor || !responseEditor || !variableEditor || !operations?.length) return;
    done.current = true;
    if (first && queryEditor.getValue() === first.query) void run();
  }, [schema, queryEditor, responseEditor, variableEditor, operations, run]);
  return null;
}

function Page() {
  const [drawn, setDrawn] = useState(theme);
  useEffect(() => onTheme(setDrawn), []);
  useEditorTheme();
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={plugins}
      visiblePlugin={readyQuestions}
      forcedTheme={drawn}
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
      defaultEditorToolsVisibility="variables"
      defaultTabs={first ? [{ query: first.query, variables: variablesText(first) }] : undefined}
      {...(linked && first ? { initialQuery: first.query, initialVariables: variablesText(first) } : {})}
    >
      <GraphiQL.Logo>
        <span className="session-note">Answers are as at the date you ask for; plans show only if you ask for them</span>
      </GraphiQL.Logo>
      <RunFirst />
    </GraphiQL>
  );
}

const root = document.getElementById("graphiql");
if (root) createRoot(root).render(<Page />);
