// The editor's own behaviour, around autosave.js. docs/ui.md has the events.
import "./turns.js";
import "./several.js";
import "./fill.js";
import "./meter.js";
import { bind } from "./bind.js";

bind("form[data-editor]", (form) => {
  // After the first autosave the pair exists: a plain submit goes to it, on top of what was saved.
  form.addEventListener("autosave:saved", ({ detail }) => {
    form.elements.revision.value = detail.revision;
    if (detail.page) form.action = detail.page;
    if (detail.pair) form.elements.pair.value = detail.pair;
  });
  // Ctrl+S saves where one is; without JavaScript the same button posts the form.
  form.querySelector("[data-save]").addEventListener("click", (event) => {
    event.preventDefault();
    form.dispatchEvent(new CustomEvent("autosave:now"));
  });
});
