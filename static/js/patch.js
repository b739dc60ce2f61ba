// Bring the pieces (child elements) of a part to what the server says of them now, touching as few as can
// be: one that says the same stays, and so does one in which somebody writes, however many come or go.
const said = new WeakMap();

/* What a piece says. A form's token is another each time, and says the same. */
const saying = (piece) => piece.outerHTML.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");

/* Of two pieces the same, whatever they say: an id; what a form does; of a row, where it leads; else kind and order. */
const kind = (piece) => piece.id || [piece.tagName, piece.className, leads(piece.matches("li, tr") ? piece.querySelector("form[action], a[href]") : piece)].join("\n");
const leads = (one) => one?.getAttribute("action") ?? one?.getAttribute("href");

/* A part's own text, between its pieces. */
export const written = (part) => [...part.childNodes].filter((one) => one.nodeType === Node.TEXT_NODE).map((one) => one.data.trim()).join("");

/* Take what is there for what the server says. */
export function remember(part) {
  for (const piece of part.children) said.set(piece, saying(piece));
}

export function patch(part, fresh) {
  const there = [...part.children], waiting = new Map();
  for (const one of there) waiting.set(kind(one), [...waiting.get(kind(one)) ?? [], one]);
  const wanted = [...fresh.children].map((piece) => chosen(waiting.get(kind(piece))?.shift(), piece));
  for (const left of there.filter((one) => !wanted.includes(one) && isHeld(one)))
    wanted.splice(wanted.indexOf(left.previousElementSibling) + 1, 0, left);
  for (const one of there) if (!wanted.includes(one)) one.remove();
  let next = part.firstElementChild;
  for (const piece of wanted) {
    if (piece === next) next = next.nextElementSibling;
    else part.insertBefore(piece, next);
  }
}

/* The piece that is there, where it may stay; within one that is held the rest is brought up to date. */
function chosen(old, piece) {
  if (!old) return piece;
  if (isHeld(old)) {
    if (old.tagName !== "FORM" && written(old) === written(piece)) within(old, piece);
    return old;
  }
  return said.get(old) === said.get(piece) ? old : piece;
}

function within(old, piece) {
  remember(piece);
  patch(old, piece);
}

const FIELDS = "input:not([type=hidden]), textarea, select";
export const isHeld = (piece) => [piece, ...piece.querySelectorAll(FIELDS)].some((one) => one.matches(FIELDS) && (one === document.activeElement || isChanged(one)));

function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const options = [...field.options], marked = options.some((one) => one.defaultSelected);
  return options.some((one, at) => one.selected !== (marked || field.multiple ? one.defaultSelected : at === 0));
}
