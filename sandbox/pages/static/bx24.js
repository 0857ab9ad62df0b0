// The library that an application loads from /api/v1/: the same calls as the vendor's BX24.js
// (pages sdk/bx24-js-sdk/*), written anew for the sandbox.
"use strict";
if (!window.BX24) {
  const place = (window.name || "").split("|");
  const base = (place[1] === "1" ? "https://" : "http://") + place[0];
  const sid = place[2];
  const waiting = {};
  const ready = [];
  const installers = [];
  let init = null;
  let auth = null;
  let counter = 0;
  let installing = false;

  function send(command, params, callback, keep) {
    const key = "bx" + (++counter) + Math.random().toString(36).slice(2);
    waiting[key] = { run: callback || function () {}, keep: keep };
    const text = params === undefined || params === null ? "" : JSON.stringify(params);
    window.parent.postMessage([command, text, key, sid].join(":"), base);
  }

  window.addEventListener("message", function (event) {
    if (event.origin !== base || typeof event.data !== "string") return;
    const at = event.data.indexOf(":");
    const key = event.data.slice(0, at);
    const entry = waiting[key];
    if (at < 0 || !entry) return;
    if (!entry.keep) delete waiting[key];
    const text = event.data.slice(at + 1);
    entry.run(text ? JSON.parse(text) : undefined);
  });

  function keepAuth(data) {
    auth = {
      access_token: data.AUTH_ID, refresh_token: data.REFRESH_ID, domain: place[0], member_id: init.MEMBER_ID,
      expires_in: Date.now() + Number(data.AUTH_EXPIRES) * 1000,
    };
  }

  function runReady() { ready.splice(0).forEach(function (each) { each(); }); }

  function started(data) {
    init = data;
    keepAuth(data);
    if (!data.FIRST_RUN) return runReady();
    send("setInstall", { install: true }, function () {
      if (!installers.length) return runReady();
      installing = true;
      installers.splice(0).forEach(function (each) { each(); });
    });
  }

  function whenReady(callback) {
    if (init && !installing) callback(); else ready.push(callback);
  }

  function flatten(value, name, into) {
    if (value === null || value === undefined) into.append(name, "");
    else if (typeof value === "object") {
      Object.keys(value).forEach(function (key) { flatten(value[key], name ? name + "[" + key + "]" : key, into); });
    } else into.append(name, value === true ? "1" : value === false ? "0" : String(value));
    return into;
  }

  function Result(body, status, again) { this.answer = body; this.status = status; this.again = again; }
  Result.prototype = {
    data: function () { return this.answer.result; },
    error: function () {
      if (!this.answer.error) return undefined;
      const ex = this.answer;
      return { status: this.status, ex: ex, getError: function () { return ex; }, getStatus: function () { return this.status; },
        toString: function () { return ex.error + ": " + (ex.error_description || ""); } };
    },
    more: function () { return this.answer.next !== undefined; },
    total: function () { return this.answer.total; },
    time: function () { return this.answer.time; },
    next: function (callback) { return this.more() ? this.again(this.answer.next, callback) : false; },
  };

  async function request(method, params) {
    const form = flatten(params || {}, "", new URLSearchParams());
    form.set("auth", auth.access_token);
    const answer = await fetch(base + "/rest/" + method + ".json", { method: "POST", body: form });
    const text = await answer.text();
    try {
      return { status: answer.status, body: JSON.parse(text) };
    } catch (error) {
      return { status: answer.status, body: { error: "ERROR_UNEXPECTED_ANSWER", error_description: text.slice(0, 200) } };
    }
  }

  async function call(method, params, callback) {
    if (auth.expires_in <= Date.now()) await new Promise(BX24.refreshAuth);
    let got = await request(method, params);
    if (got.body.error === "expired_token") {
      await new Promise(BX24.refreshAuth);
      got = await request(method, params);
    }
    const result = new Result(got.body, got.status, function (start, following) {
      call(method, Object.assign({}, params, { start: start }), following || callback);
      return true;
    });
    if (callback) callback(result);
  }

  function callBatch(calls, callback, halt) {
    const cmd = {};
    Object.keys(calls).forEach(function (key) {
      const each = calls[key];
      const method = Array.isArray(each) ? each[0] : each.method;
      const query = flatten((Array.isArray(each) ? each[1] : each.params) || {}, "", new URLSearchParams());
      cmd[key] = method + "?" + query.toString();
    });
    call("batch", { halt: halt ? 1 : 0, cmd: cmd }, function (whole) {
      const all = whole.data() || {};
      const answer = Array.isArray(calls) ? [] : {};
      Object.keys(calls).forEach(function (key) {
        const pick = function (part) { return all[part] ? all[part][key] : undefined; };
        if (!whole.error() && pick("result") === undefined && pick("result_error") === undefined) return;
        const body = Object.assign({ result: pick("result"), total: pick("result_total"), next: pick("result_next"),
          time: pick("result_time") }, pick("result_error"), whole.error() ? whole.answer : {});
        answer[key] = new Result(body, whole.status, function () { return false; });
      });
      if (callback) callback(answer);
    });
  }

  function scrollSize() {
    const root = document.documentElement;
    return { scrollWidth: Math.max(root.scrollWidth, root.offsetWidth), scrollHeight: Math.max(root.scrollHeight, root.offsetHeight) };
  }

  function options(command, all) {
    return {
      get: function (name) { return init[all] ? init[all][name] : undefined; },
      set: function (name, value, callback) {
        if (!init[all] || Array.isArray(init[all])) init[all] = {};
        init[all][name] = value;
        send(command, { name: name, value: value }, callback);
      },
    };
  }
  const appOption = options("setAppOption", "APP_OPTIONS");
  const userOption = options("setUserOption", "USER_OPTIONS");
  const handlers = { appOption: appOption, userOption: userOption };

  window.BX24 = Object.assign({
    init: whenReady,
    install: function (callback) {
      const run = typeof callback === "string"
        ? function () { BX24.loadScript(callback, BX24.installFinish); } : callback;
      installers.push(run);
    },
    installFinish: function () {
      if (init && init.INSTALL) return send("setInstallFinish");
      if (installing) { installing = false; runReady(); }
    },
    getAuth: function () { return auth && auth.expires_in > Date.now() ? Object.assign({}, auth) : false; },
    refreshAuth: function (callback) {
      send("refreshAuth", null, function (data) { keepAuth(data); if (callback) callback(BX24.getAuth()); });
    },
    callMethod: function (method, params, callback) { whenReady(function () { call(method, params, callback); }); },
    callBatch: function (calls, callback, halt) { whenReady(function () { callBatch(calls, callback, halt); }); },
    callBind: function (event, handler, authType, callback) {
      BX24.callMethod("event.bind", { event: event, handler: handler, auth_type: authType || 0 }, callback);
    },
    callUnbind: function (event, handler, authType, callback) {
      BX24.callMethod("event.unbind", { event: event, handler: handler, auth_type: authType || 0 }, callback);
    },
    placement: {
      info: function () { return { placement: init.PLACEMENT, options: init.PLACEMENT_OPTIONS }; },
      getInterface: function (callback) { send("getInterface", null, callback); },
      call: function (command, params, callback) { send(command, params, callback); },
      bindEvent: function (event, callback) { send("placementBindEvent", { event: event }, callback, true); },
    },
    resizeWindow: function (width, height, callback) { send("resizeWindow", { width: width, height: height }, callback); },
    fitWindow: function (callback) { BX24.resizeWindow("100%", scrollSize().scrollHeight, callback); },
    getScrollSize: scrollSize,
    scrollParentWindow: function (top, callback) { send("setScroll", { scroll: top }, callback); },
    reloadWindow: function (callback) { send("reloadWindow", null, callback); },
    setTitle: function (title, callback) { send("setTitle", { title: String(title) }, callback); },
    openApplication: function (params, callback, settings) {
      const sent = Object.assign({}, params);
      Object.keys(settings || {}).forEach(function (key) { sent["bx24_" + key] = settings[key]; });
      send("openApplication", sent, callback);
    },
    closeApplication: function (callback) { send("closeApplication", null, callback); },
    openPath: function (path, callback) { send("openPath", { path: path }, callback); },
    selectUser: function (callback) { send("selectUser", { mult: false }, callback); },
    selectUsers: function (callback) { send("selectUser", { mult: true }, callback); },
    selectAccess: function (title, value, callback) {
      send("selectAccess", { value: value || [] }, callback || (typeof value === "function" ? value : title));
    },
    selectCRM: function (params, callback) { send("selectCRM", params, callback); },
    im: {
      callTo: function (user, video) { send("imCallTo", { userId: user, video: video !== false }); },
      phoneTo: function (phone) { send("imPhoneTo", { phone: phone }); },
      openMessenger: function (dialog) { send("imOpenMessenger", { dialogId: dialog }); },
      openHistory: function (dialog) { send("imOpenHistory", { dialogId: dialog }); },
    },
    isAdmin: function () { return Boolean(init && init.IS_ADMIN); },
    getLang: function () { return init ? init.LANG : "en"; },
    getDomain: function () { return place[0]; },
    ready: function (callback) {
      if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", callback); else callback();
    },
    isReady: function () { return document.readyState !== "loading"; },
    proxy: function (callback, context) { return callback.bind(context); },
    bind: function (element, event, callback) { element.addEventListener(event, callback); },
    unbind: function (element, event, callback) { element.removeEventListener(event, callback); },
    loadScript: function (source, callback) {
      const script = document.createElement("script");
      script.src = source;
      script.onload = callback;
      document.head.append(script);
    },
  }, handlers);

  if (place[0] && sid) send("getInitData", null, started);
}
