// The visitor's chat window: writes with files and quotes, edits, and asks for answers every 1.5 seconds while it is open.
"use strict";
{
  const box = document.getElementById("chat");
  const list = document.getElementById("chat-messages");
  const form = document.getElementById("chat-form");
  const replying = form.querySelector(".replying");
  const url = box.dataset.url;
  let shown = "";
  let quoted = null;
  let edited = null;

  function show(chat) {
    const state = JSON.stringify(chat);
    if (state === shown) return;
    shown = state;
    list.replaceChildren();
    if (!chat.messages.length) add({ text: "Здравствуйте! Чем помочь?" });
    chat.messages.forEach(add);
    if (chat.closed) add({ text: "Чат завершён. Новое сообщение начнёт новый.", system: true });
    form.querySelector(".who").hidden = chat.messages.some(function (each) { return each.mine; }) && !chat.closed;
    list.scrollTop = list.scrollHeight;
  }

  function part(tag, text, className) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function add(each) {
    const bubble = part("div", "", "bubble " + (each.mine ? "mine" : each.system ? "system" : ""));
    if (each.quote) bubble.append(part("blockquote", each.quote));
    if (!each.file || each.text !== each.file.name) bubble.append(part("span", each.text));
    if (each.file) {
      const link = part("a", each.file.name, "file");
      link.href = each.file.url;
      link.target = "_blank";
      bubble.append(link);
    }
    if (each.edited) bubble.append(part("small", "изменено"));
    if (each.id && !each.system) bubble.append(actions(each));
    list.append(bubble);
  }

  function actions(each) {
    const row = part("small", "", "acts");
    row.append(action("ответить", function () { prepare(each, null); }));
    if (each.mine && !each.file) row.append(action("изменить", function () { prepare(null, each); }));
    return row;
  }

  // Its words are drawn by the style sheet: they are no part of what was said.
  function action(words, act) {
    const button = part("button", "");
    button.type = "button";
    button.dataset.words = words;
    button.setAttribute("aria-label", words);
    button.onclick = act;
    return button;
  }

  function prepare(toQuote, toEdit) {
    quoted = toQuote;
    edited = toEdit;
    replying.hidden = !quoted && !edited;
    replying.firstElementChild.textContent = quoted ? "Ответ на: " + quoted.text : edited ? "Изменение сообщения" : "";
    if (edited) form.elements.text.value = edited.text;
    form.elements.text.focus();
  }

  async function refresh() {
    if (box.hidden) return;
    const answer = await fetch(url + "?seen=1");
    if (answer.ok) show(await answer.json());
  }

  function post() {
    const text = form.elements.text.value;
    if (edited) {
      return fetch(url + "/" + edited.id + "/edit", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text: text }),
      });
    }
    const given = new FormData(form);
    given.set("page", box.dataset.page);
    if (quoted) given.set("reply_to", quoted.id);
    if (!form.elements.file.files.length) given.delete("file");
    const session = window.Comagic && window.Comagic.getSessionId();
    if (session) given.set("session", session);
    return fetch(url, { method: "POST", body: given });
  }

  async function send(event) {
    event.preventDefault();
    const answer = await post();
    const body = await answer.json();
    if (!answer.ok) return add({ text: body.error, system: true });
    form.elements.text.value = "";
    form.elements.file.value = "";
    prepare(null, null);
    show(body);
  }

  function toggle(open) {
    box.hidden = !open;
    if (open) { refresh(); form.elements.text.focus(); }
  }

  form.addEventListener("submit", send);
  replying.lastElementChild.onclick = function () { prepare(null, null); form.elements.text.value = ""; };
  form.elements.file.onchange = function () {
    form.querySelector(".attach").classList.toggle("chosen", form.elements.file.files.length > 0);
  };
  document.getElementById("chat-toggle").onclick = function () { toggle(box.hidden); };
  document.getElementById("open-chat").onclick = function () { toggle(true); };
  document.addEventListener("comagic:chat", function () { toggle(true); });
  setInterval(refresh, 1500);
}
