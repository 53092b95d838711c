import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { Kind, parse, type OperationDefinitionNode } from "graphql";
import { useEffect, useRef } from "react";
import { nothingToAwait } from "./fetching";
import { linkedQuestion, page, variablesText, type Question } from "./questions";

/** Opens a question in a tab of its own, or in the one that holds it already, and runs it. */
export function useOpen(): (question: Question, variables?: string) => void {
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    pick("tabs", "activeTabIndex", "queryEditor", "variableEditor"),
  );
  const { addTab, changeTab, setOperationFacts, updateActiveTabValues, run } = useGraphiQLActions();
  return (question, variables = variablesText(question)) => {
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

/**
 * What the page opens on, as soon as its editors are there (the answer need not wait for the schema): the question that the address names, else the tab of
 * the last visit, else the first question. A ready question is run, so that an answer is there before anything is asked.
 */
export function Opening(): null {
  const { queryEditor, responseEditor, variableEditor, tabs, activeTabIndex } = useGraphiQL(
    pick("queryEditor", "responseEditor", "variableEditor", "tabs", "activeTabIndex"),
  );
  const open = useOpen();
  const done = useRef(false);
  useEffect(() => {
    if (done.current || !queryEditor || !responseEditor || !variableEditor) return;
    done.current = true;
    const linked = linkedQuestion();
    if (linked) {
      open(linked);
      return;
    }
    const tab = tabs[activeTabIndex];
    const ready = page.questions.find((item) => item.query === tab?.query);
    if (ready) open(ready, tab?.variables ?? variablesText(ready));
    else {
      // GraphiQL restores the text of a stored tab and forgets its variables.
      if (tab?.variables) variableEditor.setValue(tab.variables);
      nothingToAwait();
    }
  }, [queryEditor, responseEditor, variableEditor, tabs, activeTabIndex, open]);
  return null;
}
