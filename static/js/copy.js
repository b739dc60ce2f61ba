// <button data-copy="#id" data-done="Copied">: the text or value of another element, onto the clipboard.
import { bind } from "./bind.js";
import { say } from "./toast.js";

bind("[data-copy]", (button) => {
  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.copy);
    const text = source.value ?? source.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      source.select ? source.select() : getSelection().selectAllChildren(source);
      document.execCommand("copy");
    }
    say(button.dataset.done, "ok");
  });
});
