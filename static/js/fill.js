// [data-fill="#id"] of buttons [data-fill-with="text"]: a click puts the text into the field. Of many, only
// those are shown that hold what was typed so far.
import { bind } from "./bind.js";

const MANY = 20;

bind("[data-fill]", (group) => {
  const field = document.querySelector(group.dataset.fill);
  const buttons = [...group.querySelectorAll("[data-fill-with]")];
  const holds = (button, typed) => button.dataset.fillWith.toLowerCase().includes(typed.toLowerCase());
  const mark = () => {
    const typed = field.value.trim();
    const chosen = buttons.some((button) => button.dataset.fillWith === typed);
    const found = buttons.length > MANY && typed && !chosen ? buttons.filter((button) => holds(button, typed)) : buttons;
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.fillWith === typed));
      button.hidden = found.length > 0 && !found.includes(button);
    }
  };
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill-with]");
    if (!button) return;
    field.value = button.dataset.fillWith;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.addEventListener("input", mark);
  mark();
});
