"""Open Lines of a portal: lines, connectors, dialogs with sessions, the CRM tracker (Bitrix24: imopenlines)."""
