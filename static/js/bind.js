// Give behaviour to elements by selector: now, and to those that arrive later by htmx or a live part.
const bindings = [];

export function bind(selector, attach) {
  const seen = new WeakSet();
  const run = (root) => {
    const found = [...root.querySelectorAll(selector)];
    if (root instanceof Element && root.matches(selector)) found.unshift(root);
    for (const element of found) {
      if (seen.has(element)) continue;
      seen.add(element);
      attach(element);
    }
  };
  bindings.push(run);
  run(document);
}

export function bindWithin(root) {
  for (const run of bindings) run(root);
}

document.addEventListener("htmx:load", (event) => bindWithin(event.detail.elt));
