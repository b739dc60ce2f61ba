// Turns in the editor: two boxes more (an earlier response and the next instruction), or two less.
// Without JavaScript the same buttons post the form, and the server does it.
import { bind } from "./bind.js";

bind("[data-turns]", (list) => {
  const form = list.closest("form");
  const template = form.querySelector("template[data-turn-template]");
  const remove = list.querySelector("[data-turn-remove]");
  const boxes = () => [...list.querySelectorAll(".turn-field")];

  function add() {
    const made = template.content.cloneNode(true);
    made.querySelectorAll("textarea").forEach((box, i) => {
      box.id = `turn-${boxes().length + i}`;
      box.closest(".turn-field").querySelector("label").htmlFor = box.id;
    });
    boxes().at(-1).after(made);
    tell();
  }

  function tell() {
    remove.hidden = boxes().length < 3;
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  list.querySelector("[data-turn-add]").addEventListener("click", (event) => {
    event.preventDefault();
    add();
    boxes().at(-2).querySelector("textarea").focus();
  });
  remove.addEventListener("click", (event) => {
    event.preventDefault();
    boxes().slice(-2).forEach((box) => box.remove());
    boxes().at(-1).querySelector("textarea").focus();
    tell();
  });
  // Text kept on this machine may have more turns than the page came with.
  form.addEventListener("autosave:recovered", ({ detail }) => {
    const wanted = [detail.fields.turn].flat().length;
    while (boxes().length < wanted) add();
  });
});
