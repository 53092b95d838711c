import { useGraphiQL, useGraphiQLActions, pick, type GraphiQLPlugin } from "@graphiql/react";
import { parse, Kind, type OperationDefinitionNode } from "graphql";
import { useId, useState } from "react";
import { grouped, page, variablesText, type Question } from "./questions";

/** Opens a question in a tab of its own, or in the one that holds it already, and runs it. */
function useOpen(): (question: Question) => void {
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    pick("tabs", "activeTabIndex", "queryEditor", "variableEditor"),
  );
  const { addTab, changeTab, setOperationFacts, updateActiveTabValues, run } = useGraphiQLActions();
  return (question) => {
    const variables = variablesText(question);
    const open = tabs.findIndex((tab) => tab.query === question.query);
    const empty = !tabs[activeTabIndex]?.query?.trim();
    if (open >= 0 && open !== activeTabIndex) changeTab(open);
    else if (open < 0 && !empty) addTab();
    queryEditor?.setValue(question.query);
    variableEditor?.setValue(variables);
    const documentAST = parse(question.query);
    const operations = documentAST.definitions.filter(
      (item): item is OperationDefinitionNode => item.kind === Kind.OPERATION_DEFINITION,
    );
    // The editor works the operation out a moment after the text changes; the run must not use the last tab's.
    const operationName = operations[0]?.name?.value;
    setOperationFacts({ documentAST, operations, ...(operationName ? { operationName } : {}) });
    updateActiveTabValues({ query: question.query, variables, operationName: operationName ?? null });
    void run();
  };
}

function Variables({ values }: { values: Record<string, unknown> }) {
  const entries = Object.entries(values);
  if (!entries.length) return null;
  return (
    <p className="ready-variables">
      {entries.map(([name, value]) => (
        <span key={name} className="ready-variable">
          {name} <b>{typeof value === "string" ? value : JSON.stringify(value)}</b>
        </span>
      ))}
    </p>
  );
}

function ReadyQuestions() {
  const [wanted, setWanted] = useState("");
  const open = useOpen();
  const id = useId();
  const groups = grouped(wanted);
  const count = groups.reduce((sum, [, questions]) => sum + questions.length, 0);
  return (
    <div className="ready">
      <h2 className="ready-title">Ready questions</h2>
      <label className="ready-search" htmlFor={id}>
        <span>Search</span>
        <input
          id={id}
          type="search"
          value={wanted}
          placeholder="contract, Walsall, money"
          autoComplete="off"
          onChange={(event) => setWanted(event.target.value)}
        />
      </label>
      <p className="ready-count" role="status">
        {count === page.questions.length
          ? `${count} questions. Choose one: it opens in a tab and runs.`
          : `${count} of ${page.questions.length} questions`}
      </p>
      {groups.map(([audience, questions]) => (
        <section key={audience} aria-label={audience}>
          <h3 className="ready-audience">{audience}</h3>
          <ul className="ready-list">
            {questions.map((question) => (
              <li key={question.name}>
                <button type="button" className="ready-question" data-question={question.name} onClick={() => open(question)}>
                  {question.title}
                </button>
                <p className="ready-description">{question.description}</p>
                <Variables values={question.variables} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {count === 0 && (
        <p className="ready-none">
          No ready question has all of these words.{" "}
          <button type="button" className="ready-clear" onClick={() => setWanted("")}>
            Show all {page.questions.length}
          </button>
        </p>
      )}
    </div>
  );
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M4 5h16v11H9l-5 4z" strokeLinejoin="round" />
      <path d="M8 9h8M8 12.5h5" strokeLinecap="round" />
    </svg>
  );
}

/** The side panel from which most visitors start. */
export const readyQuestions: GraphiQLPlugin = { title: "Ready questions", icon: Icon, content: ReadyQuestions };
