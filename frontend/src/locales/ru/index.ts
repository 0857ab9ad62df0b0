import analyticsReport from './analyticsReport.json'
import chats from './chats.json'
import common from './common.json'
import communication from './communication.json'
import editors from './editors.json'
import history from './history.json'
import connector from './connector.json'
import installer from './installer.json'
import journal from './journal.json'
import linesState from './linesState.json'
import main from './main.json'
import offline from './offline.json'
import open_lines from './open_lines.json'
import open_lines_analytics from './open_lines_analytics.json'
import rehearsal from './rehearsal.json'
import testchat from './testchat.json'
import versions from './versions.json'
import workplace from './workplace.json'

export default {
  ...common,
  analyticsReport,
  chats,
  communication,
  connector,
  editors,
  history,
  installer,
  journal,
  linesState,
  main,
  offline,
  open_lines,
  open_lines_analytics,
  rehearsal,
  testchat,
  versions,
  workplace,
}
