// Keys: any link, button or input with data-keys="a ArrowRight mod+Enter". Plain keys are silent while
// a person types and while an IME composes; mod (Ctrl or Cmd) combinations work inside a text too.
const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Enter: "Enter", mod: MAC ? "⌘" : "Ctrl" };

const typing = (element) => element?.isContentEditable || element?.matches?.("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=range])");
const keysOf = (element) => element.dataset.keys.split(/\s+/);
const usable = (element) => !element.disabled && element.getClientRects().length > 0;

function pressed(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return (event.ctrlKey || event.metaKey) ? `mod+${key}` : key;
}

function act(element) {
  if (element.matches("input:not([type=checkbox], [type=radio]), textarea")) { element.focus(); element.select?.(); }
  else element.click();
}

function show(dialog) {
  const list = dialog.querySelector("[data-keys-list]");
  for (const old of list.querySelectorAll("[data-here]")) old.remove();
  const shown = new Set(["/", "?"]);
  for (const element of document.querySelectorAll("[data-keys]")) {
    const keys = keysOf(element).filter((key) => !shown.has(key));
    if (!keys.length || !usable(element)) continue;
    keys.forEach((key) => shown.add(key));
    const term = document.createElement("dt"), text = document.createElement("dd");
    term.dataset.here = text.dataset.here = "";
    for (const key of keys) {
      const sign = document.createElement("kbd");
      sign.textContent = key.split("+").map((part) => NAMES[part] ?? part.toUpperCase()).join(" ");
      term.append(sign);
    }
    text.textContent = element.dataset.keysLabel ?? element.getAttribute("aria-label") ?? [...element.childNodes].filter((n) => n.nodeName !== "KBD").map((n) => n.textContent).join("").trim();
    list.append(term, text);
  }
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.altKey) return;
  const key = pressed(event);
  const inText = typing(event.target);
  if (key === "Escape" && inText) return event.target.blur();
  if (inText && !key.startsWith("mod+")) return;
  if (document.querySelector("dialog[open], .confirm:popover-open") && !key.startsWith("mod+")) return;
  if (!inText && key === "Enter") return;
  const help = document.querySelector("[data-keys-help]");
  if (key === "?" && help) { event.preventDefault(); return show(help); }
  const found = [...document.querySelectorAll("[data-keys]")].find((one) => keysOf(one).includes(key) && usable(one));
  if (!found) return;
  event.preventDefault();
  act(found);
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-keys-open]")) show(document.querySelector("[data-keys-help]"));
});
