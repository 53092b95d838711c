/** Light or dark: what the visitor chose, else what the system says. The choice travels in a cookie, so that the server draws the page in it at once. */
export type Choice = "auto" | "light" | "dark";
export type Theme = "light" | "dark";

const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<(theme: Theme) => void>();

/** The choice now in force. */
export function choice(): Choice {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === "light" || chosen === "dark" ? chosen : "auto";
}

/** The theme now drawn. */
export function theme(): Theme {
  const chosen = choice();
  if (chosen !== "auto") return chosen;
  return system.matches ? "dark" : "light";
}

/** Changes the choice and keeps it for a year. */
export function choose(next: Choice): void {
  if (next === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = next;
  const age = next === "auto" ? 0 : 31_536_000;
  document.cookie = `theme=${next}; path=/; max-age=${age}; samesite=strict`;
  for (const listener of listeners) listener(theme());
}

/** Calls `listener` whenever the drawn theme may have changed; returns how to stop. */
export function onTheme(listener: (theme: Theme) => void): () => void {
  const changed = () => listener(theme());
  listeners.add(listener);
  system.addEventListener("change", changed);
  return () => {
    listeners.delete(listener);
    system.removeEventListener("change", changed);
  };
}

/** Wires the switch in the page's header; it stays hidden for those without scripts. */
export function wireSwitch(): void {
  const control = document.querySelector<HTMLSelectElement>("[data-theme-switch]");
  if (!control) return;
  control.closest<HTMLElement>("[hidden]")?.removeAttribute("hidden");
  control.value = choice();
  control.addEventListener("change", () => choose(control.value as Choice));
}
