(function (w) {
  'use strict';
  // UIS OMNI: hands the UIS session to the Bitrix24 chat. Never throws, never waits for anything, stops by itself.
  var EVERY = 500, TIMES = 600, NAME = '__uisSessionToBitrix24';
  if (w[NAME]) return;
  w[NAME] = true;
  var chats = [], left = TIMES;

  function session() {
    try {
      var id = w.Comagic && w.Comagic.getSessionId && w.Comagic.getSessionId();
      return /^[1-9]\d{0,17}$/.test(String(id)) ? String(id) : '';
    } catch (e) { return ''; }
  }

  function meet(chat) {
    try {
      if (!chat || typeof chat.setCustomData !== 'function') return;
      for (var i = 0; i < chats.length; i++) if (chats[i].chat === chat) return;
      chats.push({ chat: chat, told: '' });
    } catch (e) { /* a foreign object that does not want to be looked at */ }
  }

  function tell(one, id) {
    try {
      one.chat.setCustomData([{ GRID: [
        { NAME: 'UIS', VALUE: 'uis-session:' + id, DISPLAY: 'LINE' },
        { NAME: 'URL', VALUE: String(w.location.href).slice(0, 500), DISPLAY: 'LINE' }
      ] }]);
      one.told = id;
    } catch (e) { /* the chat is not ready: it is told at the next step */ }
  }

  function step() {
    meet(w.BXLiveChat);
    var id = session();
    if (id) for (var i = 0; i < chats.length; i++) if (chats[i].told !== id) tell(chats[i], id);
  }

  function tick() {
    step();
    if (--left > 0) w.setTimeout(tick, EVERY);
  }

  try {
    w.addEventListener('onBitrixLiveChat', function (event) {
      meet(event && event.detail && event.detail.widget);
      step();
    });
    tick();
  } catch (e) { /* a browser without events has no chat either */ }
})(window);
