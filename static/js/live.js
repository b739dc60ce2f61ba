// <div data-live-url="…" data-live-every="3">: fetched again while it is on screen. The server answers
// with the same part; 286 or a part without data-live-url ends it. What says the same as before is left
// alone, piece by piece, so that a chart keeps its cursor and the keyboard its place; and so is, whatever
// the server says, what holds a field that somebody is in or has changed.
import { bind, bindWithin } from "./bind.js";
import { isHeld, patch, remember, written } from "./patch.js";
import { released } from "./press.js";

bind("[data-live-url]", (part) => {
  const every = () => Number(part.dataset.liveEvery || 3) * 1000;
  let wait = every(), timer = null;
  remember(part);

  async function look() {
    if (!part.isConnected) return;
    if (document.hidden) return again();
    try {
      const answer = await fetch(part.dataset.liveUrl, { headers: { "X-Live": "1" }, redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403 || answer.status === 404) return;
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      await released();
      place(text);
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
    const fresh = same ?? made, pieces = [...fresh.children], back = places(part);
    remember(fresh);
    if (written(fresh) === written(part) || isHeld(part)) patch(part, fresh);
    else part.replaceChildren(...fresh.childNodes);
    for (const piece of pieces) if (piece.isConnected) window.htmx?.process(piece);
    bindWithin(part);
    back();
    if (part.dataset.liveUrl === undefined) part.dispatchEvent(new CustomEvent("studio:live-end", { bubbles: true }));
  }

  function again() { clearTimeout(timer); timer = setTimeout(look, wait); }
  document.addEventListener("visibilitychange", () => { if (!document.hidden && part.dataset.liveUrl) { wait = every(); look(); } });
  again();
});

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
const sameness = (one) => [one.tagName, one.id, one.name, one.value, one.getAttribute("href"), one.form?.getAttribute("action")].join("\n");

/* What a reader would lose where a piece is drawn anew: open details, the focus (told by what an element
   is and does), and how far tables and logs were scrolled; a log that was at its end stays there. */
function places(part) {
  const open = [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
  const focused = part.contains(document.activeElement) ? document.activeElement : null, was = focused && sameness(focused);
  const boxes = () => [...part.querySelectorAll(".table-wrap, .log")];
  const scrolled = boxes().map((one) => [one.scrollLeft, atEnd(one) ? Infinity : one.scrollTop]);
  return () => {
    for (const id of open) part.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
    boxes().forEach((one, at) => { if (scrolled[at]) one.scrollTo(scrolled[at][0], Math.min(scrolled[at][1], one.scrollHeight)); });
    if (focused && !focused.isConnected) [...part.querySelectorAll(FOCUSABLE)].find((one) => sameness(one) === was)?.focus({ preventScroll: true });
  };
}

const atEnd = (box) => box.scrollTop > 0 && box.scrollTop + box.clientHeight >= box.scrollHeight - 4;
