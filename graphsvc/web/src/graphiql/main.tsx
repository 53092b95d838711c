import "./nonce";
import "graphiql/setup-workers/vite";
import "../site";
import "./graphiql.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { onTheme, theme } from "../theme";
import { useEditorTheme } from "./editorTheme";
import { fetcher } from "./fetching";
import { Opening } from "./opening";
import { firstQuestion, variablesText } from "./questions";
import { readyQuestions } from "./ReadyQuestions";
import { mendTabs } from "./tabs";

const explorer = { ...explorerPlugin({ showAttribution: false }), title: "Explorer" };
const plugins = [readyQuestions, explorer, HISTORY_PLUGIN];
const first = firstQuestion();

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
      // The service has checked its schema when it started; to check it again takes a browser seconds.
      dangerouslyAssumeSchemaIsValid
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
      defaultEditorToolsVisibility="variables"
      defaultTabs={first ? [{ query: first.query, variables: variablesText(first) }] : undefined}
    >
      <GraphiQL.Logo>
        <span className="session-note">Answers are as at the date you ask for; plans show only if you ask for them</span>
      </GraphiQL.Logo>
      <Opening />
    </GraphiQL>
  );
}

const root = document.getElementById("graphiql");
if (root) {
  mendTabs(root);
  createRoot(root).render(<Page />);
}
