"""Errors of the Data API by mnemonic (Data API: "Обработка ошибок")."""

from typing import Any

ERRORS: dict[str, tuple[int, str]] = {
    "parse_error": (-32700, "Invalid JSON was received by the server."),
    "invalid_request": (-32600, "Invalid Request The JSON sent is not a valid Request object"),
    "batch_opreations_not_supported": (-32099, "Batch operations not supported"),
    "notifications_not_supported": (-32099, "Notifications not supported"),
    "method_not_found": (-32601, "The method does not exist / is not available"),
    "access_token_expired": (-32001, "Access token has been expired"),
    "access_token_blocked": (-32001, "Access token has been blocked"),
    "access_token_invalid": (-32001, "Access token is invalid"),
    "auth_error": (-32001, "Login or password is wrong"),
    "ip_not_whitelisted": (-32003, "Your IP {ip} is not whitelisted"),
    "forbidden": (-32003, "Permission denied"),
    "method_component_disabled": (
        -32008,
        "You need at least on of the following components to access this method: {components}",
    ),
    "account_inactive": (-32009, "Your account has been disabled, contact the support service"),
    "limit_exceeded": (
        -32029,
        "Limit per {limit_type} has been exceeded. "
        "Value of current limit per {limit_type} is {limit_max_value}",
    ),
    "internal_error": (-32603, "Internal error, contact the support service"),
    "data_type_error": (-32602, "Data supplied is of wrong type"),
    "required_parameter_missed": (-32602, "The required parameter has been missed"),
    "invalid_parameter_value": (-32602, "Invalid parameter value"),
    "unexpected_parameters": (-32602, "Unexpected method parameter(s)"),
    "invalid_parameters_combination": (-32602, "The combination of parameters is not permitted"),
    "sort_prohibited": (-32602, "Sort by parameter is prohibited"),
    "filter_prohibited": (-32602, "Filter by parameter is prohibited"),
    "date_interval_limit_reached": (-32602, "Max value of requested date interval is 3 months"),
    "entity_not_found": (-32602, "Entity not found"),
    "duplicate_entity": (-32602, "Duplicate entity"),
    "invalid_date_time": (-32602, "Invalid date time"),
    "data_limit_exceeded": (-32602, "A new data limit has been exceeded"),
    "error": (-32602, "{error_message}"),
}


class DataError(Exception):
    """A refusal of the Data API; `field` uses dots for nested names, `params` fill the message."""

    def __init__(self, mnemonic: str, field: str | None = None, value: Any = None, **params: Any) -> None:
        code, message = ERRORS[mnemonic]
        super().__init__(mnemonic)
        self.mnemonic = mnemonic
        self.code = code
        self.message = message.format(**params) if params else message
        self.field = field
        self.value = value
        self.params = params

    def as_json(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """The `error` object; `value` is what the client sent, as a string."""
        data: dict[str, Any] = {"mnemonic": self.mnemonic}
        if self.field is not None:
            data["field"] = self.field
        if self.value is not None:
            data["value"] = str(self.value)
        data |= {"params": self.params, "extended_helper": None, "metadata": metadata}
        return {"code": self.code, "message": self.message, "data": data}
