import type { GraphiQLPlugin } from "@graphiql/react";
import { useId, useState } from "react";
import { useOpen } from "./opening";
import { grouped, page } from "./questions";

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
