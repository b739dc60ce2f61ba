// <div data-live-url="…" data-live-every="3">: fetched again while it is on screen. The server answers
// with the same part; 286 or a part without data-live-url ends it. A part with equal text is left alone.
import { bind, bindWithin } from "./bind.js";

bind("[data-live-url]", (part) => {
  const every = () => Number(part.dataset.liveEvery || 3) * 1000;
  let wait = every(), timer = null, before = null;

  async function look() {
    if (!part.isConnected) return;
    if (document.hidden || part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return again();
    try {
      const answer = await fetch(part.dataset.liveUrl, { headers: { "X-Live": "1" }, redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403 || answer.status === 404) return;
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (text !== before) place(text);
      before = text;
      wait = every();
      part.removeAttribute("data-live-lost");
      if (answer.status === 286 || !part.dataset.liveUrl) return;
    } catch {
      wait = Math.min(wait * 2, 60000);
      part.setAttribute("data-live-lost", "");
    }
    again();
  }

  function place(text) {
    const made = new DOMParser().parseFromString(text, "text/html").body;
    const same = made.firstElementChild?.id && made.firstElementChild.id === part.id ? made.firstElementChild : null;
    if (same && !same.dataset.liveUrl) delete part.dataset.liveUrl;
    const open = [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
    part.replaceChildren(...(same ?? made).childNodes);
    for (const id of open) part.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
    window.htmx?.process(part);
    bindWithin(part);
    if (part.dataset.liveUrl === undefined) part.dispatchEvent(new CustomEvent("studio:live-end", { bubbles: true }));
  }

  function again() { clearTimeout(timer); timer = setTimeout(look, wait); }
  document.addEventListener("visibilitychange", () => { if (!document.hidden && part.dataset.liveUrl) { wait = every(); look(); } });
  again();
});
