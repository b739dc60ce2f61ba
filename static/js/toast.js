// Short words at the foot of the page: from Django's messages, from an htmx answer's HX-Trigger
// {"studio:toast": {"text": "…", "tone": "ok"}}, or from another module.
import { bind, bindWithin } from "./bind.js";

const STAY = 6000;

bind("[data-toast]", (toast) => {
  let timer = setTimeout(() => toast.remove(), STAY);
  const hold = () => clearTimeout(timer);
  const release = () => { timer = setTimeout(() => toast.remove(), STAY); };
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, release);
  toast.querySelector("[data-close]").addEventListener("click", () => { hold(); toast.remove(); });
});

export function say(text, tone = "accent") {
  const place = document.querySelector("[data-toasts]");
  const made = document.querySelector("template[data-toast-template]").content.cloneNode(true);
  const toast = made.querySelector("[data-toast]");
  toast.classList.replace("tone-accent", `tone-${tone}`);
  toast.querySelector(".text").textContent = text;
  place.append(made);
  bindWithin(toast);
}

// An htmx request that came to nothing is said aloud, in the server's words.
const failed = (name) => () => say(document.querySelector("[data-toasts]").dataset[name], "warn");
document.addEventListener("htmx:sendError", failed("lost"));
document.addEventListener("htmx:responseError", failed("refused"));

document.addEventListener("studio:toast", (event) => say(event.detail.text ?? event.detail.value, event.detail.tone));
