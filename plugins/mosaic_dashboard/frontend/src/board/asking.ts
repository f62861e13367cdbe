/** A dialog that asks before something ends: with a reason, which is kept. */
interface Question {
  title: string;
  text: string;
  items: readonly string[];
  field: string;
  button: string;
}

const MOST_ITEMS = 5;

/** Ask; answers what was written, or null where it was put off. */
export function ask(question: Question): Promise<string | null> {
  const before = document.activeElement;
  const dialog = make("dialog", "board-dialog");
  const form = make("form", "stack");
  form.method = "dialog";
  const title = make("h2", "", question.title);
  title.id = "board-dialog-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const list = make("ul", "board-dialog-items");
  for (const item of question.items.slice(0, MOST_ITEMS)) list.append(make("li", "", item));
  if (question.items.length > MOST_ITEMS) list.append(make("li", "", `and ${question.items.length - MOST_ITEMS} more`));
  const field = make("label", "field");
  const input = make("input", "");
  input.type = "text";
  input.maxLength = 500;
  input.autocomplete = "off";
  field.append(make("span", "", question.field), input);
  const buttons = make("div", "row board-dialog-buttons");
  const back = make("button", "", "Leave it");
  back.type = "button";
  const go = make("button", "board-dialog-go", question.button);
  buttons.append(back, go);
  form.append(title, make("p", "", question.text), ...(question.items.length ? [list] : []), field, buttons);
  dialog.append(form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    let answer: string | null = null;
    form.onsubmit = () => {
      answer = input.value.trim();
    };
    back.onclick = () => dialog.close();
    dialog.onclose = () => {
      dialog.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
      resolve(answer);
    };
    dialog.showModal();
    input.focus();
  });
}

function make<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, name: string, text = ""): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}
