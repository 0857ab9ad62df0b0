import chats from './chats.json'
import common from './common.json'
import connector from './connector.json'
import installer from './installer.json'
import journal from './journal.json'
import linesState from './linesState.json'
import main from './main.json'

export default { ...common, chats, connector, installer, journal, linesState, main }
