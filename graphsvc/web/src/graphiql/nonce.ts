/**
 * Gives every `<style>` that Monaco, Radix or Framer Motion make at run time the nonce of this page, so that the
 * Content-Security-Policy can go without 'unsafe-inline' for style sheets. Must be the first import of the page.
 */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
const createElement = document.createElement.bind(document);

document.createElement = (name: string, options?: ElementCreationOptions): HTMLElement => {
  const element = createElement(name, options);
  if (element instanceof HTMLStyleElement) element.nonce = nonce;
  return element;
};

export {};
