"""What faces Bitrix24: verify, parse, client, batch, execute, errors, installation, pages."""
