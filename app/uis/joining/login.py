"""Sign-in to the personal account of UIS. Chat API: "Управление адаптерами". The password is never kept."""

from typing import Any

from app.storage.services import Services
from app.uis.errors import UisError
from app.uis.wire import answer_json, hosts_of, send


def personal_account(services: Services, project: str, login: str, password: str) -> str:
    """The token (`jwt`) of the personal account; its lifetime is not documented.

    Raises UisError: empty_login, wrong_project, wrong_login, two_factor, unexpected_answer; NoAnswer.
    """
    if not login.strip() or not password:
        raise UisError("empty_login")
    hosts = hosts_of(services, project)
    body = {
        "jsonrpc": "2.0", "id": "login", "method": "login",
        "params": {"login": login.strip(), "password": password, "project": project},
    }  # fmt: skip
    response = send(services, hosts, "POST", hosts.login, params={"method": "login"}, json=body)
    answer = answer_json(response)
    if isinstance(answer, dict) and answer.get("error"):
        raise _refused(answer["error"])
    return _token(answer, response.status_code, hosts.login)


def _token(answer: Any, status: int, host: str) -> str:
    result = answer.get("result") if isinstance(answer, dict) else None
    if isinstance(result, dict) and result.get("is_2fa_enabled"):
        raise UisError("two_factor")
    jwt = result.get("jwt") if isinstance(result, dict) else None
    if not isinstance(jwt, str) or not jwt:
        raise UisError("unexpected_answer", host=host, status=status)
    return jwt


def _refused(error: Any) -> UisError:
    """UIS documents no errors here: what speaks of the second factor or the project is told apart by its words."""
    data = error.get("data") if isinstance(error, dict) else None
    said = f"{error} {data}".lower()
    if "2fa" in said or "two-factor" in said or "two_factor" in said:
        return UisError("two_factor")
    if "project" in said:
        return UisError("wrong_project")
    return UisError("wrong_login")
