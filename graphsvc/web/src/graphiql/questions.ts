/** A ready question as the server writes it into the page. */
export interface Question {
  name: string;
  title: string;
  description: string;
  audience: string;
  query: string;
  variables: Record<string, unknown>;
}

interface PageData {
  endpoint: string;
  /** Name of the question to open on. */
  first: string;
  /** Whether the address asks for that question by name. */
  linked: boolean;
  /** A question about the thing that the address names. */
  thing: Question | null;
  questions: Question[];
}

const element = document.getElementById("page-data");

/** What the server knows and the page needs before it can ask. */
export const page: PageData = element?.textContent
  ? (JSON.parse(element.textContent) as PageData)
  : { endpoint: "/graphql", first: "", linked: false, thing: null, questions: [] };

/** Variables as the editor shows them; nothing where a question has none. */
export function variablesText(question: Question): string {
  return Object.keys(question.variables).length ? JSON.stringify(question.variables, null, 2) : "";
}

/** The question that a first visit opens on. */
export function firstQuestion(): Question | undefined {
  return page.questions.find((item) => item.name === page.first) ?? page.questions[0];
}

/** The question that the address asks for. */
export function linkedQuestion(): Question | undefined {
  return page.thing ?? (page.linked ? firstQuestion() : undefined);
}

/** Questions that hold every word of `wanted`, grouped by who asks, in the order in which they were given. */
export function grouped(wanted: string): [string, Question[]][] {
  const words = wanted.toLocaleLowerCase("en-GB").split(/\s+/).filter(Boolean);
  const groups = new Map<string, Question[]>();
  for (const question of page.questions) {
    const text = `${question.title} ${question.description} ${question.audience} ${question.name}`.toLocaleLowerCase("en-GB");
    if (!words.every((word) => text.includes(word))) continue;
    const group = groups.get(question.audience) ?? [];
    group.push(question);
    groups.set(question.audience, group);
  }
  return [...groups];
}
