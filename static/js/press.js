// Between a press and its release nothing is drawn anew: the click would have lost its button.
let down = false;
const waiting = [];

/* At once, or when whatever is pressed now has been released and clicked. */
export const released = () => down ? new Promise((go) => waiting.push(go)) : Promise.resolve();

function release() {
  down = false;
  for (const go of waiting.splice(0)) go();
}

addEventListener("pointerdown", () => { down = true; }, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(release), true); // after the click
