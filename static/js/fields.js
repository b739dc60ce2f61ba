// A form's fields as a plain object, and back. A name that several controls share is a list.
const SKIP = new Set(["csrfmiddlewaretoken"]);

// Two readings of a field: as it stands, and as the server sent it, whatever was typed since.
const NOW = { text: (field) => field.value, on: (box) => box.checked, chosen: (option) => option.selected };
const SENT = { text: (field) => field.defaultValue, on: (box) => box.defaultChecked, chosen: (option) => option.defaultSelected };

export const readFields = (form) => read(form, NOW);
export const readSent = (form) => read(form, SENT);

function choice(select, reading) {
  const options = [...select.options];
  const values = options.filter(reading.chosen).map((option) => option.value);
  return select.multiple ? values : values.at(-1) ?? options[0]?.value ?? "";
}

function read(form, reading) {
  const fields = {};
  for (const element of form.elements) {
    const { name, type } = element;
    if (!name || SKIP.has(name) || element.disabled || ["submit", "button", "file", "reset"].includes(type)) continue;
    if (element.closest("[data-autosave-skip]")) continue;
    if (type === "radio") { if (reading.on(element)) fields[name] = element.value; continue; }
    const value = type === "checkbox" ? reading.on(element) : element.options ? choice(element, reading) : reading.text(element);
    if (type === "checkbox" && form.querySelectorAll(`[type=checkbox][name="${CSS.escape(name)}"]`).length > 1) {
      fields[name] ??= [];
      if (reading.on(element)) fields[name].push(element.value);
    } else if (name in fields) {
      fields[name] = [fields[name]].flat().concat(value);
    } else {
      fields[name] = value;
    }
  }
  return fields;
}

export function writeFields(form, fields) {
  const used = {};
  for (const element of form.elements) {
    if (!(element.name in fields)) continue;
    const value = fields[element.name];
    if (element.type === "radio") element.checked = element.value === value;
    else if (element.type === "checkbox") element.checked = Array.isArray(value) ? value.includes(element.value) : Boolean(value);
    else if (element.type === "select-multiple") for (const option of element.options) option.selected = value.includes(option.value);
    else if (Array.isArray(value)) element.value = value[(used[element.name] = (used[element.name] ?? -1) + 1)] ?? "";
    else element.value = value;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

export const sameFields = (one, other) => JSON.stringify(one) === JSON.stringify(other);
