"""The old invoices, which still have a method of their own (Bitrix24: crm/outdated/invoice)."""

from typing import Any

from sandbox.bitrix.call import Call, method
from sandbox.bitrix.errors import RestError


@method("crm.invoice.get")
def invoice_get(call: Call) -> dict[str, Any]:
    """An invoice as far as the sandbox keeps it: which deal it belongs to."""
    number = call.integer("id")
    if number not in call.portal.crm.invoices:
        raise RestError("", "Not found")
    return {"ID": str(number), "UF_DEAL_ID": str(call.portal.crm.invoices[number])}
