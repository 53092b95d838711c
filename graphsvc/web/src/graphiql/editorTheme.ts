import { useMonaco } from "@graphiql/react";
import { useEffect } from "react";

// GraphiQL's own theme names: redefining them recolours the editors at once. Values follow src/tokens.css, which an
// editor theme cannot read. Every colour of text has a contrast of at least 4.5 to 1 on its background.
const light = { ink: "#1d2529", quiet: "#56626a", accent: "#0b6265", word: "#0b6265", name: "#22366e", text: "#8a3b12", number: "#6a3d8f", paper: "#ffffff", wash: "#e3efee" };
const dark = { ink: "#e4e9eb", quiet: "#9fabb2", accent: "#6cc7c3", word: "#6cc7c3", name: "#a9bdf5", text: "#efa982", number: "#cfaaf0", paper: "#182024", wash: "#233a3c" };

function theme(colour: typeof light) {
  const hex = (value: string) => value.slice(1);
  return {
    inherit: true,
    rules: [
      { token: "", foreground: hex(colour.ink) },
      { token: "keyword", foreground: hex(colour.word) },
      { token: "keyword.gql", foreground: hex(colour.word) },
      { token: "key.identifier.gql", foreground: hex(colour.name) },
      { token: "argument.identifier.gql", foreground: hex(colour.number) },
      { token: "type.identifier.gql", foreground: hex(colour.word) },
      { token: "string", foreground: hex(colour.text) },
      { token: "string.gql", foreground: hex(colour.text) },
      { token: "string.key.json", foreground: hex(colour.name) },
      { token: "string.value.json", foreground: hex(colour.text) },
      { token: "number", foreground: hex(colour.number) },
      { token: "keyword.json", foreground: hex(colour.number) },
      { token: "comment", foreground: hex(colour.quiet) },
      { token: "delimiter", foreground: hex(colour.quiet) },
    ],
    colors: {
      "editor.background": "#ffffff00",
      "editor.foreground": colour.ink,
      "editorLineNumber.foreground": colour.quiet,
      "editorLineNumber.activeForeground": colour.ink,
      "editorBracketHighlight.foreground1": colour.quiet,
      "editorBracketHighlight.foreground2": colour.quiet,
      "editorBracketHighlight.foreground3": colour.quiet,
      "editorBracketHighlight.foreground4": colour.quiet,
      "editorBracketHighlight.foreground5": colour.quiet,
      "editorBracketHighlight.foreground6": colour.quiet,
      "scrollbar.shadow": "#ffffff00",
      "textLink.foreground": colour.accent,
      "textLink.activeForeground": colour.accent,
      "editorLink.activeForeground": colour.accent,
      "editorHoverWidget.background": colour.paper,
      "editorHoverWidget.foreground": colour.ink,
      "editorSuggestWidget.background": colour.paper,
      "editorSuggestWidget.foreground": colour.ink,
      "editorSuggestWidget.selectedBackground": colour.wash,
      "editorSuggestWidget.selectedForeground": colour.ink,
      "editorSuggestWidget.highlightForeground": colour.accent,
      "editorWidget.background": colour.paper,
      "list.hoverBackground": colour.wash,
      "list.highlightForeground": colour.accent,
      "list.focusHighlightForeground": colour.accent,
      "menu.background": colour.paper,
      "menu.selectionBackground": colour.wash,
      "menu.selectionForeground": colour.ink,
      "quickInput.background": colour.paper,
      "quickInputList.focusBackground": colour.wash,
      "quickInputList.focusForeground": colour.ink,
      focusBorder: colour.accent,
    },
  };
}

/** Recolours the editors to the site's tokens as soon as Monaco is there. */
export function useEditorTheme(): void {
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => {
    if (!monaco) return;
    monaco.editor.defineTheme("graphiql-LIGHT", { base: "vs", ...theme(light) });
    monaco.editor.defineTheme("graphiql-DARK", { base: "vs-dark", ...theme(dark) });
  }, [monaco]);
}
