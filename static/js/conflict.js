// Two people wrote at once: show the difference, and let both texts live. components/_conflict.html is its face.
import * as buffer from "./buffer.js";

const part = (form, selector) => form.querySelector(selector) ?? document.querySelector(selector);

export function meet(form, body, { keepMine, keepTheirs }) {
  const place = part(form, "[data-autosave-conflict]");
  if (!place) return;
  place.hidden = false;
  const diff = place.querySelector("[data-autosave-diff]");
  if (diff && body.html) diff.innerHTML = body.html;
  place.querySelector("[data-autosave-keep=mine]").onclick = () => { place.hidden = true; keepMine(); };
  place.querySelector("[data-autosave-keep=theirs]").onclick = keepTheirs;
  place.scrollIntoView({ block: "nearest" });
}

// After "open theirs": my own text, set aside on this machine until I throw it away.
export function remind(form, url) {
  const place = part(form, "[data-autosave-aside]");
  const kept = buffer.aside(url);
  if (!place || !kept) return;
  place.hidden = false;
  place.querySelector("[data-autosave-text]").textContent = Object.entries(kept.fields)
    .filter(([, value]) => typeof value === "string" && value.length > 2).map(([name, value]) => `${name}\n${value}`).join("\n\n");
  place.querySelector("[data-autosave-discard]").onclick = () => { buffer.discardAside(url); place.hidden = true; };
}
