"""Data API `POST /v2.0`: JSON-RPC 2.0 with keys, rights, components and points (Data API: basics).

The pages give no HTTP status for errors; every answer here is 200, as JSON-RPC wants the body to be read.
"""

from typing import Any

from flask import Blueprint, Response, request

from sandbox.core.http import json_answer
from sandbox.uis import data_lists, data_marks, data_rows, data_session, data_upload
from sandbox.uis.data_errors import DataError
from sandbox.uis.data_limits import Limits
from sandbox.uis.data_query import METHODS, check_params, defaults, select, shown
from sandbox.uis.offline import Uis

READERS: dict[str, data_rows.Reader] = {
    "get.account": data_lists.account,
    "get.employees": data_lists.employees,
    "get.group_employees": data_lists.groups,
    "get.chats_report": data_rows.chats,
    "get.chat_messages_report": data_rows.messages,
    "get.chat_channels": data_lists.channels,
    "get.offline_messages_report": data_rows.offline_requests,
    "get.visitor_sessions_report": data_rows.sessions,
    "get.visitors": data_lists.visitors,
    "get.sites": data_lists.sites,
    "get.campaigns": data_lists.campaigns,
    "get.sources": data_lists.sources,
    "get.tags": data_lists.tags,
    "get.segments": data_lists.segments,
    "get.crm_accounts": data_lists.crm_accounts,
}
OBJECTS = {"getobj.account": data_lists.account_object, "getobj.visitor": data_lists.visitor_object}
CHANGES = {
    "upload.chats": data_upload.chats,
    "upload.offline_messages": data_upload.offline_requests,
    "upload.sessions": data_upload.sessions,
    "set.tag_communications": data_marks.set_tag,
    "unset.tag_communications": data_marks.unset_tag,
    "create.communication_comment": data_marks.comment,
}


def blueprint(uis: Uis) -> Blueprint:
    """One address for every method."""
    routes = Blueprint("uis_data", __name__)
    limits = Limits(uis)

    @routes.post("/v2.0")
    def json_rpc() -> Response:
        with uis.lock:
            call: Any = request.get_json(silent=True, force=True)
            answer_id = call.get("id") if isinstance(call, dict) else None
            try:
                _check_call(call)
                result = _result(uis, limits, call)
            except DataError as error:
                return _failed(error, answer_id, limits.metadata())
            return json_answer({"jsonrpc": "2.0", "id": answer_id, "result": result})

    return routes


def fault_answer(uis: Uis, mnemonic: str) -> Response:
    """The answer of a call that was told to fail with `mnemonic`; it costs no points."""
    call = request.get_json(silent=True, force=True)
    answer_id = call.get("id") if isinstance(call, dict) else None
    params: dict[str, Any] = {
        "limit_type": "minute",
        "limit_max_value": uis.minute_limit,
        "components": "",
        "ip": "",
    }
    wanted = (
        params if mnemonic in ("limit_exceeded", "method_component_disabled", "ip_not_whitelisted") else {}
    )
    return _failed(DataError(mnemonic, **wanted), answer_id, Limits(uis).metadata())


def _failed(error: DataError, answer_id: Any, metadata: dict[str, Any]) -> Response:
    return json_answer({"jsonrpc": "2.0", "id": answer_id, "error": error.as_json(metadata)})


def _check_call(call: Any) -> None:
    if call is None:
        raise DataError("parse_error")
    if isinstance(call, list):
        raise DataError("batch_opreations_not_supported")
    content_type = request.content_type or ""
    if content_type.replace(" ", "").lower() != "application/json;charset=utf-8":
        raise DataError("invalid_request", "Content-Type", content_type)
    if not isinstance(call, dict) or call.get("jsonrpc") != "2.0" or not isinstance(call.get("method"), str):
        raise DataError("invalid_request")
    if "id" not in call or call["id"] is None:
        raise DataError("notifications_not_supported")
    if not isinstance(call["id"], str | int | float) or set(call) - {"jsonrpc", "id", "method", "params"}:
        raise DataError("invalid_request")
    if not isinstance(call.get("params"), dict):
        raise DataError("required_parameter_missed", "params")


def _result(uis: Uis, limits: Limits, call: dict[str, Any]) -> dict[str, Any]:
    method, params = call["method"], call["params"]
    if not uis.ip_whitelisted:
        raise DataError("ip_not_whitelisted", ip=request.remote_addr)
    if method not in METHODS:
        raise DataError("method_not_found", value=method)
    table = METHODS[method]
    if method in data_session.SESSION_METHODS:
        check_params(params, table["params"])
        return {"data": data_session.SESSION_METHODS[method](uis, params)}
    data_session.check_token(uis, params.get("access_token"))
    _check_rights(uis, table)
    check_params(params, table["params"])
    if params.get("user_id") is not None:
        # Only an agent acts for users of its clients, and this account is none.
        raise DataError("forbidden", "user_id", params["user_id"])
    limits.check()
    data, more = _data(uis, method, params, table)
    limits.charge()
    return {"data": data, "metadata": {**limits.metadata(), **more}}


def _data(uis: Uis, method: str, params: dict[str, Any], table: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    fields = table["fields"]
    if method in READERS:
        rows, total = select(READERS[method](uis, params), params, fields)
        return rows, {"total_items": total}
    if method in OBJECTS:
        return shown(OBJECTS[method](uis, params), defaults(fields), fields), {}
    return CHANGES[method](uis, params), {}


def _check_rights(uis: Uis, table: dict[str, Any]) -> None:
    if not uis.account_active:
        raise DataError("account_inactive")
    components = table.get("components")
    if components and not uis.components & set(components):
        raise DataError("method_component_disabled", components=", ".join(components))
    if "permission" in table and table["permission"] not in uis.permissions:
        raise DataError("forbidden")
