"""Sentry and OpenTelemetry, each only where it is configured, and neither with anything that a client said or is.

Errors are reported as their kind and the lines of code they passed, with the ids of portal and conversation; what an
exception says is left out, for vendors quote values in it. Spans are our own: libraries that instrument themselves
would record addresses, and tokens travel in those.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from app.base.config import Config, ConfigurationError
from app.base.trace import Fact, NoTrace, Span, Trace
from app.web import logs

INSTALL = "pip install --require-hashes -r requirements-telemetry.txt"
KEPT = ("event_id", "timestamp", "platform", "level", "release", "environment")
FRAME = ("filename", "function", "lineno", "module", "in_app")
IDS = ("portal", "conversation", "installation", "event_id", "lane", "what")


def start(config: Config) -> Trace:
    """Begin to report what is configured. Raises ConfigurationError when its packages are not installed."""
    if config.sentry_dsn:
        _report_errors(config)
    return _traces(config) if config.otel_endpoint else NoTrace()


def scrubbed(event: Mapping[str, Any], hint: object = None) -> dict[str, Any]:
    """Of an error report only what cannot be personal: an allow-list, so that a new field of Sentry stays out."""
    kept = {name: event[name] for name in KEPT if name in event}
    errors = (event.get("exception") or {}).get("values") or []
    tags = {name: value for name, value in (event.get("tags") or {}).items() if name in IDS}
    return kept | {"exception": {"values": [_error(error) for error in errors]}, "tags": tags}


def _error(error: Mapping[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames") or []
    kept = [{name: frame[name] for name in FRAME if name in frame} for frame in frames]
    named = {name: error[name] for name in ("type", "module") if name in error}
    return named | {"value": "", "stacktrace": {"frames": kept}}


def _report_errors(config: Config) -> None:
    try:
        import sentry_sdk
    except ImportError:
        raise ConfigurationError([f"SENTRY_DSN: its packages are missing: {INSTALL}"]) from None
    sentry_sdk.init(
        dsn=config.sentry_dsn, default_integrations=False, auto_enabling_integrations=False,
        include_local_variables=False, max_breadcrumbs=0, before_send=scrubbed,  # type: ignore[arg-type]
        server_name="", environment="sandbox" if config.sandbox else "production",
    )  # fmt: skip

    def report(error: BaseException, facts: Mapping[str, Any]) -> None:
        with sentry_sdk.new_scope() as scope:
            for name in IDS:
                if name in facts:
                    scope.set_tag(name, str(facts[name]))
            sentry_sdk.capture_exception(error)

    logs.report_errors_to(report)


class OtelTrace:
    """Spans for an OpenTelemetry collector."""

    def __init__(self, tracer: Any) -> None:
        self._tracer = tracer

    @contextmanager
    def span(self, name: str, **facts: Fact) -> Iterator[Span]:
        """An exception that passes is noted by its kind; its text stays out."""
        with self._tracer.start_as_current_span(
            name, attributes=facts, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield _OtelSpan(span)
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                raise


class _OtelSpan:
    def __init__(self, span: Any) -> None:
        self._span = span

    def note(self, **facts: Fact) -> None:
        self._span.set_attributes(facts)


def _traces(config: Config) -> Trace:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigurationError(
            [f"OTEL_EXPORTER_OTLP_ENDPOINT: its packages are missing: {INSTALL}"]
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": "uis-omni-bitrix24"}))
    exporter = OTLPSpanExporter(endpoint=f"{config.otel_endpoint}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return OtelTrace(provider.get_tracer("omni"))
