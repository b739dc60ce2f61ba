// Tabs within a page: <div class="tabs" data-tabs> of buttons with aria-controls. Without JavaScript all panels show.
import { bind } from "./bind.js";

bind("[data-tabs]", (list) => {
  const tabs = [...list.querySelectorAll("button[aria-controls]")];
  const panel = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
  list.setAttribute("role", "tablist");
  for (const tab of tabs) {
    tab.setAttribute("role", "tab");
    panel(tab).setAttribute("role", "tabpanel");
    panel(tab).setAttribute("aria-labelledby", (tab.id ||= `${tab.getAttribute("aria-controls")}-tab`));
  }

  function choose(chosen) {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panel(tab).hidden = tab !== chosen;
    }
    panel(chosen).dispatchEvent(new CustomEvent("studio:shown", { bubbles: true }));
  }

  list.addEventListener("click", (event) => {
    const tab = event.target.closest("button[aria-controls]");
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const next = tabs.at((tabs.indexOf(document.activeElement) + step) % tabs.length);
    choose(next);
    next.focus();
  });
  choose(tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0]);
});
