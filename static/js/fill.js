// [data-fill="#id"] of buttons [data-fill-with="text"]: a click puts the text into the field.
import { bind } from "./bind.js";

bind("[data-fill]", (group) => {
  const field = document.querySelector(group.dataset.fill);
  const mark = () => {
    for (const button of group.querySelectorAll("[data-fill-with]"))
      button.setAttribute("aria-pressed", String(button.dataset.fillWith === field.value.trim()));
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
