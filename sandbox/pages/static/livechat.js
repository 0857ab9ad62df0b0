// The site widget of the invented portal: what a page sees of Bitrix24's live chat (onBitrixLiveChat, setCustomData,
// subscribe), and a small window for the visitor. A second copy on the page makes a second widget in place of the first.
"use strict";
{
  const source = new URL(document.currentScript.src);
  const host = source.origin;
  const base = host + source.pathname.replace(/widget\.js$/, "");
  const store = "bitrix_livechat" + source.pathname;
  const TYPES = ["every", "configLoaded", "widgetOpen", "widgetClose", "sessionStart", "sessionOperatorChange",
    "sessionFinish", "operatorMessage", "userForm", "userMessage", "userVote"];
  const STYLE = "#bx-livechat{position:fixed;left:24px;bottom:24px;z-index:30;font:14px/1.4 sans-serif;color:#2f3b46}" +
    "#bx-livechat .bx-open{width:62px;height:62px;border:0;border-radius:50%;background:#2fc6f6;color:#fff;font-size:13px;" +
    "font-weight:700;box-shadow:0 6px 20px rgba(0,0,0,.25);cursor:pointer}" +
    "#bx-livechat .bx-window{position:absolute;left:0;bottom:76px;display:flex;flex-direction:column;width:330px;height:440px;" +
    "max-width:calc(100vw - 48px);overflow:hidden;border-radius:14px;background:#fff;box-shadow:0 10px 40px rgba(0,0,0,.25)}" +
    "#bx-livechat [hidden]{display:none}#bx-livechat header{padding:12px 16px;background:#2fc6f6;color:#fff;font-weight:700}" +
    "#bx-livechat .bx-list{flex:1;padding:12px;overflow-y:auto;background:#f5f8fa}" +
    "#bx-livechat .bx-list div{width:fit-content;max-width:80%;margin:0 0 8px;padding:7px 11px;border-radius:11px;background:#fff;" +
    "overflow-wrap:anywhere;white-space:pre-line}#bx-livechat .bx-list .bx-mine{margin-left:auto;background:#d3f2fe}" +
    "#bx-livechat .bx-list small{display:block;color:#7d8a96}#bx-livechat form{display:flex;gap:6px;padding:10px}" +
    "#bx-livechat input{flex:1;min-width:0;padding:8px 10px;border:1px solid #cfd7de;border-radius:8px;font:inherit}" +
    "#bx-livechat form button{padding:8px 12px;border:0;border-radius:8px;background:#2fc6f6;color:#fff;cursor:pointer}";

  async function post(path, body) {
    const answer = await fetch(base + path, { method: "POST", body: JSON.stringify(body) });
    return answer.json();
  }

  function LiveChatWidget() {
    this.customData = null;
    this.user = {};
    this.listeners = [];
    this.options = {};
    this.visitor = localStorage.getItem(store) || "";
    this.shown = 0;
  }

  LiveChatWidget.SubscriptionType = Object.fromEntries(TYPES.map(function (type) { return [type, type]; }));

  LiveChatWidget.prototype = {
    setOption: function (name, value) { this.options[name] = value; },
    addLocalize: function (texts) { Object.assign(this.options, texts); },
    setUserRegisterData: function (user) { this.user = user || {}; },
    setCustomData: function (data) { this.customData = data; },
    subscribe: function (order) { this.listeners.push(order); },
    tell: function (type, data) {
      this.listeners.filter(function (each) { return each.type === type || each.type === "every"; })
        .forEach(function (each) { each.callback(data, { type: type }); });
    },
    open: function () {
      this.window.hidden = false;
      this.tell("widgetOpen", {});
      this.refresh("open", {});
    },
    close: function () { this.window.hidden = true; this.tell("widgetClose", {}); },
    refresh: async function (path, more) {
      const answer = await post(path, Object.assign({ visitor: this.visitor }, more));
      if (answer.error) return this.show([{ text: answer.error, author: "Онлайн-чат" }]);
      this.visitor = answer.visitor;
      localStorage.setItem(store, this.visitor);
      if (answer.messages.length > this.shown && answer.messages.some(function (each) { return !each.mine; })) {
        this.tell("operatorMessage", {});
      }
      this.shown = answer.messages.length;
      return this.show(answer.messages);
    },
    write: async function (text) {
      const name = [this.user.name, this.user.lastName].filter(Boolean).join(" ");
      if (!this.visitor) await this.refresh("open", {});
      if (!this.shown) this.tell("sessionStart", {});
      await this.refresh("write", { text: text, custom_data: this.customData, page: location.href, name: name });
      this.tell("userMessage", { text: text });
    },
    show: function (messages) {
      const list = this.window.querySelector(".bx-list");
      list.replaceChildren();
      messages.forEach(function (each) {
        const bubble = document.createElement("div");
        bubble.className = each.mine ? "bx-mine" : "";
        bubble.textContent = each.text;
        (each.files || []).forEach(function (file) {
          const link = document.createElement("a");
          link.href = file.url;
          link.textContent = file.name;
          bubble.append(document.createElement("br"), link);
        });
        const note = document.createElement("small");
        note.textContent = [each.author, each.edited ? "изменено" : ""].filter(Boolean).join(" · ");
        if (note.textContent) bubble.append(note);
        list.append(bubble);
      });
      list.scrollTop = list.scrollHeight;
    },
    draw: function () {
      const old = document.getElementById("bx-livechat");
      if (old) old.remove();
      const box = document.createElement("section");
      box.id = "bx-livechat";
      box.innerHTML = '<style></style><button type="button" class="bx-open" aria-label="Онлайн-чат Битрикс24">Чат 24</button>' +
        '<div class="bx-window" hidden><header>Онлайн-чат</header><div class="bx-list" aria-live="polite"></div>' +
        '<form><input name="text" placeholder="Сообщение" aria-label="Сообщение в онлайн-чат" autocomplete="off" required>' +
        '<button aria-label="Отправить в онлайн-чат">→</button></form></div>';
      box.querySelector("style").textContent = STYLE;
      this.window = box.querySelector(".bx-window");
      const widget = this;
      box.querySelector(".bx-open").onclick = function () { if (widget.window.hidden) widget.open(); else widget.close(); };
      box.querySelector("form").onsubmit = function (event) {
        event.preventDefault();
        const field = event.target.elements.text;
        widget.write(field.value);
        field.value = "";
      };
      document.body.append(box);
      setInterval(function () { if (!widget.window.hidden && box.isConnected) widget.refresh("open", {}); }, 1500);
    },
  };

  window.BX = window.BX || {};
  window.BX.LiveChatWidget = LiveChatWidget;
  window.dispatchEvent(new CustomEvent("onBitrixLiveChatSourceLoaded"));
  setTimeout(function () {
    const widget = new LiveChatWidget();
    widget.draw();
    widget.tell("configLoaded", {});
    window.dispatchEvent(new CustomEvent("onBitrixLiveChat", {
      detail: { widget: widget, widgetCode: "sandbox", widgetHost: host },
    }));
  }, 0);
}
