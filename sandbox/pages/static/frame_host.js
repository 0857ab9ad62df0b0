// The parent side of the protocol between an application's frame and the portal.
// A frame gets its place in window.name ("DOMAIN|PROTOCOL|APP_SID"); it sends strings
// "command:parameters:callback:APP_SID" (parameters are JSON and may be absent) and is answered "callback:JSON".
// Every div.app-frame of the page carries its settings in a script of type application/json.
"use strict";
{
  const frames = [];
  const PATHS = /^\/(crm\/(deal|lead|contact|company|type)|marketplace|company\/personal\/user\/[0-9]+|workgroups\/group\/[0-9]+)\//;

  class Refused extends Error {}

  function Frame(holder) {
    this.holder = holder;
    this.settings = JSON.parse(holder.querySelector("script").textContent);
    this.auth = this.settings.auth;
    this.listeners = {};
  }

  // A form posted into a named frame: that is how the portal starts an application.
  Frame.prototype.start = function () {
    if (this.frame) return;
    const settings = this.settings;
    this.frame = document.createElement("iframe");
    this.frame.name = [settings.domain, settings.protocol, settings.sid].join("|");
    this.frame.title = settings.title;
    this.frame.allow = "clipboard-read; clipboard-write; microphone; camera";
    this.holder.append(this.frame);
    const form = document.createElement("form");
    form.method = "POST";
    form.action = settings.action;
    form.target = this.frame.name;
    Object.entries(settings.fields).forEach(function (field) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = field[0];
      input.value = field[1];
      form.append(input);
    });
    this.holder.append(form);
    form.submit();
    form.remove();
  };

  Frame.prototype.post = async function (action, body) {
    const answer = await fetch(this.settings.service + action, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body || {}),
    });
    if (!answer.ok) throw new Refused(action + ": " + answer.status);
    return answer.json();
  };

  Frame.prototype.emit = function (event, data) {
    const listener = this.listeners[event];
    if (listener) listener(data);
  };

  const commands = {
    getInitData: function (frame) {
      const s = frame.settings;
      return Object.assign({
        LANG: s.lang, DOMAIN: s.domain, PROTOCOL: s.protocol, PATH: "/rest", MEMBER_ID: s.member_id, IS_ADMIN: s.is_admin,
        APP_OPTIONS: s.app_options, USER_OPTIONS: s.user_options, PLACEMENT: s.placement,
        PLACEMENT_OPTIONS: s.placement_options, INSTALL: s.install, FIRST_RUN: s.first_run,
      }, frame.auth);
    },
    refreshAuth: async function (frame) {
      frame.auth = await frame.post("refresh");
      return frame.auth;
    },
    setInstall: async function (frame, params) { return frame.post("first-run", { done: Boolean(params.install) }); },
    // Only an installer has something to finish; elsewhere the call has no effect.
    setInstallFinish: async function (frame) {
      if (!frame.settings.install) return { result: false };
      const answer = await frame.post("install-finish");
      const next = new URL(answer.url, location.origin);
      ["IFRAME", "IFRAME_TYPE"].forEach(function (name) {
        const kept = new URLSearchParams(location.search).get(name);
        if (kept) next.searchParams.set(name, kept);
      });
      location.replace(next.href);
      return answer;
    },
    setAppOption: function (frame, params) { return frame.post("app-option", params); },
    setUserOption: function (frame, params) { return frame.post("user-option", params); },
    resizeWindow: function (frame, params) {
      const height = parseInt(params.height, 10);
      frame.frame.style.width = params.width === "100%" ? "100%" : (parseInt(params.width, 10) || 100) + "px";
      if (height > 0) frame.frame.style.height = height + "px";
      return { width: frame.holder.offsetWidth, height: height };
    },
    reloadWindow: function () { location.reload(); return {}; },
    setTitle: function (frame, params) {
      const title = document.getElementById("pagetitle");
      if (title) title.textContent = params.title;
      return {};
    },
    setScroll: function (frame, params) {
      window.scrollTo({ top: params.scroll || 0 });
      return {};
    },
    openApplication: function (frame, params) {
      const given = Object.entries(params).filter(function (pair) { return !pair[0].startsWith("bx24_"); });
      const url = frame.settings.open_url + "?params=" + encodeURIComponent(JSON.stringify(Object.fromEntries(given)));
      return slide(url, { width: params.bx24_width, title: params.bx24_title, leftBoundary: params.bx24_leftBoundary });
    },
    closeApplication: function () {
      const host = window.parent.Portal;
      if (window.parent !== window && host) host.closeFor(window);
      return {};
    },
    openPath: function (frame, params) {
      const address = new URL(params.path, location.origin);
      if (!PATHS.test(params.path) || address.origin !== location.origin) {
        return { result: "error", errorCode: "PATH_NOT_AVAILABLE" };
      }
      address.searchParams.set("from", "rest_placement");
      address.searchParams.set("from_app", frame.settings.client_id);
      return slide(address.href, {}).then(function () { return { result: "close" }; });
    },
    selectUser: async function (frame, params) {
      const people = frame.settings.users;
      const chosen = await Portal.choose("Выберите сотрудника", people.map(function (each) {
        return { value: each.id, label: each.name };
      }), params.mult);
      const found = people.filter(function (each) { return chosen.includes(String(each.id)); });
      return params.mult ? found : (found[0] || null);
    },
    selectAccess: async function (frame) {
      const people = frame.settings.users;
      const chosen = await Portal.choose("Выберите права доступа", people.map(function (each) {
        return { value: "U" + each.id, label: each.name };
      }), true);
      return people.filter(function (each) { return chosen.includes("U" + each.id); }).map(function (each) {
        return { id: "U" + each.id, name: each.name };
      });
    },
    selectCRM: async function (frame, params) {
      const found = await frame.post("crm-items", { types: params.entityType || [] });
      const chosen = await Portal.choose("Выберите элемент CRM", found.items.map(function (each) {
        return { value: each.id, label: each.title };
      }), params.multiple);
      const answer = {};
      found.items.filter(function (each) { return chosen.includes(each.id); }).forEach(function (each) {
        answer[each.type] = answer[each.type] || [];
        answer[each.type].push(each);
      });
      return answer;
    },
    getInterface: function (frame) { return { command: frame.settings.commands, event: frame.settings.events }; },
    placementBindEvent: function (frame, params, answer) {
      if (frame.settings.events.includes(params.event)) frame.listeners[params.event] = answer;
    },
    // The messenger reports nothing back.
    imCallTo: function (frame, params) { Portal.toast("Звонок пользователю " + params.userId); },
    imPhoneTo: function (frame, params) { Portal.toast("Звонок на номер " + params.phone); },
    imOpenMessenger: function (frame, params) { Portal.toast("Чат " + (params.dialogId || "")); },
    imOpenHistory: function (frame, params) { Portal.toast("История чата " + (params.dialogId || "")); },
  };

  // Commands that belong to a placement, answered only where the placement has registered them.
  const placementCommands = {
    reloadData: async function () { await Portal.reloadParts(); return []; },
  };

  function slide(url, options) {
    const host = window.top.Portal || window.Portal;
    return new Promise(function (resolve) {
      host.openSlider(url, options, function () { resolve({}); });
    });
  }

  function parse(message) {
    const parts = message.split(":");
    if (parts.length < 3) return null;
    const text = parts.slice(1, -2).join(":");
    try {
      return { name: parts[0], params: text ? JSON.parse(text) : {}, callback: parts[parts.length - 2], sid: parts[parts.length - 1] };
    } catch (error) {
      console.error("portal: parameters of " + parts[0] + " are not JSON", error);
      return null;
    }
  }

  async function receive(event) {
    if (typeof event.data !== "string") return;
    const message = parse(event.data);
    const frame = message && frames.find(function (each) {
      return each.frame && each.frame.contentWindow === event.source && each.settings.sid === message.sid;
    });
    if (!frame) return;
    const known = Object.hasOwn(commands, message.name) ? commands[message.name]
      : frame.settings.commands.includes(message.name) ? placementCommands[message.name] : null;
    // An unknown command is ignored without an answer, as the vendor's page on placement.call says.
    if (!known) return;
    function answer(data) {
      event.source.postMessage(message.callback + ":" + (data === undefined ? "" : JSON.stringify(data)), event.origin);
    }
    try {
      const result = await known(frame, message.params, answer);
      if (result !== undefined) answer(result);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      console.error("portal: " + error.message);
      Portal.toast("Портал отказал приложению: " + error.message);
    }
  }

  window.addEventListener("message", receive);

  // A frame on a hidden tab starts when the tab is first shown.
  function startVisible() {
    frames.forEach(function (frame) { if (!frame.holder.closest("[hidden]")) frame.start(); });
  }
  document.querySelectorAll(".app-frame").forEach(function (holder) { frames.push(new Frame(holder)); });
  document.addEventListener("portal:tab", startVisible);
  startVisible();
  window.PortalFrames = frames;
}
